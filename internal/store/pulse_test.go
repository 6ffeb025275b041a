package store_test

import (
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestPulse(t *testing.T) {
	s := storetest.New(t)
	by, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, by, venue.ID, "1")
	now := storetest.Epoch
	if p, err := s.Pulse(t.Context(), now); err != nil || p != (store.Pulse{}) {
		t.Errorf("at first: %+v, %v", p, err)
	}
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	reports := []feedback.Report{ // the one that counts stands in the middle
		{ID: "taken", Kind: feedback.Issue, Status: feedback.Taken, Since: ago(90)},
		{ID: "later", Kind: feedback.Issue, Status: feedback.Open, Handling: feedback.ContactLater, Since: ago(80)},
		{ID: "after", Kind: feedback.Issue, Status: feedback.Open, FollowUp: true, Since: ago(70)},
		{ID: "check", Kind: feedback.Issue, Status: feedback.Open, ToCheck: true, Since: ago(60)},
		{ID: "safe", Kind: feedback.Issue, Status: feedback.Open, Handling: feedback.ContactLater, Causes: []string{feedback.CauseSafety}, Since: ago(50)},
		{ID: "open", Kind: feedback.Issue, Status: feedback.Open, Since: ago(40)},
	}
	storetest.Write(t, s, func(tx store.Tx) error {
		at := tx.At(by, venue.ID)
		for _, r := range reports {
			r.TableID, r.Rating, r.Trust, r.Version, r.CreatedAt, r.DueAt = table.ID, 2, feedback.TrustTable, 1, now, now
			if err := at.AddReport(t.Context(), r); err != nil {
				return err
			}
			if counts := r.Pages() && r.Status == feedback.Open; counts != (r.ID == "safe" || r.ID == "open") {
				t.Errorf("report %s pages: %v; the noun and the SQL have parted", r.ID, counts)
			}
		}
		for id, run := range map[string]time.Time{"past": ago(1), "now": now, "soon": ago(-1), "dead": ago(5), "again": ago(5)} {
			if err := at.Enqueue(t.Context(), feedback.Job{ID: id, Kind: feedback.JobWatch, RunAt: run}); err != nil {
				return err
			}
		}
		return at.Append(t.Context(), &feedback.Event{Kind: feedback.VisitOpened, At: ago(3)})
	})
	if err := s.Retry(t.Context(), feedback.Job{ID: "dead"}, time.Time{}, now, "gave up"); err != nil {
		t.Fatal(err)
	}
	if err := s.Retry(t.Context(), feedback.Job{ID: "again"}, ago(-2), now, "not yet"); err != nil {
		t.Fatal(err)
	}
	p, err := s.Pulse(t.Context(), now)
	want := store.Pulse{Waiting: 2, Due: 2, Dead: 1, Failing: 1, Oldest: ago(50), Newest: ago(3)}
	if err != nil || p != want {
		t.Errorf("Pulse() = %+v, %v; want %+v", p, err, want)
	}
}

// Every COMMIT is told of, with how many shared it.
func TestCommitted(t *testing.T) {
	var batches []int
	s := sqlite(t, store.Options{Committed: func(n int, wait time.Duration) {
		if wait <= 0 {
			t.Errorf("COMMIT took %v", wait)
		}
		batches = append(batches, n)
	}})
	release := held(t, s)
	a := ask(t, s, t.Context(), 1, add(t.Context(), "a"))
	b := ask(t, s, t.Context(), 2, add(t.Context(), "b"))
	if n := s.Queue(); n != 2 {
		t.Errorf("Queue() = %d, want 2", n)
	}
	release()
	<-a.done
	<-b.done
	if len(batches) != 2 || batches[0] != 1 || batches[1] != 2 {
		t.Errorf("told of %v, want one func alone and two together", batches)
	}
	if n := s.Queue(); n != 0 {
		t.Errorf("Queue() = %d in the end", n)
	}
}
