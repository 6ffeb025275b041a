package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// clock is what the timers of a report go by.
type clock struct {
	venue  feedback.Venue
	policy feedback.Policy
}

// clockOf reads what the timers of a report go by.
func clockOf(ctx context.Context, at store.View, r feedback.Report) (clock, error) {
	v, err := at.Details(ctx)
	if err != nil {
		return clock{}, err
	}
	es, err := at.Escalation(ctx)
	if err != nil {
		return clock{}, err
	}
	callable, err := at.Callable(ctx)
	return newClock(v, es, callable, r), err
}

func newClock(v feedback.Venue, es feedback.Escalation, callable bool, r feedback.Report) clock {
	p := es.For(r)
	if !callable {
		p = p.Quiet()
	}
	return clock{v, p}
}

// watch sets the timer of a report that waits: for its next step or for the end
// of the service, whatever comes first.
func (d *Desk) watch(ctx context.Context, at store.Edit, r feedback.Report, c clock) error {
	next := c.nextLook(r)
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
	c, err := clockOf(ctx, at.View, r)
	if err != nil {
		return err
	}
	return d.watch(ctx, at, r, c)
}

// nextLook is when somebody has to look at the report again; zero for never.
func (c clock) nextLook(r feedback.Report) time.Time {
	if !slices.Contains(feedback.Waiting, r.Status) {
		return time.Time{}
	}
	next := c.from(r).NextStep(c.policy)
	if r.Later() || r.Status != feedback.Open && !r.Done() {
		return next
	}
	if end := c.venue.Hours.EndOfService(r.Since, c.venue.Zone()); next.IsZero() || end.Before(next) {
		next = end
	}
	return next
}

// from is the report as the steps of escalation see it. While the venue is
// closed nobody can act, so the clock starts when it opens; only what is about
// safety does not wait for that.
func (c clock) from(r feedback.Report) feedback.Report {
	if !r.Safety() {
		r.Since = c.venue.Hours.OpenFrom(r.Since, c.venue.Zone())
	}
	return r
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
	c, err := clockOf(ctx, at.View, *r)
	if err != nil {
		return nil, err
	}
	now, step := d.now(), c.from(*r).NextStep(c.policy)
	late := !step.IsZero() && !now.Before(step)
	if !r.Later() && (late || r.Status == feedback.Open || r.Done()) && !now.Before(c.venue.Hours.EndOfService(r.Since, c.venue.Zone())) {
		return d.nobodyCame(timer, r)
	}
	switch {
	case !late:
		return nil, nil
	case r.Status == feedback.Taken:
		return d.silent(ctx, at, timer, c, r)
	case r.AlertID == "":
		return d.begin(ctx, at, timer, c, r)
	}
	for c.policy.Last(r.Level) && !now.Before(c.from(*r).Due(c.policy, r.Level+2)) {
		r.Level++ // what was missed while nobody ran the timers is not made up for one by one
	}
	return d.rise(ctx, at, timer, c, r)
}

// silent puts a report back whose taker said nothing, and tells a manager.
func (d *Desk) silent(ctx context.Context, at store.Edit, timer feedback.Actor, c clock, r *feedback.Report) (*feedback.Event, error) {
	if err := r.Move(feedback.Open); err != nil {
		return nil, err
	}
	r.TakenBy, r.Since, r.Level, r.Ahead, r.UndoTo = "", d.now(), 0, 0, ""
	e := d.event(timer, feedback.ReportReleased, r.ID)
	e.Data = feedback.EventData{Status: r.Status, What: "silence"}
	if err := d.append(ctx, at, e); err != nil {
		return nil, err
	}
	return d.toManager(ctx, at, timer, r, feedback.SaySilent)
}

func (d *Desk) nobodyCame(timer feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	if err := r.Move(feedback.Unresolved); err != nil {
		return nil, err
	}
	r.Reason, r.EndedAt, r.UndoTo = feedback.NobodyCame, d.now(), ""
	if r.Done() { // somebody may have come; whoever took it never said what was done
		r.Reason = "other"
	}
	e := d.event(timer, feedback.ReportUnresolved, r.ID)
	e.Data.Reason = r.Reason
	return e, nil
}
