// Package jobs runs work that must survive a restart. Every job is a row that a
// verb wrote in its own transaction; it runs at least once, on any node.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Handler does one job. It must be safe to run twice, also at once: a crash
// after the work and before the job is done runs it again, and so does a job
// that took too long. It ends when its context does.
type Handler func(context.Context, feedback.Job) error

const (
	// lease hides a claimed job from other nodes; one that crashed delays it
	// by this long.
	lease = time.Minute
	// batch is how many jobs are claimed at a time.
	batch = 50
	// poll bounds how late a job of another node, or of a clock that jumped,
	// is noticed.
	poll = time.Second
	// maxTries is after how many failures a job is given up for the operator
	// to see. With the waits between them that is about three days.
	maxTries = 100
	// patience is how long a job holds up those behind it. It halves with each
	// that is under way already, so that many which hang cost little more than one.
	patience = 2 * time.Second
	// atMost is how long a job may take, well within its lease. Then it has
	// failed, and a handler that goes on regardless is left to itself.
	atMost = 20 * time.Second
	// parting is how long a handler whose time is over may take to say so.
	parting = time.Second
	// atOnce is how many jobs are under way at most.
	atOnce = 64
)

// Runner runs the jobs that are due, one after the other; one that hangs is
// overtaken. [New] makes one.
type Runner struct {
	Store    *store.Store
	Handlers map[string]Handler // by kind
	Now      func() time.Time
	Log      *slog.Logger

	patience, atMost, parting time.Duration

	seats chan struct{} // of those under way
	work  sync.WaitGroup
	hung  atomic.Int64
}

// New returns a runner that has nothing under way.
func New(s *store.Store, handlers map[string]Handler, now func() time.Time, log *slog.Logger) *Runner {
	return &Runner{
		Store: s, Handlers: handlers, Now: now, Log: log,
		patience: patience, atMost: atMost, parting: parting, seats: make(chan struct{}, atOnce),
	}
}

// Hung is how many handlers were left to themselves and have not come back.
func (r *Runner) Hung() int { return int(r.hung.Load()) }

// Run runs jobs until ctx is done.
func (r *Runner) Run(ctx context.Context) {
	defer r.work.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return
		}
		if err := r.begin(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("jobs cannot be read", "err", err)
		}
		timer.Reset(r.pause(ctx))
	}
}

// pause is how long there is nothing to do.
func (r *Runner) pause(ctx context.Context) time.Duration {
	next, err := r.Store.NextDue(ctx)
	if err != nil || next.IsZero() {
		return poll
	}
	return min(max(next.Sub(r.Now()), 10*time.Millisecond), poll)
}

// Drain does every job that is due now and waits for it. Tests call it instead
// of Run.
func (r *Runner) Drain(ctx context.Context) error {
	defer r.work.Wait()
	return r.begin(ctx)
}

// begin does every job that is due now, but for those that take too long, which
// it leaves under way.
func (r *Runner) begin(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := r.Store.Claim(ctx, r.Now(), lease, batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, j := range due {
			if err := r.one(ctx, j); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// one does a job, or at least begins with it. Only what could not be written
// down is an error.
func (r *Runner) one(ctx context.Context, j feedback.Job) error {
	select {
	case r.seats <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	others := len(r.seats) - 1 // counted before this one begins: it may have left its seat right away
	ended := make(chan error, 1)
	r.work.Go(func() {
		defer func() { <-r.seats }()
		ended <- r.finish(ctx, j, r.do(ctx, j))
	})
	wait := time.NewTimer(r.patience >> min(others, 10))
	defer wait.Stop()
	select {
	case err := <-ended:
		return err
	case <-wait.C:
	}
	r.work.Go(func() { // the others go on
		if err := <-ended; err != nil && ctx.Err() == nil {
			r.Log.Error("what became of a job is not written down", "kind", j.Kind, "job", j.ID, "err", err)
		}
	})
	return nil
}

// errHung says that a handler neither ended in time nor heeded its context.
var errHung = errors.New("it hangs, and is left to itself: a bug; the others go on, and it is tried again")

// do runs one job for as long as it may take.
func (r *Runner) do(ctx context.Context, j feedback.Job) error {
	ctx, cancel := context.WithTimeout(ctx, r.atMost)
	defer cancel()
	ended := make(chan error, 1)
	var left atomic.Bool
	go func() {
		err := errors.New("its goroutine ended before it did")
		defer func() {
			ended <- err
			if !left.CompareAndSwap(false, true) {
				r.hung.Add(-1)
			}
		}()
		err = r.handle(ctx, j)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(r.parting):
	}
	r.hung.Add(1)
	if !left.CompareAndSwap(false, true) { // it has come back just so
		r.hung.Add(-1)
		return <-ended
	}
	return errHung
}

// handle runs the handler of a job; a panic is a failure like any other.
func (r *Runner) handle(ctx context.Context, j feedback.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	handle, known := r.Handlers[j.Kind]
	if !known {
		return fmt.Errorf("no handler for jobs of kind %q", j.Kind)
	}
	return handle(ctx, j)
}

// finish removes a job that is done and puts back one that failed.
func (r *Runner) finish(ctx context.Context, j feedback.Job, failed error) error {
	if failed == nil {
		return r.Store.Done(ctx, j)
	}
	level := slog.LevelWarn
	if errors.Is(failed, errHung) {
		level = slog.LevelError
	}
	r.Log.Log(ctx, level, "job failed", "kind", j.Kind, "job", j.ID, "attempt", j.Attempts, "err", failed)
	next := r.Now().Add(backoff(j.Attempts))
	if j.Attempts >= maxTries {
		next = time.Time{}
	}
	return r.Store.Retry(ctx, j, next, r.Now(), fmt.Sprintf("%.200s", failed.Error()))
}

// backoff doubles from a second to an hour.
func backoff(attempts int) time.Duration {
	return min(time.Second<<min(attempts-1, 12), time.Hour)
}
