package desk_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// BenchmarkSubmit is what a guest's report costs from the desk down to the
// disk, by how many guests send at once.
func BenchmarkSubmit(b *testing.B) {
	for _, guests := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("guests=%d", guests), func(b *testing.B) {
			s := storetest.New(b)
			owner, venue := storetest.Venue(b, s)
			d, err := desk.New(b.Context(), s, func(string) {}, func(string) {}, time.Now)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := d.AddTables(b.Context(), owner, venue.ID, []desk.NewTable{{Name: "1"}}); err != nil {
				b.Fatal(err)
			}
			codes, err := d.TableCodes(b.Context(), owner, venue.ID)
			if err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			b.SetParallelism(guests)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.Add(1)
					_, err := d.Submit(b.Context(), desk.NewReport{Code: codes[0].Code, Rating: 2, Causes: []string{"cold"}, Words: "The soup came cold", Handling: feedback.ComeOver, Language: "en"})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
