// Package jobs runs work that must survive a restart. Every job is a row that a
// verb wrote in its own transaction; it runs at least once, on any node.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Handler does one job. It must be safe to run twice: a crash after the work
// and before the job is done runs it again.
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
)

// Runner runs the jobs that are due.
type Runner struct {
	Store    *store.Store
	Handlers map[string]Handler // by kind
	Now      func() time.Time
	Log      *slog.Logger
}

// Run runs jobs until ctx is done.
func (r *Runner) Run(ctx context.Context) {
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
		if err := r.Drain(ctx); err != nil && ctx.Err() == nil {
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

// Drain does every job that is due now. Tests call it instead of Run.
func (r *Runner) Drain(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := r.Store.Claim(ctx, r.Now(), lease, batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, j := range due {
			if err := r.finish(ctx, j, r.do(ctx, j)); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// do runs one job; a panic is a failure like any other.
func (r *Runner) do(ctx context.Context, j feedback.Job) (err error) {
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
	r.Log.Warn("job failed", "kind", j.Kind, "job", j.ID, "attempt", j.Attempts, "err", failed)
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
