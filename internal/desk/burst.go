package desk

import (
	"context"
	"errors"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// gather puts a report that is one of too many into the burst at its table, and
// returns what managers are to be told; others it leaves alone, and so what is
// kept back for now.
func (d *Desk) gather(ctx context.Context, at store.Edit, r *feedback.Report) (say string, err error) {
	if !r.ToCheck || r.Held() {
		return "", nil
	}
	lately := r.CreatedAt.Add(-feedback.BurstGap)
	b, err := at.BurstAt(ctx, r.TableID, lately)
	if errors.Is(err, feedback.ErrNotFound) {
		b, err = feedback.Burst{ID: d.newID(), TableID: r.TableID, StartedAt: r.CreatedAt}, nil
	}
	if err != nil {
		return "", err
	}
	told := 0
	if b.ToldAt.IsZero() {
		if told, err = at.BurstsTold(ctx, lately); err != nil {
			return "", err
		}
	}
	say = b.Take(r, told)
	return say, at.SaveBurst(ctx, b)
}

// pageBurst tells managers of the burst that a report is one of, or the owner
// where no manager can be reached. What they have been told of the table's
// safety already is not said again.
func (d *Desk) pageBurst(ctx context.Context, at store.Edit, r feedback.Report, say string) error {
	if say == "" {
		return nil
	}
	if say == feedback.SayUrgent {
		recent, err := at.AlertsSince(ctx, r.CreatedAt.Add(-feedback.MergeWithin))
		if err != nil || slices.ContainsFunc(recent, func(a feedback.Alert) bool { return a.Safety && a.TableID == r.TableID }) {
			return err
		}
	}
	step := feedback.Step{To: []feedback.Target{feedback.ToManagers}}
	people, err := d.reach(ctx, at.View, r, step)
	if err == nil && len(people) == 0 {
		step.To = []feedback.Target{feedback.ToOwner}
		people, err = d.reach(ctx, at.View, r, step)
	}
	if err != nil {
		return err
	}
	about := feedback.Delivery{ReportID: r.ID, What: say, CreatedAt: d.now()} // one moment for the whole call
	for _, m := range people {
		for _, c := range m.Channels {
			if !d.carries(c.Kind) {
				continue
			}
			if err := d.enqueueDelivery(ctx, at, c, about); err != nil {
				return err
			}
		}
	}
	if err := d.shown(ctx, at, r, step, about); err != nil {
		return err
	}
	e := d.event(feedback.System(at.Org(), r.VenueID), feedback.ReportEscalated, r.ID)
	e.Data = feedback.EventData{Status: r.Status, To: step.To, What: "burst"}
	return d.append(ctx, at, e)
}

// MarkBurst sets aside as abuse what nobody has acted on of a burst: it leaves
// the board and the figures, and stays in the lists. A second time it takes in
// what came since. Only managers may.
func (d *Desk) MarkBurst(ctx context.Context, by feedback.Actor, venue, burst string) error {
	return d.judgeBurst(ctx, by, venue, burst, feedback.BurstMarked, func(at store.Edit) (int64, error) {
		return at.MarkBurst(ctx, burst, d.now())
	})
}

// ClearBurst takes back what MarkBurst did, whenever that was. Only managers may.
func (d *Desk) ClearBurst(ctx context.Context, by feedback.Actor, venue, burst string) error {
	return d.judgeBurst(ctx, by, venue, burst, feedback.BurstCleared, func(at store.Edit) (int64, error) {
		n, err := at.ClearBurst(ctx, burst)
		if err != nil || n == 0 {
			return n, err
		}
		open, err := at.OpenOfBurst(ctx, burst)
		if err != nil {
			return n, err
		}
		return n, d.watchBurst(ctx, at, open)
	})
}

// watchBurst lets the end of the service end what is open of a burst. Nothing of
// it escalates, so one clock is right for all.
func (d *Desk) watchBurst(ctx context.Context, at store.Edit, open []feedback.Report) error {
	var c clock
	for i, r := range open {
		if i == 0 {
			var err error
			if c, err = clockOf(ctx, at.View, r); err != nil {
				return err
			}
		}
		if err := at.Cancel(ctx, feedback.JobWatch, r.ID); err != nil {
			return err
		}
		if err := d.watch(ctx, at, r, c); err != nil {
			return err
		}
	}
	return nil
}

// judgeBurst carries out what a manager says of a burst, and writes it on the
// timeline and in the audit trail. What changes nothing is not written.
func (d *Desk) judgeBurst(ctx context.Context, by feedback.Actor, venue, burst string, kind feedback.EventKind, do func(store.Edit) (int64, error)) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		b, err := at.Burst(ctx, burst)
		if err != nil {
			return "", err
		}
		n, err := do(at)
		if err != nil || n == 0 {
			return b.ID, err
		}
		e := d.event(by, kind, "")
		e.Subject, e.Data.Table = b.ID, b.TableID
		if err := d.append(ctx, at, e); err != nil {
			return "", err
		}
		action := string(kind)
		return b.ID, d.audit(ctx, tx.Org(by), by, venue, action, b.ID, nil)
	})
	if err == nil {
		d.wake(venue)
		d.posted()
	}
	return err
}

// TakeOffFloor hides a report from everybody but managers, or gives it back to
// the floor: words that nobody should have to read at work. Nothing of it is
// lost, and the timeline says who did so. Only managers may.
func (d *Desk) TakeOffFloor(ctx context.Context, by feedback.Actor, venue, report string, off bool) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(_ store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.OffFloor == off {
			return nil, nil // tapped twice
		}
		r.OffFloor = off
		e := d.event(by, feedback.ReportChanged, r.ID)
		e.Data.What = feedback.OnFloor
		if off {
			e.Data.What = feedback.OffFloor
		}
		return e, nil
	})
}
