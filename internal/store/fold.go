package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"makeright/internal/feedback"
)

// folding is what is added to a venue's days.
type folding struct {
	reports  []feedback.Fact
	opened   []feedback.Visit
	marks    []int64 // UTC days that something changed of
	was, seq int64   // the events before and after
}

// fold writes the days that something was added to. It fails with
// [feedback.ErrConflict] when somebody else did meanwhile.
func (s *Store) fold(ctx context.Context, v View, f folding) error {
	changes := map[string]*counts{} // of days
	of := func(day string) *counts {
		if changes[day] == nil {
			changes[day] = &counts{}
		}
		return changes[day]
	}
	if len(f.opened) > 0 {
		venue, err := v.Details(ctx)
		if err != nil {
			return err
		}
		past, err := v.PastHours(ctx)
		if err != nil {
			return err
		}
		for _, visit := range f.opened {
			of(venue.Then(past, visit.OpenedAt).Day(visit.OpenedAt))[0]++
		}
	}
	packs, err := v.repacked(ctx, byDay(f.reports), of)
	if err != nil {
		return err
	}
	months, err := v.recounted(ctx, changes)
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
		for _, p := range packs {
			const put = `insert into packs (venue_id, day, part, data) values (?, ?, ?, ?) on conflict (venue_id, day, part) do update set data = excluded.data`
			if err := tx.exec(ctx, put, v.venue, p.Day, p.Part, p.Data); err != nil {
				return known(err, "figures of a day")
			}
		}
		for month, data := range months {
			const put = `insert into rollups (venue_id, month, data) values (?, ?, ?) on conflict (venue_id, month) do update set data = excluded.data`
			if err := tx.exec(ctx, put, v.venue, month, data); err != nil {
				return known(err, "figures of a month")
			}
		}
		return markDays(ctx, tx.handle, v.venue, f.marks)
	})
}

// byDay are reports by their days. It sorts them, to part them where they are.
func byDay(rs []feedback.Fact) map[string][]feedback.Fact {
	slices.SortFunc(rs, func(a, b feedback.Fact) int { return cmp.Compare(a.Day, b.Day) })
	days := map[string][]feedback.Fact{}
	for len(rs) > 0 {
		n := sort.Search(len(rs), func(i int) bool { return rs[i].Day > rs[0].Day })
		days[rs[0].Day], rs = rs[:n:n], rs[n:]
	}
	return days
}

// repacked are the parts of the days' packs that newer reports change. What that
// changes is added to the days' counts.
func (v View) repacked(ctx context.Context, newer map[string][]feedback.Fact, of func(day string) *counts) (parts []dayPack, err error) {
	days := slices.Sorted(maps.Keys(newer))
	var last []dayPack
	err = v.rows(ctx).Table("packs").Select("day, part, data").Where("day in ?", days).
		Where("part = (select max(p.part) from packs p where p.venue_id = packs.venue_id and p.day = packs.day)").Find(&last).Error
	if err != nil {
		return nil, known(err, "days of figures")
	}
	ends := make(map[string]dayPack, len(last))
	for _, p := range last {
		ends[p.Day] = p
	}
	for _, day := range days {
		of(day).add(countsOf(feedback.Sum(newer[day], time.Time{})), 1)
		more, ok, err := lengthened(ends[day], newer[day])
		if err != nil {
			return nil, known(err, "figures of "+day)
		}
		if !ok {
			if more, err = v.replaced(ctx, day, newer[day], of); err != nil {
				return nil, err
			}
		}
		for i := range more {
			more[i].Day = day
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// lengthened are the last part of a day with newer reports at its end, and the
// parts after it, when the reports belong there.
func lengthened(end dayPack, newer []feedback.Fact) (parts []dayPack, ok bool, err error) {
	if end.Data == nil { // the first of the day
		return inParts(newer, 0), true, nil
	}
	_, n, err := readPack(end.Data)
	if err != nil {
		return nil, false, err
	}
	byID(newer)
	room := max(0, packOf-n)
	some := newer[:min(len(newer), max(room, 1))] // the first tells whether they belong there
	longer, ok, err := appended(end.Data, some)
	switch {
	case err != nil || !ok:
		return nil, false, err
	case room == 0:
		return inParts(newer, end.Part+1), true, nil
	}
	return append([]dayPack{{Part: end.Part, Data: longer}}, inParts(newer[len(some):], end.Part+1)...), true, nil
}

// inParts are reports in parts from a number on.
func inParts(rs []feedback.Fact, from int) (parts []dayPack) {
	byID(rs)
	for some := range slices.Chunk(rs, packOf) {
		parts = append(parts, dayPack{Part: from + len(parts), Data: pack(some)})
	}
	return parts
}

// replaced is a whole day with newer reports in the place of what they were.
func (v View) replaced(ctx context.Context, day string, newer []feedback.Fact, of func(day string) *counts) ([]dayPack, error) {
	var parts []dayPack
	err := v.rows(ctx).Table("packs").Select("day, part, data").Where("day = ?", day).Order("part").Find(&parts).Error
	if err != nil {
		return nil, known(err, "days of figures")
	}
	all, err := unpackDays(parts, nil, len(newer))
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(newer))
	for i := range newer {
		ids[newer[i].ID] = true
	}
	var was []feedback.Fact
	kept := without(all, func(f *feedback.Fact) bool {
		if ids[f.ID] {
			was = append(was, *f)
		}
		return ids[f.ID]
	})
	of(day).add(countsOf(feedback.Sum(was, time.Time{})), -1)
	return inParts(append(kept, newer...), 0), nil
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

// recounted is what the months hold when the counts of days change so.
func (v View) recounted(ctx context.Context, changes map[string]*counts) (map[string][]byte, error) {
	have, err := v.months(ctx, slices.Collect(maps.Keys(changes)))
	if err != nil {
		return nil, err
	}
	for day, change := range changes {
		name, n := monthOf(day)
		if have[name] == nil {
			have[name] = &month{}
		}
		have[name][n].add(*change, 1)
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
