package store_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// However many write at once, the numbers have no gaps, every event is sealed
// over the one before, and one who reads along misses none and reads none twice.
func TestAppend_ReadersMissNothing(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	const writers, each = 8, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := range each {
				err := s.Tx(t.Context(), func(tx store.Tx) error {
					at := tx.At(r.owner, r.venue.ID)
					if err := at.Append(t.Context(), &feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch, Subject: "x"}); err != nil {
						return err
					}
					if i%5 == 0 {
						return feedback.ErrInvalid // a number that was taken goes back
					}
					return nil
				})
				if err != nil && !errors.Is(err, feedback.ErrInvalid) {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()

	const want = writers * each * 4 / 5
	var seen []feedback.Event
	last := int64(0)
	for ended := false; ; {
		events, next, err := s.For(r.manager, r.venue.ID).EventsAfter(t.Context(), last, 7)
		if err != nil {
			t.Fatal(err)
		}
		seen, last = append(seen, events...), next
		if len(events) == 0 && ended {
			break
		}
		select {
		case <-done:
			ended = true
		default:
		}
	}
	var prev []byte
	for i, e := range seen {
		again := e
		if _, err := again.Seal(prev); err != nil || e.Seq != int64(i+1) || !bytes.Equal(again.Hash, e.Hash) || !bytes.Equal(e.Prev, prev) {
			t.Fatalf("event %d has number %d and does not follow: %v", i+1, e.Seq, err)
		}
		prev = e.Hash
	}
	head, err := s.For(r.manager, r.venue.ID).Head(t.Context())
	if err != nil || len(seen) != want || head != want {
		t.Errorf("%d events read, the head is %d, %v; want %d", len(seen), head, err, want)
	}
	if head, err := s.For(other.owner, other.venue.ID).Head(t.Context()); err != nil || head != 0 {
		t.Errorf("the other venue's head is %d, %v", head, err)
	}
}

// What a waiter may not see is left out, and yet counted as looked at, so that
// nobody waits for it.
func TestEventsAfter_LeavesOutWhatIsHidden(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	plain, about := r.report(t), r.report(t, func(x *feedback.Report) { x.Causes = []string{"staff"} })
	for _, report := range []string{about, plain, "", about, about} {
		r.write(t, func(at store.Edit) error {
			return at.Append(t.Context(), &feedback.Event{Kind: feedback.ReportChanged, At: storetest.Epoch, ReportID: report, ByKind: feedback.ByPerson, ByID: r.waiter.Person})
		})
	}
	read := func(by feedback.Actor, after int64, limit int) ([]int64, int64) {
		t.Helper()
		events, last, err := s.For(by, r.venue.ID).EventsAfter(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		var out []int64
		for _, e := range events {
			out = append(out, e.Seq)
			if e.ByName != "Wim" {
				t.Errorf("by %q", e.ByName)
			}
		}
		return out, last
	}
	tests := map[string]struct {
		by           feedback.Actor
		after, limit int64
		want         []int64
		last         int64
	}{
		"a manager":                       {r.manager, 0, 10, []int64{1, 2, 3, 4, 5}, 5},
		"a waiter":                        {r.waiter, 0, 10, []int64{2, 3}, 5},
		"a waiter, where all is hidden":   {r.waiter, 3, 10, nil, 5},
		"one at a time":                   {r.waiter, 0, 1, nil, 1},
		"the next":                        {r.waiter, 1, 1, []int64{2}, 2},
		"beyond the head":                 {r.waiter, 9, 10, nil, 9},
		"a guest, of whose report one is": {feedback.Actor{Kind: feedback.ByGuest, Org: r.owner.Org, Venue: r.venue.ID, ID: plain}, 0, 10, nil, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, last := read(tt.by, tt.after, int(tt.limit))
			if !slices.Equal(got, tt.want) || last != tt.last {
				t.Errorf("read %v up to %d, want %v up to %d", got, last, tt.want, tt.last)
			}
		})
	}
}

// The writer remembers where a timeline ends, until another program appends to
// the same file, as one on the command line may.
func TestAppend_AfterAnotherProgram(t *testing.T) {
	s := sqlite(t, store.Options{})
	r := newRoom(t, s)
	settings, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := storetest.Open(t, settings["file"], store.Options{})
	for i, at := range []*store.Store{s, s, other, other, s, other} {
		e := feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch, Subject: "x"}
		err := at.Tx(t.Context(), func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).Append(t.Context(), &e) })
		if err != nil || e.Seq != int64(i+1) {
			t.Fatalf("event %d got number %d, %v", i+1, e.Seq, err)
		}
	}
	if _, breaks, err := s.Verify(t.Context()); err != nil || len(breaks) > 0 {
		t.Errorf("breaks = %v, %v", breaks, err)
	}
}
