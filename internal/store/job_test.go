package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func (r *room) enqueue(t *testing.T, id string, at time.Time) {
	t.Helper()
	r.write(t, func(e store.Edit) error {
		return e.Enqueue(t.Context(), feedback.Job{ID: id, Kind: feedback.JobWatch, Subject: "r-" + id, RunAt: at})
	})
}

func claim(t *testing.T, s *store.Store, now time.Time, limit int) []feedback.Job {
	t.Helper()
	jobs, err := s.Claim(t.Context(), now, time.Minute, limit)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func ids(jobs []feedback.Job) []string {
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = j.ID
	}
	return out
}

func TestClaim_WhatIsDueInOrder(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	now := storetest.Epoch
	for i, minutes := range []int{5, -1, 0, -2} {
		r.enqueue(t, fmt.Sprint(i), now.Add(time.Duration(minutes)*time.Minute))
	}
	if next, err := r.s.NextDue(t.Context()); err != nil || !next.Equal(now.Add(-2*time.Minute)) {
		t.Errorf("next due %s, %v", next, err)
	}
	if got := ids(claim(t, r.s, now, 2)); !slices.Equal(got, []string{"3", "1"}) {
		t.Errorf("claimed %q, want the two oldest", got)
	}
	jobs := claim(t, r.s, now, 10)
	if got := ids(jobs); !slices.Equal(got, []string{"2"}) {
		t.Errorf("claimed %q, want what is left", got)
	}
	if j := jobs[0]; j.OrgID != r.owner.Org || j.VenueID != r.venue.ID || j.Attempts != 1 || j.Subject != "r-2" {
		t.Errorf("claimed %+v", j)
	}
	if next, err := r.s.NextDue(t.Context()); err != nil || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("while all are leased the next is due %s, %v; want when the leases end", next, err)
	}
	if got := claim(t, r.s, now.Add(time.Minute-time.Millisecond), 10); len(got) != 0 {
		t.Errorf("claimed %q in spite of their leases", ids(got))
	}
	if got := claim(t, r.s, now.Add(time.Minute), 10); len(got) != 3 || got[0].Attempts != 2 {
		t.Errorf("claimed %+v after a crash, want all three again", got)
	}
}

// Two nodes share the work: nothing is done twice, nothing is left.
func TestClaim_TwoNodesShare(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	const n = 60
	for i := range n {
		r.enqueue(t, fmt.Sprintf("%02d", i), storetest.Epoch)
	}
	var mu sync.Mutex
	done := map[string]int{}
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			for {
				jobs, err := r.s.Claim(t.Context(), storetest.Epoch, time.Minute, 7)
				if err != nil {
					t.Error(err)
					return
				}
				if len(jobs) == 0 {
					return
				}
				for _, j := range jobs {
					mu.Lock()
					done[j.ID]++
					mu.Unlock()
					if err := r.s.Done(t.Context(), j); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	nodes.Wait()
	for id, times := range done {
		if times != 1 {
			t.Errorf("job %s was done %d times", id, times)
		}
	}
	if next, err := r.s.NextDue(t.Context()); len(done) != n || err != nil || !next.IsZero() {
		t.Errorf("%d done, next %s, %v", len(done), next, err)
	}
}

// A node that slept through its lease changes nothing any more.
func TestDone_OfALostLeaseDoesNothing(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	now := storetest.Epoch
	r.enqueue(t, "j", now)
	zombie := claim(t, r.s, now, 1)[0]
	later := now.Add(2 * time.Minute)
	alive := claim(t, r.s, later, 1)[0]
	if err := r.s.Done(t.Context(), zombie); err != nil {
		t.Fatal(err)
	}
	if err := r.s.Retry(t.Context(), zombie, now, now, "zombie"); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, r.s, later, 1); len(got) != 0 {
		t.Errorf("the zombie freed %+v", got)
	}
	if err := r.s.Retry(t.Context(), alive, later.Add(time.Hour), later, "no answer"); err != nil {
		t.Fatal(err)
	}
	again := claim(t, r.s, later.Add(time.Hour), 1)
	if len(again) != 1 || again[0].Attempts != 3 || again[0].LastErr != "no answer" {
		t.Fatalf("retried: %+v", again)
	}
	if err := r.s.Retry(t.Context(), again[0], time.Time{}, later, "given up"); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, r.s, later.AddDate(1, 0, 0), 1); len(got) != 0 {
		t.Errorf("claimed %+v, which was given up", got)
	}
	if next, err := r.s.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next due %s, %v", next, err)
	}
}

func TestFreeLeases_AfterARestart(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	r.enqueue(t, "j", storetest.Epoch)
	claim(t, r.s, storetest.Epoch, 1)
	if err := r.s.FreeLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, r.s, storetest.Epoch, 1); len(got) != 1 || got[0].Attempts != 2 {
		t.Errorf("claimed %+v", got)
	}
}

func TestCancel_IsForOneVenue(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	r.enqueue(t, "a", storetest.Epoch)
	r.enqueue(t, "b", storetest.Epoch)
	pending := func(subject string) bool {
		t.Helper()
		is, err := s.For(r.owner, r.venue.ID).Pending(t.Context(), feedback.JobWatch, subject)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	for _, by := range []*room{other, r} {
		by.write(t, func(at store.Edit) error { return at.Cancel(t.Context(), feedback.JobWatch, "r-a") })
		if pending("r-a") != (by == other) || !pending("r-b") {
			t.Errorf("pending: a %v, b %v", pending("r-a"), pending("r-b"))
		}
	}
	if is, err := s.For(other.owner, other.venue.ID).Pending(t.Context(), feedback.JobWatch, "r-b"); is || err != nil {
		t.Errorf("the other venue sees it: %v, %v", is, err)
	}
}
