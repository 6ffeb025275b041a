package desk

import (
	"context"
	"fmt"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Saw notes that who asks had a message of the other side open, on a page or a
// board that could be seen. Every screen that shows it says so; only the first
// changes anything.
func (d *Desk) Saw(ctx context.Context, by feedback.Actor, venue, report, message string) error {
	if by.Kind != feedback.ByGuest {
		if err := by.Needs(feedback.Staff, venue); err != nil {
			return err
		}
	}
	at := d.store.For(by, venue)
	if m, r, err := d.shownTo(ctx, at, by, report, message); err != nil || r.Saw(m) {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		m, _, err := d.shownTo(ctx, at.View, by, report, message)
		if err != nil || !r.See(m) {
			return nil, err
		}
		e := d.event(by, feedback.ReportChanged, r.ID)
		e.Subject, e.Data.What = m.ID, feedback.Seen
		return e, nil
	})
}

// shownTo finds a message of the other side that a screen of who asks can show.
func (d *Desk) shownTo(ctx context.Context, at store.View, by feedback.Actor, report, message string) (feedback.Message, feedback.Report, error) {
	r, err := at.Report(ctx, report)
	if err != nil {
		return feedback.Message{}, r, err
	}
	all, err := at.Messages(ctx, report, false)
	if err != nil {
		return feedback.Message{}, r, err
	}
	i := slices.IndexFunc(all, func(m feedback.Message) bool {
		return m.ID == message && m.FromGuest == (by.Kind != feedback.ByGuest)
	})
	if i < 0 || r.Withdrawn() {
		return feedback.Message{}, r, fmt.Errorf("message %s: %w", message, feedback.ErrNotFound)
	}
	return all[i], r, nil
}

// Done ends the conversation for a guest who needs nothing more; a second time
// does nothing. It is no verdict, and says of nobody's work that it was done or
// was not: whoever has it still closes it as what it was. One that nobody took
// ends as it does when the guest takes it back, for nobody is to come any more.
func (d *Desk) Done(ctx context.Context, guest feedback.Actor) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Done() && !r.Withdrawn() {
			return nil, nil
		}
		if !r.CanBeDone() {
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		r.DoneAt, r.UndoTo = d.now(), ""
		if r.Status == feedback.Open {
			if err := d.drop(ctx, at, guest, r); err != nil {
				return nil, err
			}
		}
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data.What = feedback.SaidDone
		return e, d.rewatch(ctx, at, *r)
	})
}

// drop ends what its guest no longer wants.
func (d *Desk) drop(ctx context.Context, at store.Edit, guest feedback.Actor, r *feedback.Report) error {
	if err := r.Move(feedback.Unresolved); err != nil {
		return err
	}
	r.Reason, r.EndedAt = "other", d.now()
	e := d.event(guest, feedback.ReportUnresolved, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Reason: r.Reason}
	return d.append(ctx, at, e)
}
