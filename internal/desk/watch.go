package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// watch sets the timer of a report that waits in venue v: for its next step or
// for the end of the service, whatever comes first.
func (d *Desk) watch(ctx context.Context, at store.Edit, r feedback.Report, v feedback.Venue) error {
	next := nextLook(r, v)
	if next.IsZero() {
		return nil
	}
	return at.Enqueue(ctx, feedback.Job{ID: d.newID(), Kind: feedback.JobWatch, Subject: r.ID, Step: r.Level, RunAt: next})
}

// rewatch sets the timer anew.
func (d *Desk) rewatch(ctx context.Context, at store.Edit, r feedback.Report) error {
	if err := at.Cancel(ctx, feedback.JobWatch, r.ID); err != nil {
		return err
	}
	v, err := at.Details(ctx)
	if err != nil {
		return err
	}
	return d.watch(ctx, at, r, v)
}

// nextLook is when somebody has to look at the report again; zero for never.
func nextLook(r feedback.Report, v feedback.Venue) time.Time {
	if !slices.Contains(feedback.Waiting, r.Status) {
		return time.Time{}
	}
	next := nextStep(r, v)
	if r.Later() || r.Status != feedback.Open {
		return next
	}
	if end := v.Hours.EndOfService(r.Since, v.Zone()); next.IsZero() || end.Before(next) {
		next = end
	}
	return next
}

// nextStep is when nobody having acted becomes somebody's business. While the
// venue is closed nobody can act, so the clock starts when it opens; only what
// is about safety does not wait for that.
func nextStep(r feedback.Report, v feedback.Venue) time.Time {
	if !r.Safety() {
		r.Since = v.Hours.OpenFrom(r.Since, v.Zone())
	}
	return r.NextStep()
}

// Watch does what is due for a report that waits: escalates it when nobody took
// it, puts it back when whoever took it stayed silent, ends it when the service
// is over. It does nothing for one that has moved on, so the timer may fire late
// or twice.
func (d *Desk) Watch(ctx context.Context, timer feedback.Actor, report string) error {
	err := d.act(ctx, timer, timer.Venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if !slices.Contains(feedback.Waiting, r.Status) {
			return nil, nil
		}
		e, err := d.due(ctx, at, timer, r)
		if err != nil {
			return nil, err
		}
		return e, d.rewatch(ctx, at, *r) // and not one timer more, should this one fire twice
	})
	if errors.Is(err, feedback.ErrNotFound) {
		return nil
	}
	return err
}

// due changes the report as far as the clock demands, and returns what to tell.
func (d *Desk) due(ctx context.Context, at store.Edit, timer feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	v, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	now, step := d.now(), nextStep(*r, v)
	late := !step.IsZero() && !now.Before(step)
	if !r.Later() && (late || r.Status == feedback.Open) && !now.Before(v.Hours.EndOfService(r.Since, v.Zone())) {
		return d.nobodyCame(timer, r)
	}
	if !late {
		return nil, nil
	}
	if r.Status == feedback.Taken {
		if err := r.Move(feedback.Open); err != nil {
			return nil, err
		}
		r.TakenBy, r.Since, r.Level, r.UndoTo = "", now, 0, ""
		e := d.event(timer, feedback.ReportReleased, r.ID)
		e.Data = feedback.EventData{Status: r.Status, What: "silence"}
		if err := at.Append(ctx, e); err != nil {
			return nil, err
		}
	}
	r.Level++
	e := d.event(timer, feedback.ReportEscalated, r.ID)
	e.Data.Level = r.Level
	return e, nil
}

func (d *Desk) nobodyCame(timer feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	if err := r.Move(feedback.Unresolved); err != nil {
		return nil, err
	}
	r.Reason, r.EndedAt, r.UndoTo = feedback.NobodyCame, d.now(), ""
	e := d.event(timer, feedback.ReportUnresolved, r.ID)
	e.Data.Reason = r.Reason
	return e, nil
}
