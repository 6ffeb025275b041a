package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"makeright/internal/feedback"
)

const (
	// rollEvents is how many events are folded into figures at a time.
	rollEvents = 5000
	// rebuildReports is how many are read at a time, of any age: a large database
	// on a slow disk answers within the time of a read.
	rebuildReports = 1000
	// rollSteps bounds the time one venue keeps the others waiting.
	rollSteps = 20
	// rebuilding in the place of a number of an event: figures are made again.
	rebuilding = -1
)

// Roll folds what the timelines say since the last time into the days that
// figures are read from. It reads outside of transactions and writes a venue's
// days in one, so that reports hardly wait for it. Several nodes may do so at
// once; of two who fold the same, one does.
func (s *Store) Roll(ctx context.Context) error {
	var behind []struct {
		ID, OrgID string
	}
	err := s.db(ctx).Raw(`select v.id, v.org_id from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id
		where h.seq > coalesce(r.seq, 0) and coalesce(r.seq, 0) >= 0 order by v.id`).Scan(&behind).Error
	if err != nil {
		return known(err, "venues to add up")
	}
	for _, b := range behind {
		v := s.For(feedback.System(b.OrgID, b.ID), b.ID)
		for range rollSteps {
			more, err := s.rollVenue(ctx, v)
			if errors.Is(err, feedback.ErrConflict) { // another node did it
				break
			}
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// toldOf are the reports that events after one number up to another tell of: one
// by one, or all of a burst.
const toldOf = `reports.id in (select report_id from events where venue_id = ? and seq > ? and seq <= ?
	union all select b.id from events e join reports b on b.burst_id = e.subject and b.burst_id <> ''
		where e.venue_id = ? and e.seq > ? and e.seq <= ? and e.kind in ('burst.marked', 'burst.cleared'))`

// rollVenue folds the next events of a venue, and says whether there may be
// more.
func (s *Store) rollVenue(ctx context.Context, v View) (more bool, err error) {
	was, err := v.rolled(ctx)
	if err != nil {
		return false, err
	}
	var step struct {
		N, Last int64
	}
	err = v.db(ctx).Raw(`select count(*) as n, coalesce(max(seq), 0) as last from
		(select seq from events where venue_id = ? and seq > ? order by seq limit ?) as next`, v.venue, was, rollEvents).Scan(&step).Error
	if err != nil || step.N == 0 {
		return false, known(err, "events to add up")
	}
	var rs []feedback.Report
	err = v.counted(ctx).Where(toldOf, v.venue, was, step.Last, v.venue, was, step.Last).Find(&rs).Error
	if err != nil {
		return false, known(err, "reports to add up")
	}
	opened, err := v.opened(ctx, was, step.Last)
	if err != nil {
		return false, err
	}
	marks, err := v.daysOf(ctx, rs)
	if err != nil {
		return false, err
	}
	return step.N == rollEvents, s.fold(ctx, v, folding{reports: rs, opened: opened, marks: marks, was: was, seq: step.Last})
}

// daysOf are the UTC days of reports and of their visits.
func (v View) daysOf(ctx context.Context, rs []feedback.Report) ([]int64, error) {
	days, visits := map[int64]bool{}, map[string]bool{}
	for _, r := range rs {
		days[r.CreatedAt.UnixMilli()/utcDay] = true
		if r.VisitID != "" {
			visits[r.VisitID] = true
		}
	}
	if len(visits) > 0 {
		var opened []int64
		err := v.rows(ctx).Table("visits").Where("id in ?", slices.Collect(maps.Keys(visits))).Distinct().Pluck("opened_at / 86400000", &opened).Error
		if err != nil {
			return nil, known(err, "visits to add up")
		}
		for _, day := range opened {
			days[day] = true
		}
	}
	return slices.Sorted(maps.Keys(days)), nil
}

// opened is when visits were opened, by the events after one number up to
// another.
func (v View) opened(ctx context.Context, after, last int64) ([]time.Time, error) {
	var visits []feedback.Visit
	err := v.rowsOf(ctx, "e").Table("events e").Select("visits.opened_at").
		Joins("join visits on visits.id = e.subject and not visits.test").
		Where("e.seq > ? and e.seq <= ? and e.kind = ?", after, last, feedback.VisitOpened).Find(&visits).Error
	times := make([]time.Time, len(visits))
	for i, visit := range visits {
		times[i] = visit.OpenedAt
	}
	return times, known(err, "visits to add up")
}

// folding is what is added to a venue's days.
type folding struct {
	reports  []feedback.Report
	opened   []time.Time // visits
	marks    []int64     // UTC days that something changed of
	was, seq int64       // the events before and after
}

// fold writes the days that something was added to. It fails with
// [feedback.ErrConflict] when somebody else did meanwhile.
func (s *Store) fold(ctx context.Context, v View, f folding) error {
	venue, err := v.Details(ctx)
	if err != nil {
		return err
	}
	byDay, visits := map[string][]feedback.Report{}, map[string]int{}
	for _, r := range f.reports {
		byDay[r.Day] = append(byDay[r.Day], r)
	}
	for _, at := range f.opened {
		visits[venue.Hours.Day(at, venue.Zone())]++
	}
	packs, err := v.repacked(ctx, byDay)
	if err != nil {
		return err
	}
	months, err := v.recounted(ctx, packs, visits)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx Tx) error {
		const move = `insert into rolled (venue_id, seq) values (?, ?)
			on conflict (venue_id) do update set seq = excluded.seq where rolled.seq = ?`
		res := tx.db(ctx).Exec(move, v.venue, f.seq, f.was)
		if res.Error != nil || res.RowsAffected == 0 {
			return known(errors.Join(res.Error, feedback.ErrConflict), "figures")
		}
		for day, rs := range packs {
			const put = `insert into packs (venue_id, day, data) values (?, ?, ?) on conflict (venue_id, day) do update set data = excluded.data`
			if err := tx.db(ctx).Exec(put, v.venue, day, pack(rs)).Error; err != nil {
				return known(err, "figures of a day")
			}
		}
		for month, data := range months {
			const put = `insert into rollups (venue_id, month, data) values (?, ?, ?) on conflict (venue_id, month) do update set data = excluded.data`
			if err := tx.db(ctx).Exec(put, v.venue, month, data).Error; err != nil {
				return known(err, "figures of a month")
			}
		}
		return markDays(ctx, tx.handle, v.venue, f.marks)
	})
}

// repacked is what the days' packs hold with newer reports in them.
func (v View) repacked(ctx context.Context, newer map[string][]feedback.Report) (map[string][]feedback.Report, error) {
	var packs []dayPack
	err := v.rows(ctx).Table("packs").Select("day, data").Where("day in ?", slices.Sorted(maps.Keys(newer))).Find(&packs).Error
	if err != nil {
		return nil, known(err, "days of figures")
	}
	have := map[string][]dayPack{}
	for _, p := range packs {
		have[p.Day] = []dayPack{p}
	}
	all := map[string][]feedback.Report{}
	for day, rs := range newer {
		if all[day], err = over(have[day], rs); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// counts are the figures of one day that are compared between venues, in the
// order in which they are kept; the first are the visits.
type counts [14]int64

func countsOf(f feedback.Figures) counts {
	c := counts{13: f.Cost}
	for i, n := range []int{
		f.Issues, f.Resolved, f.Unresolved, f.Open, f.Dismissed, f.Praise, f.Confirmed, f.Partly, f.NotYet, f.Taken, f.Answered, f.InTime,
	} {
		c[i+1] = int64(n)
	}
	return c
}

// figures is countsOf backwards.
func (c counts) figures() feedback.Figures {
	f := feedback.Figures{Cost: c[13]}
	for i, n := range []*int{
		&f.Issues, &f.Resolved, &f.Unresolved, &f.Open, &f.Dismissed, &f.Praise, &f.Confirmed, &f.Partly, &f.NotYet, &f.Taken, &f.Answered, &f.InTime,
	} {
		*n = int(c[i+1])
	}
	return f
}

// add adds other times sign.
func (c *counts) add(other counts, sign int64) {
	for i, n := range other {
		c[i] += sign * n
	}
}

// month is what one row of rollups holds: counts by day of the month, from 1.
type month [32]counts

// recounted is what the months hold when days hold these reports, and so many
// visits more.
func (v View) recounted(ctx context.Context, packs map[string][]feedback.Report, visits map[string]int) (map[string][]byte, error) {
	days := slices.Concat(slices.Collect(maps.Keys(packs)), slices.Collect(maps.Keys(visits)))
	have, err := v.months(ctx, days)
	if err != nil {
		return nil, err
	}
	for _, day := range days {
		name, n := monthOf(day)
		if have[name] == nil {
			have[name] = &month{}
		}
		c := &have[name][n]
		if rs, some := packs[day]; some {
			kept := c[0]
			*c = countsOf(feedback.Sum(rs, time.Time{}))
			c[0] = kept
		}
		c[0] += int64(visits[day])
		delete(visits, day) // days stand twice
	}
	out := make(map[string][]byte, len(have))
	for name, m := range have {
		out[name] = m.write()
	}
	return out, nil
}

func (v View) months(ctx context.Context, days []string) (map[string]*month, error) {
	var names []string
	for _, day := range days {
		name, _ := monthOf(day)
		names = append(names, name)
	}
	var rows []monthRow
	err := v.rows(ctx).Table("rollups").Where("month in ?", names).Find(&rows).Error
	if err != nil {
		return nil, known(err, "months of figures")
	}
	have := make(map[string]*month, len(rows))
	for _, row := range rows {
		if have[row.Month], err = row.read(); err != nil {
			return nil, err
		}
	}
	return have, nil
}

// monthRow is a row of rollups.
type monthRow struct {
	VenueID string
	Month   string
	Data    []byte
}

func (m *month) write() []byte {
	out := []byte{packed}
	for day := range m {
		for _, n := range m[day] {
			out = binary.AppendVarint(out, n)
		}
	}
	return out
}

func (row monthRow) read() (*month, error) {
	m := &month{}
	if len(row.Data) == 0 || row.Data[0] != packed {
		return nil, known(errPack, "figures of "+row.Month)
	}
	r := reading{in: row.Data[1:]}
	for day := range m {
		for i := range m[day] {
			r.num(&m[day][i])
		}
	}
	if r.bad {
		return nil, known(errPack, "figures of "+row.Month)
	}
	return m, nil
}

// monthOf splits a day ("2026-11-22") into its month and number.
func monthOf(day string) (name string, n int) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day, 0 // nobody asks for it
	}
	return t.Format("2006-01"), t.Day()
}

// dayIn is monthOf backwards.
func dayIn(month string, n int) string { return fmt.Sprintf("%s-%02d", month, n) }

// Rebuild makes the figures of a venue again from its reports, all but those of
// visits and alerts, which [Store.KeepDays] makes then. What is asked meanwhile
// is answered from the rows and the timeline.
func (s *Store) Rebuild(ctx context.Context, a feedback.Actor, venue string) error {
	v := s.For(a, venue)
	head, err := v.Head(ctx)
	if err != nil {
		return err
	}
	err = s.Tx(ctx, func(tx Tx) error {
		db := tx.db(ctx)
		return known(errors.Join(
			db.Exec("delete from packs where venue_id = ?", v.venue).Error,
			db.Exec("delete from rollups where venue_id = ?", v.venue).Error,
			db.Exec(`insert into days (venue_id, day, marks, made)
				select venue_id, opened_at / 86400000, 1, 0 from visits where venue_id = ?
				union select venue_id, created_at / 86400000, 1, 0 from reports where venue_id = ?
				on conflict (venue_id, day) do update set marks = days.marks + 1`, v.venue, v.venue).Error,
			db.Exec("insert into rolled (venue_id, seq) values (?, ?) on conflict (venue_id) do update set seq = excluded.seq", v.venue, rebuilding).Error,
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
		var page []feedback.Report
		err := v.counted(ctx).Where("reports.id > ?", last).Where(`reports.id not in (select report_id from events
			where venue_id = ? and seq > ? and kind = 'report.created')`, v.venue, head).Order("reports.id").Limit(rebuildReports).Find(&page).Error
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

// RebuildAll is Rebuild for every venue there is.
func (s *Store) RebuildAll(ctx context.Context) error {
	var venues []feedback.Venue
	if err := s.db(ctx).Order("id").Find(&venues).Error; err != nil {
		return known(err, "venues")
	}
	for _, v := range venues {
		if err := s.Rebuild(ctx, feedback.System(v.OrgID, v.ID), v.ID); err != nil {
			return fmt.Errorf("venue %s: %w", v.ID, err)
		}
	}
	return nil
}
