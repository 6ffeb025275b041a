package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// rollBounds are how much is added up at a time.
type rollBounds struct {
	events  int // that are looked at together, of all venues: those beside each other on the disk
	ofVenue int // events of one venue until its figures are written
	atOnce  int // of all venues: a report takes some eighty bytes until then

	looked func() // after each look, in tests
}

var usualRoll = rollBounds{events: 5000, ofVenue: 5000, atOnce: 200_000}

const (
	// rollReports is how many are asked for by their ids at a time.
	rollReports = 500
	// rollPasses bounds how often figures are written in a row.
	rollPasses = 20
)

// lagging is a venue whose timeline has come further than its figures.
type lagging struct {
	ID, OrgID string
	Seq, Head int64
}

// Roll folds what the timelines say since the last time into the days that
// figures are read from. It reads outside of transactions and writes a venue's
// days in one, so that reports hardly wait for it. Several nodes may do so at
// once; of two who fold the same, one does.
//
// What came in at the same time stands beside each other, whatever venue it is
// of. So all venues are read together, some events of each at a time: one after
// the other, each would read most of what the others had read.
func (s *Store) Roll(ctx context.Context) error { return s.rollIn(ctx, usualRoll) }

func (s *Store) rollIn(ctx context.Context, bounds rollBounds) error {
	for range rollPasses {
		all, err := s.lagging(ctx)
		if err != nil || len(all) == 0 {
			return err
		}
		more, err := s.roll(ctx, all, bounds)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (s *Store) lagging(ctx context.Context) (all []lagging, err error) {
	err = s.db(ctx).Raw(`select v.id, v.org_id, coalesce(r.seq, 0) as seq, h.seq as head
		from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id
		where h.seq > coalesce(r.seq, 0) and coalesce(r.seq, 0) >= 0 order by v.id`).Scan(&all).Error
	return all, known(err, "venues to add up")
}

// gathered is what is read of a venue before it is folded.
type gathered struct {
	lagging
	last   int64 // event that was looked at
	facts  writing
	n      int
	visits []string // that were opened
}

// gatherFacts goes over a fact with what a pack knows without it.
func gatherFacts(f *feedback.Fact, c codec) {
	c.word(&f.Day)
	c.id(&f.VisitID)
	packFacts(c, f)
}

// roll folds events of venues, and says whether there are more.
func (s *Store) roll(ctx context.Context, all []lagging, bounds rollBounds) (more bool, err error) {
	by := make(map[string]*gathered, len(all))
	for _, b := range all {
		by[b.ID] = &gathered{lagging: b, last: b.Seq, facts: writing{places: map[string]uint64{}}}
	}
	each := int64(max(1, bounds.events/len(all)))
	read := 0
	var some []feedback.Fact
	for from := int64(0); read < bounds.atOnce && from < int64(bounds.ofVenue); from += each {
		told, err := s.toldBy(ctx, "", by, from, from+each)
		if err != nil {
			return false, err
		}
		if told.events == 0 {
			break
		}
		read += told.events
		if bounds.looked != nil {
			bounds.looked()
		}
		for ids := range slices.Chunk(told.reports, rollReports) {
			some, err = facts(factsOf(s.db(ctx)).Where("reports.id in ?", ids).Order("reports.id"), some[:0])
			if err != nil {
				return false, known(err, "reports to add up")
			}
			for i := range some {
				if g := by[some[i].VenueID]; g != nil {
					gatherFacts(&some[i], &g.facts)
					g.n++
				}
			}
		}
	}
	for _, b := range all {
		g := by[b.ID]
		if g.last == g.Seq {
			continue
		}
		more = more || g.last < g.Head
		err := s.rollVenue(ctx, g)
		if errors.Is(err, feedback.ErrConflict) { // another node did it
			err = nil
		}
		if err != nil {
			return false, err
		}
		delete(by, b.ID)
	}
	return more, nil
}

// toldOf are the reports that events after one number up to another tell of: one
// by one, or all of a burst.
const toldOf = `reports.id in (select report_id from events where venue_id = ? and seq > ? and seq <= ?
	union all select b.id from events e join reports b on b.burst_id = e.subject and b.burst_id <> ''
		where e.venue_id = ? and e.seq > ? and e.seq <= ? and e.kind in ('burst.marked', 'burst.cleared'))`

// rollVenue folds what was gathered of a venue.
func (s *Store) rollVenue(ctx context.Context, g *gathered) error {
	v := s.For(feedback.System(g.OrgID, g.ID), g.ID)
	all, err := unpackAll(g.facts.whole(g.n), gatherFacts)
	if err != nil {
		return known(err, "what was gathered")
	}
	f := folding{was: g.Seq, seq: g.last, reports: newest(all)}
	if f.opened, err = openedAt(v.rows(ctx), g.visits); err != nil {
		return err
	}
	if f.marks, err = v.daysOf(ctx, f.reports); err != nil {
		return err
	}
	return s.fold(ctx, v, f)
}

// newest leaves of each report what was read last.
func newest(facts []feedback.Fact) []feedback.Fact {
	last := make(map[string]int, len(facts))
	for i := range facts {
		last[facts[i].ID] = i
	}
	kept := facts[:0]
	for i := range facts {
		if last[facts[i].ID] == i {
			kept = append(kept, facts[i])
		}
	}
	return kept
}

// told is what events are about.
type told struct {
	events  int
	reports []string        // in order
	created map[string]bool // those of them that were sent since
}

// toldBy looks at the events of venues, of one organisation or, without, of all,
// whose numbers are further than one, up to another, from those that are folded. The reports are those that toldOf finds;
// what it learns of the venues it writes to them. Where somebody else folds
// meanwhile, other events are found, and the venue is not folded here. SQLite would read all events there
// are, but for the cross join, which keeps the order.
func (h handle) toldBy(ctx context.Context, org string, venues map[string]*gathered, from, to int64) (out told, err error) {
	rows, err := h.db(ctx).Raw(`select v.id, e.seq, e.kind, e.report_id,
			case when e.kind in ('visit.opened', 'burst.marked', 'burst.cleared') then e.subject else '' end
		from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id cross join events e
		where (cast(? as text) = '' or v.org_id = ?) and h.seq > coalesce(r.seq, 0) + cast(? as bigint)
			and e.venue_id = v.id and e.seq > coalesce(r.seq, 0) + cast(? as bigint) and e.seq <= coalesce(r.seq, 0) + cast(? as bigint)`, org, org, from, from, to).Rows()
	if err != nil {
		return told{}, known(err, "events to add up")
	}
	defer rows.Close()
	reports, bursts := map[string]bool{}, map[string]bool{}
	out.created = map[string]bool{}
	for rows.Next() {
		var venue, report, subject string
		var seq int64
		var kind feedback.EventKind
		if err := rows.Scan(&venue, &seq, &kind, &report, &subject); err != nil {
			return told{}, known(err, "events to add up")
		}
		g := venues[venue]
		if g == nil || seq > g.Head { // more of these may come in until the next look
			continue
		}
		out.events++
		g.last = max(g.last, seq)
		switch {
		case report != "":
			reports[report] = true
			if kind == feedback.ReportCreated {
				out.created[report] = true
			}
		case kind == feedback.VisitOpened:
			g.visits = append(g.visits, subject)
		case subject != "":
			bursts[subject] = true
		}
	}
	if err := rows.Err(); err != nil {
		return told{}, known(err, "events to add up")
	}
	if len(bursts) > 0 {
		var of []string
		err := h.db(ctx).Table("reports").Where("burst_id in ? and burst_id <> ''", slices.Collect(maps.Keys(bursts))).Pluck("id", &of).Error
		if err != nil {
			return told{}, known(err, "bursts to add up")
		}
		for _, id := range of {
			reports[id] = true
		}
	}
	out.reports = slices.Sorted(maps.Keys(reports))
	return out, nil
}

// openedAt is when visits of a venue, whose rows are given, were opened, tests left
// out.
func openedAt(of *gorm.DB, visits []string) (times []time.Time, err error) {
	for ids := range slices.Chunk(visits, rollReports) {
		var some []feedback.Visit
		if err := of.Session(&gorm.Session{}).Select("opened_at").Where("id in ? and not test", ids).Find(&some).Error; err != nil {
			return nil, known(err, "visits to add up")
		}
		for _, one := range some {
			times = append(times, one.OpenedAt)
		}
	}
	return times, nil
}

// daysOf are the UTC days of reports and of their visits.
func (v View) daysOf(ctx context.Context, rs []feedback.Fact) ([]int64, error) {
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

// folding is what is added to a venue's days.
type folding struct {
	reports  []feedback.Fact
	opened   []time.Time // visits
	marks    []int64     // UTC days that something changed of
	was, seq int64       // the events before and after
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
		for _, at := range f.opened {
			of(venue.Then(past, at).Day(at))[0]++
		}
	}
	byDay := map[string][]feedback.Fact{}
	for _, r := range f.reports {
		byDay[r.Day] = append(byDay[r.Day], r)
	}
	packs, err := v.repacked(ctx, byDay, of)
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
	longer, ok, err := appended(end.Data, newer) // which sorts them
	if err != nil || !ok {
		return nil, false, err
	}
	_, n, err := readPack(end.Data)
	if err != nil {
		return nil, false, err
	}
	room := max(0, packOf-n)
	if len(newer) <= room {
		return []dayPack{{Part: end.Part, Data: longer}}, true, nil
	}
	if room > 0 {
		if longer, _, err = appended(end.Data, newer[:room]); err != nil {
			return nil, false, err
		}
		parts = []dayPack{{Part: end.Part, Data: longer}}
	}
	return append(parts, inParts(newer[room:], end.Part+1)...), true, nil
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
