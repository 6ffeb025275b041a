package desk

import (
	"context"
	"errors"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// hold sets the timer of a report that is kept back until its guest has left.
func (d *Desk) hold(ctx context.Context, at store.Edit, r feedback.Report) error {
	if !r.Held() {
		return nil
	}
	return at.Enqueue(ctx, feedback.Job{ID: d.newID(), Kind: feedback.JobPassOn, Subject: r.ID, RunAt: r.HeldUntil})
}

// PassOn gives a report that was kept back to the managers when its time has
// come, and tells them once; it does not press them, for its guest has left. It
// does nothing before that or afterwards, so the timer may fire late or twice.
func (d *Desk) PassOn(ctx context.Context, timer feedback.Actor, report string) error {
	err := d.act(ctx, timer, timer.Venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if !r.Held() || d.now().Before(r.HeldUntil) {
			return nil, nil
		}
		r.Since = d.now()
		r.DueAt = r.Since // nobody was promised anything
		if err := d.passOn(ctx, at, timer, r); err != nil {
			return nil, err
		}
		if r.Status != feedback.Open || r.Done() || r.Withdrawn() || r.ToCheck || r.Test {
			return nil, at.Advance(ctx, r)
		}
		return d.toManager(ctx, at, timer, r, feedback.SayManager)
	})
	if errors.Is(err, feedback.ErrNotFound) {
		return nil
	}
	return err
}

// passOn lets the managers read a report that was kept back, and tells programs
// what has happened to it so far. One of too many joins its burst only now, for
// whoever looks at a burst sees all of it. The caller saves the report.
func (d *Desk) passOn(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) error {
	r.HeldUntil = time.Time{}
	if err := at.Release(ctx, r.ID); err != nil {
		return err
	}
	if err := at.Cancel(ctx, feedback.JobPassOn, r.ID); err != nil {
		return err
	}
	say, err := d.gather(ctx, at, r)
	if err != nil {
		return err
	}
	before, err := at.EventsOf(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, e := range before {
		if err := d.tellPrograms(ctx, at, e); err != nil {
			return err
		}
	}
	e := d.event(by, feedback.ReportChanged, r.ID)
	e.Data.What = feedback.PassedOn
	if err := d.appendNow(ctx, at, e, *r); err != nil {
		return err
	}
	return d.pageBurst(ctx, at, *r, say)
}

// visitClosed lets what is kept back for a visit wait no longer than for its
// guests to leave the house.
func (d *Desk) visitClosed(ctx context.Context, at store.Edit, v feedback.Visit) error {
	held, err := at.HeldOf(ctx, v.ID)
	if err != nil {
		return err
	}
	for _, r := range held {
		if !r.VisitClosed(v.ClosedAt) {
			continue
		}
		if err := at.Advance(ctx, &r); err != nil {
			return err
		}
		if err := at.Cancel(ctx, feedback.JobPassOn, r.ID); err != nil {
			return err
		}
		if err := d.hold(ctx, at, r); err != nil {
			return err
		}
	}
	return nil
}
