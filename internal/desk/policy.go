package desk

import (
	"context"
	"fmt"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// SetEscalation changes who is told of reports, and when. What waits already
// follows it from then on. An owner may, and a manager of the venue.
func (d *Desk) SetEscalation(ctx context.Context, by feedback.Actor, venue string, es feedback.Escalation) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	if err := es.Check(); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		if err := at.Exists(ctx); err != nil {
			return "", err
		}
		if err := worksHere(ctx, at.View, es); err != nil {
			return "", err
		}
		return venue, d.saveEscalation(ctx, tx, by, at, es)
	})
	if err == nil {
		d.wake(venue)
	}
	return err
}

// saveEscalation writes who is told, and sets the timers of what waits anew.
func (d *Desk) saveEscalation(ctx context.Context, tx store.Tx, by feedback.Actor, at store.Edit, es feedback.Escalation) error {
	if err := at.SaveEscalation(ctx, es); err != nil {
		return err
	}
	venue := at.Venue()
	timers := tx.At(feedback.System(by.Org, venue), venue) // sees what only managers may see
	waiting, err := timers.Queue(ctx, maxWaiting)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if err := d.rewatch(ctx, timers, r); err != nil {
			return err
		}
	}
	return d.audit(ctx, tx.Org(by), by, venue, "escalation.changed", venue, nil)
}

// maxWaiting bounds how many reports that wait get new timers with a new policy.
// The timers of further ones fire as they were set, and follow it from then on.
const maxWaiting = 500

// worksHere says whether everybody whom a policy names works in the venue.
func worksHere(ctx context.Context, at store.View, es feedback.Escalation) error {
	team, err := at.Team(ctx)
	if err != nil {
		return err
	}
	ps := feedback.Problems{}
	for name, p := range map[string]feedback.Policy{"ordinary": es.Ordinary, "safety": es.Safety} {
		for i, s := range p.Steps {
			for _, person := range s.People {
				if !slices.ContainsFunc(team, func(m store.Member) bool { return m.ID == person }) {
					ps[fmt.Sprintf("%s.%d", name, i)] = "problem.person.unknown"
				}
			}
		}
	}
	return ps.OrNil()
}
