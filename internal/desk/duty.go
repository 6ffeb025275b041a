package desk

import (
	"context"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// onDuty is who is on duty when an alert goes out.
type onDuty struct {
	feedback.Roster
	near []feedback.Duty // in the area of the table; all when nobody is
}

// onDuty finds out who is on duty, if a step asks.
func (d *Desk) onDuty(ctx context.Context, at store.View, r feedback.Report, step feedback.Step) (on onDuty, err error) {
	if !slices.Contains(step.To, feedback.ToOnDuty) && !slices.Contains(step.To, feedback.ToAllOnDuty) {
		return on, nil
	}
	duties, err := at.Duties(ctx)
	if err != nil || len(duties) == 0 {
		return on, err
	}
	v, err := at.Details(ctx)
	if err != nil {
		return on, err
	}
	t, err := at.Table(ctx, r.TableID)
	if err != nil {
		return on, err
	}
	on.Roster = feedback.RosterAt(duties, d.now(), v.Zone())
	for _, one := range on.On {
		if one.Covers(t.AreaID) {
			on.near = append(on.near, one)
		}
	}
	if len(on.near) == 0 {
		on.near = on.On
	}
	return on, nil
}

// named says whether a target means somebody. A report for managers only calls
// the managers where others would be called who are on duty.
func (on onDuty) named(t feedback.Target, m store.Member, r feedback.Report) bool {
	switch t {
	case feedback.ToManagers:
		return m.Here == feedback.Manager
	case feedback.ToOwner:
		return m.Here == feedback.Owner
	case feedback.ToEveryone:
		return true
	}
	called := on.On
	switch {
	case r.ManagersOnly():
		return m.Here == feedback.Manager
	case !on.Kept:
		return m.Here == feedback.Staff && !slices.Contains(on.Off, m.ID)
	case t == feedback.ToOnDuty:
		called = on.near
	}
	return slices.ContainsFunc(called, func(one feedback.Duty) bool { return one.PersonID == m.ID })
}

// PlanDuty writes when and where somebody is on duty. A manager plans.
func (d *Desk) PlanDuty(ctx context.Context, by feedback.Actor, venue string, in feedback.Duty) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	return d.onDutyOf(ctx, by, venue, in.PersonID, func(at store.Edit, _ feedback.Venue, duty *feedback.Duty) error {
		areas, err := at.Areas(ctx)
		if err != nil {
			return err
		}
		var ids []string
		for _, a := range areas {
			ids = append(ids, a.ID)
		}
		duty.Week, duty.Areas = in.Week, distinct(in.Areas)
		return duty.Check(ids)
	})
}

// SayDuty lets somebody say that they are on duty, or not any more.
func (d *Desk) SayDuty(ctx context.Context, by feedback.Actor, venue string, said feedback.Said) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	if said != feedback.SaidOn && said != feedback.SaidOff {
		return feedback.Problems{"said": "problem.choice"}
	}
	return d.onDutyOf(ctx, by, venue, by.Person, func(_ store.Edit, v feedback.Venue, duty *feedback.Duty) error {
		duty.Say(said, d.now(), v)
		return nil
	})
}

// onDutyOf changes when somebody is on duty.
func (d *Desk) onDutyOf(ctx context.Context, by feedback.Actor, venue, person string, change func(store.Edit, feedback.Venue, *feedback.Duty) error) error {
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		if _, err := d.roleOf(ctx, at, person); err != nil {
			return "", err
		}
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		duties, err := at.Duties(ctx)
		if err != nil {
			return "", err
		}
		duty := feedback.Duty{PersonID: person}
		if i := slices.IndexFunc(duties, func(one feedback.Duty) bool { return one.PersonID == person }); i >= 0 {
			duty = duties[i]
		}
		if err := change(at, v, &duty); err != nil {
			return "", err
		}
		if err := at.SaveDuty(ctx, duty); err != nil {
			return "", err
		}
		if err := d.watchOpening(ctx, at, v); err != nil {
			return "", err
		}
		return person, d.audit(ctx, tx.Org(by), by, venue, "duty.changed", person, nil)
	})
	if err == nil {
		d.wake(venue)
	}
	return err
}

// beforeOpening is how long before a venue opens its owner hears that nobody is
// on duty.
const beforeOpening = 30 * time.Minute

// watchOpening sets the timer before the next opening of a venue.
func (d *Desk) watchOpening(ctx context.Context, at store.Edit, v feedback.Venue) error {
	if err := at.Cancel(ctx, feedback.JobOpening, v.ID); err != nil {
		return err
	}
	from := d.now().Add(beforeOpening).Add(time.Millisecond)
	if _, to, open := v.Hours.Service(from, v.Zone()); open {
		from = to
	}
	opens := v.Hours.OpenFrom(from, v.Zone())
	if v.Hours.Always() || opens.Equal(from) && !opensAt(v, from) {
		return nil
	}
	return at.Enqueue(ctx, feedback.Job{ID: d.newID(), Kind: feedback.JobOpening, Subject: v.ID, RunAt: opens.Add(-beforeOpening)})
}

// rewatchOpening sets the timer anew where somebody has shifts.
func (d *Desk) rewatchOpening(ctx context.Context, at store.Edit, v feedback.Venue) error {
	duties, err := at.Duties(ctx)
	if err != nil || !feedback.Planned(duties) {
		return err
	}
	return d.watchOpening(ctx, at, v)
}

// opensAt says whether a venue is open at t.
func opensAt(v feedback.Venue, t time.Time) bool {
	_, _, open := v.Hours.Service(t, v.Zone())
	return open
}

// CheckOpening warns the owners shortly before a venue opens where nobody will
// be on duty, and sets the timer for the next opening.
func (d *Desk) CheckOpening(ctx context.Context, timer feedback.Actor) error {
	_, err := d.write(ctx, timer, timer.Venue, func(at store.Edit) (string, error) {
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		duties, err := at.Duties(ctx)
		if err != nil {
			return "", err
		}
		opens := v.Hours.OpenFrom(d.now(), v.Zone())
		soon := opens.Sub(d.now()) <= beforeOpening && opensAt(v, opens)
		if soon && feedback.Planned(duties) && len(feedback.RosterAt(duties, opens, v.Zone()).On) == 0 {
			if err := d.warnOwners(ctx, at, feedback.Delivery{What: feedback.SayNobodyOn}); err != nil {
				return "", err
			}
		}
		return v.ID, d.watchOpening(ctx, at, v)
	})
	return err
}
