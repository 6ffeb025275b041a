package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"makeright/internal/feedback"
)

// rebuildReports is how many are read at a time, of any age: a large database
// on a slow disk answers within the time of a read.
const rebuildReports = 200

// Rebuild makes the figures of a venue again from its reports, all but those of
// visits and alerts, which [Store.KeepDays] makes then. What is asked meanwhile
// is answered from the rows and the timeline. Who begins later goes on alone: the
// other one fails with [feedback.ErrConflict].
func (s *Store) Rebuild(ctx context.Context, a feedback.Actor, venue string) error {
	v := s.For(a, venue)
	head, err := v.Head(ctx)
	if err != nil {
		return err
	}
	rebuilding := -1 - rand.Int64N(1<<40) // in the place of the number of an event, and whose it is
	err = s.Tx(ctx, func(tx Tx) error {
		db := tx.db(ctx)
		return known(errors.Join(
			db.Exec("insert into rolled (venue_id, seq) values (?, ?) on conflict (venue_id) do update set seq = excluded.seq", v.venue, rebuilding).Error, // first: who folds waits, and finds that it is not theirs any more
			db.Exec("delete from packs where venue_id = ?", v.venue).Error,
			db.Exec("delete from rollups where venue_id = ?", v.venue).Error,
			db.Exec(`insert into days (venue_id, day, marks, made)
				select venue_id, opened_at / 86400000, 1, 0 from visits where venue_id = ?
				union select venue_id, created_at / 86400000, 1, 0 from reports where venue_id = ?
				on conflict (venue_id, day) do update set marks = days.marks + 1`, v.venue, v.venue).Error,
		), "rebuild figures")
	})
	if err != nil {
		return err
	}
	opened, err := v.opened(ctx, 0, head)
	if err != nil {
		return err
	}
	for last := ""; ; {
		page, err := facts(v.counted(ctx).Where("reports.id > ?", last).Where(`reports.id not in (select report_id from events
			where venue_id = ? and seq > ? and kind = 'report.created')`, v.venue, head).Order("reports.id").Limit(rebuildReports), nil)
		if err != nil {
			return known(err, "reports to add up")
		}
		f := folding{reports: page, opened: opened, was: rebuilding, seq: rebuilding}
		if len(page) < rebuildReports {
			f.seq = head
		}
		if err := s.fold(ctx, v, f); err != nil || f.seq == head {
			return err
		}
		last, opened = page[len(page)-1].ID, nil
	}
}

// RebuildAll is Rebuild for every venue there is, and says how many there are.
func (s *Store) RebuildAll(ctx context.Context) (int, error) {
	var venues []feedback.Venue
	if err := s.db(ctx).Order("id").Find(&venues).Error; err != nil {
		return 0, known(err, "venues")
	}
	for n, v := range venues {
		if err := s.Rebuild(ctx, feedback.System(v.OrgID, v.ID), v.ID); err != nil {
			return n, fmt.Errorf("venue %s: %w", v.ID, err)
		}
	}
	return len(venues), nil
}

// opened are the visits that were opened by the events after one number up to
// another.
func (v View) opened(ctx context.Context, after, last int64) (visits []feedback.Visit, err error) {
	err = v.rowsOf(ctx, "e").Table("events e").Select("visits.opened_at").
		Joins("join visits on visits.id = e.subject and not visits.test").
		Where("e.seq > ? and e.seq <= ? and e.kind = ?", after, last, feedback.VisitOpened).Find(&visits).Error
	return visits, known(err, "visits to add up")
}
