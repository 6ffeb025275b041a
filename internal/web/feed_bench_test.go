package web_test

import (
	"context"
	"fmt"
	"testing"

	"makeright/internal/web"
)

// report is about as large as one of ours on the wire.
type report struct {
	ID, Status, Kind, Words, Handling string
	Rating                            int
	Causes                            []string
}

var anIssue = report{ID: "0198f0c2-7c3a-7d2e-9a1b-2f3c4d5e6f70", Status: "open", Kind: "issue", Words: "The soup came cold and nobody came", Handling: "come_over", Rating: 2, Causes: []string{"cold", "slow"}}

// BenchmarkNewFrame is one encoding of an event.
func BenchmarkNewFrame(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := web.NewFrame(1, "report.created", anIssue); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFeed is one event for all screens of a venue: read and encoded once,
// however many there are.
func BenchmarkFeed(b *testing.B) {
	for _, screens := range []int{1, 20, 200} {
		b.Run(fmt.Sprintf("screens=%d", screens), func(b *testing.B) {
			var feed web.Feed
			head := int64(1)
			read := func(_ context.Context, after int64) ([]web.Frame, error) {
				var frames []web.Frame
				for seq := after + 1; seq <= head; seq++ {
					f, err := web.NewFrame(seq, "report.created", anIssue)
					if err != nil {
						return nil, err
					}
					frames = append(frames, f)
				}
				return frames, nil
			}
			b.ReportAllocs()
			for b.Loop() {
				head++
				for range screens {
					frames, reset, err := feed.After(b.Context(), "venue", uint64(head), head-1, read)
					if err != nil || reset || len(frames) != 1 {
						b.Fatalf("After = %d frames, %v, %v", len(frames), reset, err)
					}
				}
			}
		})
	}
}
