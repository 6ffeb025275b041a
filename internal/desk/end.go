package desk

import (
	"context"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Outcome is how a member of staff closes a report.
type Outcome struct {
	feedback.Recovery
	Tell string // a message to the guest that goes with it; may be empty
}

// Resolve closes a report as put right; the guest is asked whether it was. One
// that nobody took yet is taken by who resolves it.
func (d *Desk) Resolve(ctx context.Context, by feedback.Actor, venue, report string, out Outcome) error {
	out.Note = feedback.Clean(out.Note)
	out.Actions = distinct(out.Actions)
	return d.end(ctx, by, venue, report, feedback.Resolved, func(at store.Edit, r *feedback.Report) (feedback.EventData, error) {
		v, err := at.Details(ctx)
		if err != nil {
			return feedback.EventData{}, err
		}
		if err := out.Check(v.Currency); err != nil {
			return feedback.EventData{}, err
		}
		if err := d.takeFirst(ctx, at, by, r); err != nil {
			return feedback.EventData{}, err
		}
		r.Actions, r.Cost, r.Note = out.Actions, out.Cost.Amount, out.Note
		r.Verdict, r.Said = feedback.NoVerdict, "" // asked each time
		if text := feedback.Clean(out.Tell); text != "" {
			if err := d.say(ctx, at, by, r, feedback.Message{Text: text}); err != nil {
				return feedback.EventData{}, err
			}
		}
		return feedback.EventData{Actions: out.Actions, Cost: out.Cost.Amount}, nil
	})
}

// takeFirst lets who closes an open report take it, so that the timeline and
// the times are true.
func (d *Desk) takeFirst(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) error {
	if r.Status != feedback.Open {
		return nil
	}
	e, err := d.take(ctx, at, by, r, by.Person)
	if err != nil {
		return err
	}
	e.Data.Status = r.Status
	return d.append(ctx, at, e)
}

// Unresolved closes a report that could not be put right.
func (d *Desk) Unresolved(ctx context.Context, by feedback.Actor, venue, report, reason, note string) error {
	note = feedback.Clean(note)
	if err := feedback.CheckReason(reason, note, feedback.Reasons); err != nil {
		return err
	}
	return d.end(ctx, by, venue, report, feedback.Unresolved, func(_ store.Edit, r *feedback.Report) (feedback.EventData, error) {
		r.Reason, r.Note = reason, note
		return feedback.EventData{Reason: reason}, nil
	})
}

// Dismiss sets a report aside as abuse, spam, a test or a duplicate. Only
// managers may: it leaves the figures.
func (d *Desk) Dismiss(ctx context.Context, by feedback.Actor, venue, report, reason string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	if err := feedback.CheckReason(reason, "", feedback.DismissReasons); err != nil {
		return err
	}
	return d.end(ctx, by, venue, report, feedback.Dismissed, func(_ store.Edit, r *feedback.Report) (feedback.EventData, error) {
		r.Reason = reason
		return feedback.EventData{Reason: reason}, nil
	})
}

var ends = map[feedback.Status]feedback.EventKind{
	feedback.Resolved:   feedback.ReportResolved,
	feedback.Unresolved: feedback.ReportUnresolved,
	feedback.Dismissed:  feedback.ReportDismissed,
}

// end closes a report; fn fills in what is special about this end.
func (d *Desk) end(ctx context.Context, by feedback.Actor, venue, report string, to feedback.Status, fn func(store.Edit, *feedback.Report) (feedback.EventData, error)) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if err := holds(by, venue, *r); err != nil {
			return nil, err
		}
		if err := r.ClosableBy(by); err != nil {
			return nil, err
		}
		if r.Over() { // only the guest, or a reopening, moves it on
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		was, first := r.Status, r.TakenAt.IsZero()
		data, err := fn(at, r)
		if err != nil {
			return nil, err
		}
		if err := r.Move(to); err != nil {
			return nil, err
		}
		r.EndedAt = d.now()
		if first && !r.TakenAt.IsZero() {
			r.TakenAt = r.EndedAt // taken and closed by one tap, at one moment
		}
		r.Remember(was, by.Person, r.EndedAt)
		e := d.event(by, ends[to], r.ID)
		e.Data = data
		return e, nil
	})
}

// Reopen lets a report wait again that was closed too early. Only managers may.
func (d *Desk) Reopen(ctx context.Context, by feedback.Actor, venue, report string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		return d.reopen(ctx, at, by, r)
	})
}

func (d *Desk) reopen(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	v, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.Reopen(d.now(), v.Promise()); err != nil {
		return nil, err
	}
	if by.Kind != feedback.ByGuest {
		r.NotFor = ""
	}
	return d.event(by, feedback.ReportReopened, r.ID), d.rewatch(ctx, at, *r)
}

// Undo takes back the last tap on a report, for who made it, within
// [feedback.UndoFor].
func (d *Desk) Undo(ctx context.Context, by feedback.Actor, venue, report string) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		was := r.Status
		if err := r.Undo(by.Person, d.now()); err != nil {
			return nil, err
		}
		kind := feedback.ReportReopened
		if was == feedback.Taken {
			kind = feedback.ReportReleased
		}
		e := d.event(by, kind, r.ID)
		e.Data.What = "undo"
		return e, d.rewatch(ctx, at, *r)
	})
}
