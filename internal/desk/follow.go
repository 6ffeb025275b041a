package desk

import (
	"context"
	"fmt"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Followed is what came of getting in touch with a guest, and, once it is
// settled, what was done.
type Followed struct {
	Outcome feedback.FollowUp
	feedback.Recovery
}

// FollowUp notes what came of getting in touch with a guest after the visit. What
// was settled leaves the lane: a report that waited is resolved by it, and one
// that ended unresolved stays so in the figures. Managers may.
func (d *Desk) FollowUp(ctx context.Context, by feedback.Actor, venue, report string, in Followed) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	in.Note, in.Actions = feedback.Clean(in.Note), distinct(in.Actions)
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if !r.FollowsUp() {
			return nil, fmt.Errorf("report %s waits for no call: %w", r.ID, feedback.ErrConflict)
		}
		if err := r.ClosableBy(by); err != nil {
			return nil, err
		}
		v, err := at.Details(ctx)
		if err != nil {
			return nil, err
		}
		if err := feedback.CheckFollowUp(in.Outcome, in.Recovery, v.Currency); err != nil {
			return nil, err
		}
		if in.Note != "" {
			if err := d.say(ctx, at, by, r, feedback.Message{Text: in.Note, Internal: true}); err != nil {
				return nil, err
			}
		}
		e := d.event(by, feedback.ReportChanged, r.ID)
		e.Data.What = string(in.Outcome)
		if in.Outcome == feedback.Settled {
			if err := d.settle(ctx, at, by, r, in.Recovery); err != nil {
				return nil, err
			}
			e.Data.Actions, e.Data.Cost = in.Actions, in.Cost.Amount
		}
		r.Followed, r.FollowedAt, r.UndoTo = in.Outcome, d.now(), ""
		return e, nil
	})
}

// settle adds what was done afterwards to what was done before, and resolves a
// report that still waited.
func (d *Desk) settle(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report, done feedback.Recovery) error {
	waits := slices.Contains(feedback.Waiting, r.Status)
	if waits {
		if err := d.takeFirst(ctx, at, by, r); err != nil {
			return err
		}
		if err := r.Move(feedback.Resolved); err != nil {
			return err
		}
		r.EndedAt, r.Verdict, r.Said = d.now(), feedback.NoVerdict, ""
		r.Note = done.Note
	}
	r.Actions = distinct(append(slices.Clone(r.Actions), done.Actions...))
	r.Cost = min(r.Cost+done.Cost.Amount, feedback.MaxCost)
	if !waits {
		return nil
	}
	e := d.event(by, feedback.ReportResolved, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Actions: done.Actions, Cost: done.Cost.Amount}
	return d.append(ctx, at, e)
}
