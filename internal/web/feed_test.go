package web_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"makeright/internal/web"
)

// table is a timeline in a database that counts its reads.
type table struct {
	mu     sync.Mutex
	frames []web.Frame
	reads  atomic.Int64
}

func (tb *table) append(n int) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for range n {
		seq := int64(len(tb.frames) + 1)
		tb.frames = append(tb.frames, web.Frame{Seq: seq, Data: fmt.Appendf(nil, "%d;", seq)})
	}
}

func (tb *table) read(_ context.Context, after int64) ([]web.Frame, error) {
	tb.reads.Add(1)
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if after >= int64(len(tb.frames)) {
		return nil, nil
	}
	return append([]web.Frame(nil), tb.frames[after:min(len(tb.frames), int(after)+web.Batch)]...), nil
}

// all follows from after to the end and returns the last number, checking that
// none is missing.
func all(t *testing.T, feed *web.Feed, tb *table, gen uint64, after int64) int64 {
	t.Helper()
	for {
		fs, reset, err := feed.After(t.Context(), "v", gen, after, tb.read)
		if err != nil || reset {
			t.Fatalf("After(%d) = reset %v, %v", after, reset, err)
		}
		for _, f := range fs {
			if f.Seq != after+1 {
				t.Fatalf("event %d follows %d", f.Seq, after)
			}
			after = f.Seq
		}
		if len(fs) < web.Batch {
			return after
		}
	}
}

func TestFeed_SharesReads(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	tb.append(10)
	all(t, feed, tb, 1, 10)
	for gen := uint64(2); gen < 12; gen++ {
		tb.append(3)
		before := tb.reads.Load()
		var listeners sync.WaitGroup
		for range 200 {
			listeners.Go(func() {
				fs, _, err := feed.After(t.Context(), "v", gen, int64(10+3*(gen-2)), tb.read)
				if err != nil || len(fs) != 3 {
					t.Errorf("gen %d: %d events, %v, want 3", gen, len(fs), err)
				}
			})
		}
		listeners.Wait()
		if got := tb.reads.Load() - before; got != 1 {
			t.Errorf("gen %d: 200 listeners made %d reads, want 1", gen, got)
		}
	}
	before := tb.reads.Load()
	all(t, feed, tb, 11, 35)
	if got := tb.reads.Load() - before; got != 0 {
		t.Errorf("a screen two behind made %d reads, want 0", got)
	}
}

func TestFeed_After(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	if got := all(t, feed, tb, 1, 0); got != 0 {
		t.Errorf("an empty timeline ends at %d", got)
	}
	tb.append(1)
	if fs, _, _ := feed.After(t.Context(), "v", 1, 0, tb.read); len(fs) != 0 {
		t.Errorf("%d events without a wake, want none", len(fs))
	}
	if got := all(t, feed, tb, 2, 0); got != 1 {
		t.Errorf("ends at %d, want 1", got)
	}
	for gen, n := range []int{1, web.Batch - 1, web.Batch, web.Batch + 1, 3*web.Batch + 7, 2} {
		tb.append(n)
		last := int64(len(tb.frames))
		for _, after := range []int64{0, 1, last - int64(n), last - 1, last} {
			if got := all(t, feed, tb, uint64(gen+3), after); got != last {
				t.Errorf("from %d: ends at %d, want %d", after, got, last)
			}
		}
	}
}

// A screen that fell far behind reads for itself and leaves the ring to the others.
func TestFeed_FarBehind(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	tb.append(5000)
	if got := all(t, feed, tb, 1, 0); got != 5000 {
		t.Errorf("the first screen, far behind, ends at %d", got)
	}
	all(t, feed, tb, 1, 5000)
	if got := all(t, feed, tb, 1, 0); got != 5000 {
		t.Errorf("far behind a full ring, ends at %d", got)
	}
	before := tb.reads.Load()
	all(t, feed, tb, 1, 5000)
	if got := tb.reads.Load() - before; got != 0 {
		t.Errorf("the others read %d times after that, want 0", got)
	}
}

// When many come back that are all far behind, only the first of them keeps the
// others waiting for what it finds out.
func TestFeed_ManyFarBehind(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	tb.append(5000)
	for i := range 20 {
		fs, reset, err := feed.After(t.Context(), "v", 1, 1000, tb.read)
		if err != nil || reset || len(fs) != web.Batch || fs[0].Seq != 1001 {
			t.Fatalf("screen %d: %d events, reset %v, %v", i, len(fs), reset, err)
		}
	}
	if got := tb.reads.Load(); got != 21 {
		t.Errorf("20 screens read %d times, want once each and once more", got)
	}
	if got := all(t, feed, tb, 1, 1000); got != 5000 {
		t.Errorf("one of them ends at %d", got)
	}
	if _, reset, err := feed.After(t.Context(), "v", 1, 9999, tb.read); err != nil || !reset {
		t.Errorf("beyond the head: reset %v, %v, want a reset", reset, err)
	}
}

func TestFeed_BeyondTheHead(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	tb.append(3)
	for range 2 { // before the ring begins, and after
		if _, reset, err := feed.After(t.Context(), "v", 1, 9, tb.read); err != nil || !reset {
			t.Errorf("beyond the head: reset %v, %v, want a reset", reset, err)
		}
		all(t, feed, tb, 1, 2)
	}
	// A page that was drawn from the database before the wake arrived is ahead
	// of the ring, but not of the timeline.
	tb.append(2)
	if fs, reset, err := feed.After(t.Context(), "v", 1, 5, tb.read); err != nil || reset || len(fs) != 0 {
		t.Errorf("ahead of the ring: %d events, reset %v, %v", len(fs), reset, err)
	}
}

func TestFeed_Failures(t *testing.T) {
	tb, feed := &table{}, &web.Feed{}
	tb.append(3)
	boom := errors.New("boom")
	failing := func(context.Context, int64) ([]web.Frame, error) { return nil, boom }
	for gen := uint64(1); gen < 3; gen++ {
		if _, _, err := feed.After(t.Context(), "v", gen, 2, failing); !errors.Is(err, boom) {
			t.Errorf("gen %d: err = %v, want the read's own", gen, err)
		}
		if got := all(t, feed, tb, gen, 2); got != 3 {
			t.Errorf("after a failed read: ends at %d, want 3", got)
		}
	}
	// Whoever leaves while another reads does not wait for it.
	reading, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context, after int64) ([]web.Frame, error) {
		close(reading)
		<-release
		return tb.read(ctx, after)
	}
	var first sync.WaitGroup
	first.Go(func() {
		if _, _, err := feed.After(t.Context(), "v", 3, 3, slow); err != nil {
			t.Error(err)
		}
	})
	<-reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := feed.After(ctx, "v", 3, 3, tb.read); !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	close(release)
	first.Wait()
}

// Venues, roles and languages do not see each other's events, and many of them
// do not fill the memory.
func TestFeed_Keys(t *testing.T) {
	feed := &web.Feed{}
	for i := range 5000 {
		tb := &table{}
		tb.append(1 + i%3)
		fs, reset, err := feed.After(t.Context(), fmt.Sprint("venue ", i), 1, 0, tb.read)
		if err != nil || reset || len(fs) != 1+i%3 {
			t.Fatalf("venue %d: %d events, reset %v, %v", i, len(fs), reset, err)
		}
	}
}
