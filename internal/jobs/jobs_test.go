package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/jobs"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// office is a runner over a database with one venue, and what it did.
type office struct {
	*jobs.Runner
	clock *clock
	store *store.Store
	by    feedback.Actor
	venue string
	did   []string
	fails map[string]error // subject: how its job ends
}

func newOffice(t *testing.T) *office {
	t.Helper()
	s := storetest.New(t)
	by, venue := storetest.Venue(t, s)
	o := &office{
		clock: &clock{t: time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)},
		store: s, by: by, venue: venue.ID, fails: map[string]error{},
	}
	o.Runner = jobs.New(s, map[string]jobs.Handler{
		"note": func(_ context.Context, j feedback.Job) error {
			if j.Subject == "panics" {
				panic("a bug")
			}
			o.did = append(o.did, j.Subject)
			return o.fails[j.Subject]
		},
	}, o.clock.now, slog.New(slog.DiscardHandler))
	return o
}

// enqueue writes a job that is due in a while.
func (o *office) enqueue(t *testing.T, subject string, in time.Duration) {
	t.Helper()
	o.enqueueKind(t, "note", subject, in)
}

func (o *office) enqueueKind(t *testing.T, kind, subject string, in time.Duration) {
	t.Helper()
	err := o.store.Tx(t.Context(), func(tx store.Tx) error {
		return tx.At(o.by, o.venue).Enqueue(t.Context(), feedback.Job{ID: subject, Kind: kind, Subject: subject, RunAt: o.clock.now().Add(in)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// drain runs what is due and returns what was done since the last time.
func (o *office) drain(t *testing.T) []string {
	t.Helper()
	o.did = nil
	if err := o.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o.did
}

func TestDrain_RunsWhatIsDueOnce(t *testing.T) {
	o := newOffice(t)
	o.enqueue(t, "second", 2*time.Minute)
	o.enqueue(t, "first", time.Minute)
	if did := o.drain(t); len(did) != 0 {
		t.Errorf("before anything is due: did %q", did)
	}
	o.clock.advance(2 * time.Minute)
	if did := o.drain(t); !slices.Equal(did, []string{"first", "second"}) {
		t.Errorf("when both are due: did %q", did)
	}
	o.clock.advance(24 * time.Hour)
	if did := o.drain(t); len(did) != 0 {
		t.Errorf("a day later: did %q again", did)
	}
}

func TestDrain_TriesAgainLaterAndLater(t *testing.T) {
	o := newOffice(t)
	o.enqueue(t, "stubborn", 0)
	o.fails["stubborn"] = errors.New("the receiver is down")
	for i, wait := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
		if wait > 0 {
			o.clock.advance(wait - time.Millisecond)
			if did := o.drain(t); len(did) != 0 {
				t.Fatalf("try %d came before its wait of %v", i+1, wait)
			}
			o.clock.advance(time.Millisecond)
		}
		if did := o.drain(t); len(did) != 1 {
			t.Fatalf("try %d after %v: did %q", i+1, wait, did)
		}
	}
	delete(o.fails, "stubborn")
	o.clock.advance(8 * time.Second)
	if did := o.drain(t); len(did) != 1 {
		t.Errorf("when the receiver is back: did %q", did)
	}
	o.clock.advance(time.Hour)
	if did := o.drain(t); len(did) != 0 {
		t.Errorf("after it succeeded: did %q", did)
	}
}

func TestDrain_GivesUpAfterManyTries(t *testing.T) {
	o := newOffice(t)
	o.enqueue(t, "hopeless", 0)
	o.fails["hopeless"] = errors.New("no")
	tries := 0
	for range 150 {
		tries += len(o.drain(t))
		o.clock.advance(time.Hour)
	}
	if tries != 100 {
		t.Errorf("tries = %d, want 100 and then no more", tries)
	}
}

func TestDrain_SurvivesAPanic(t *testing.T) {
	o := newOffice(t)
	o.enqueue(t, "panics", 0)
	o.enqueue(t, "healthy", time.Millisecond)
	o.clock.advance(time.Millisecond)
	if did := o.drain(t); !slices.Equal(did, []string{"healthy"}) {
		t.Errorf("did %q, want the job behind the one that panics", did)
	}
	next, err := o.store.NextDue(t.Context())
	if err != nil || !next.Equal(o.clock.now().Add(time.Second)) {
		t.Errorf("next = %v, %v; want the panicking job again in a second", next, err)
	}
}

// A job that hangs holds nobody up: the others are done, it has failed and is
// told, once, as what it is, and it is tried again. One that heeds its context
// is only late (T36).
func TestDrain_AHungJobIsOvertaken(t *testing.T) {
	o := newOffice(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Hurry()
	release := make(chan struct{})
	o.Handlers["hang"] = func(context.Context, feedback.Job) error { <-release; return nil }
	o.Handlers["slow"] = func(ctx context.Context, _ feedback.Job) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	o.enqueueKind(t, "hang", "hangs", 0)
	o.enqueueKind(t, "slow", "is slow", time.Millisecond)
	o.enqueue(t, "healthy", 2*time.Millisecond)
	o.clock.advance(2 * time.Millisecond)
	if did := o.drain(t); !slices.Equal(did, []string{"healthy"}) {
		t.Errorf("did %q, want the job behind those that hang", did)
	}
	if o.Hung() != 1 {
		t.Errorf("%d hang, want the one that does not heed its context", o.Hung())
	}
	if n := strings.Count(log.String(), "it hangs"); n != 1 || strings.Count(log.String(), "job failed") != 2 {
		t.Errorf("told %d times that one hangs:\n%s", n, &log)
	}
	if p, err := o.store.Pulse(t.Context(), o.clock.now()); err != nil || p.Failing != 2 || p.Waiting != 2 {
		t.Errorf("the operator sees %+v, %v; want two that failed and are tried again", p, err)
	}
	close(release)
	for o.Hung() > 0 {
		runtime.Gosched()
	}
	o.clock.advance(time.Second)
	o.drain(t)
	if next, err := o.store.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next = %v, %v; want all done at the second try", next, err)
	}
}

// What takes long is not waited for by what stands behind it.
func TestDrain_ASlowJobIsOvertaken(t *testing.T) {
	o := newOffice(t)
	o.Impatient()
	done := make(chan struct{})
	o.Handlers["slow"] = func(context.Context, feedback.Job) error { <-done; return nil }
	o.Handlers["quick"] = func(context.Context, feedback.Job) error { close(done); return nil }
	o.enqueueKind(t, "slow", "slow", 0)
	o.enqueueKind(t, "quick", "quick", time.Millisecond)
	o.clock.advance(time.Millisecond)
	o.drain(t) // returns, or the test runs out of time
	if next, err := o.store.NextDue(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next = %v, %v; want both done", next, err)
	}
}

func TestDrain_LeavesAClaimedJobToItsOwner(t *testing.T) {
	o := newOffice(t)
	o.enqueue(t, "claimed", 0)
	claimed, err := o.store.Claim(t.Context(), o.clock.now(), time.Minute, 10)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("Claim = %v, %v", claimed, err)
	}
	if did := o.drain(t); len(did) != 0 {
		t.Errorf("did %q, which another node had claimed", did)
	}
	o.clock.advance(time.Minute) // the other node died
	if did := o.drain(t); len(did) != 1 {
		t.Errorf("after the lease: did %q", did)
	}
	if err := o.store.Done(t.Context(), claimed[0]); err != nil {
		t.Errorf("the dead node comes back: %v", err)
	}
}

func TestRun_WorksUntilItsContextEnds(t *testing.T) {
	o := newOffice(t)
	ctx, stop := context.WithCancel(t.Context())
	o.Handlers["stop"] = func(context.Context, feedback.Job) error { stop(); return nil }
	err := o.store.Tx(ctx, func(tx store.Tx) error {
		return tx.At(o.by, o.venue).Enqueue(ctx, feedback.Job{ID: "last", Kind: "stop", Subject: "last", RunAt: o.clock.now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Run(ctx) // returns, or the test runs out of time
}
