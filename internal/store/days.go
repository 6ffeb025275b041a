package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

const (
	// utcDay is one row of days, in milliseconds.
	utcDay = 24 * 60 * 60 * 1000
	// daysAfter is how long after its end a day is kept: calls to its last
	// reports are over.
	daysAfter = time.Hour
	// daysAtOnce bounds what is read at once.
	daysAtOnce = 8
)

// visitFact is what figures need of a visit.
type visitFact struct {
	TableID  string
	OpenedAt int64
	Covers   int64
	Coded    int64 // 1: it has a code of its own
	Scanned  int64 // 1: that was scanned
	Sent     int64 // reports that were not dismissed
	Issues   int64
	Resolved int64 // before it was closed
}

// facts goes over a visit's fields, and is how a day's visits are written.
func (f *visitFact) facts(c codec) {
	c.word(&f.TableID)
	for _, n := range []*int64{&f.OpenedAt, &f.Covers, &f.Coded, &f.Scanned, &f.Sent, &f.Issues, &f.Resolved} {
		c.num(n)
	}
}

// facts goes over a call's fields, and is how a day's calls are written.
func (r *callRow) facts(c codec) {
	c.id(&r.ReportID)
	c.word(&r.Day)
	c.word((*string)(&r.Kind))
	took := int64(0)
	if r.Took != nil {
		took = *r.Took
	}
	for _, n := range []*int64{&r.CreatedAt, &r.Sent, &r.Step, &r.Messages, &took, &r.Told} {
		c.num(n)
	}
	if took != 0 {
		r.Took = &took
	}
}

// kept are the days that need not be read row by row.
type kept struct {
	made [][]byte
	live [][2]int64 // the others: from a moment, and before another
}

// keptDays reads the UTC days that a period touches: one column of days, as data.
func (v View) keptDays(ctx context.Context, column *gorm.DB, begin, end time.Time) (kept, error) {
	first, last := begin.UnixMilli()/utcDay, (end.UnixMilli()-1)/utcDay
	seq, err := v.rolled(ctx) // before the days: one that is newer than this is right too
	if err != nil {
		return kept{}, err
	}
	var rows []struct {
		Day  int64
		Made bool
		Data []byte
	}
	err = column.Table("days").Where("day >= ? and day <= ?", first, last).Order("day").Find(&rows).Error
	if err != nil {
		return kept{}, known(err, "days of figures")
	}
	told, err := v.daysTold(ctx, seq)
	if err != nil {
		return kept{}, err
	}
	k := kept{}
	for _, row := range rows {
		if row.Made && seq >= 0 && !told[row.Day] {
			k.made = append(k.made, row.Data)
		} else {
			told[row.Day] = true
		}
	}
	for day := first; day <= last; day++ {
		if !told[day] && seq >= 0 {
			continue
		}
		if n := len(k.live); n > 0 && k.live[n-1][1] == day*utcDay {
			k.live[n-1][1] += utcDay
			continue
		}
		k.live = append(k.live, [2]int64{day * utcDay, (day + 1) * utcDay})
	}
	return k, nil
}

// daysTold are the days of reports, and of their visits, that events after one
// number tell of.
func (v View) daysTold(ctx context.Context, seq int64) (map[int64]bool, error) {
	days := map[int64]bool{}
	if seq < 0 { // being made again: nothing can be told
		return days, nil
	}
	var rows []struct{ Sent, Opened int64 }
	err := v.db(ctx).Raw(`select distinct reports.created_at / 86400000 as sent, coalesce(visits.opened_at, reports.created_at) / 86400000 as opened
		from reports left join visits on visits.id = reports.visit_id where `+toldOf,
		v.venue, seq, int64(math.MaxInt64), v.venue, seq, int64(math.MaxInt64)).Scan(&rows).Error
	for _, row := range rows {
		days[row.Sent], days[row.Opened] = true, true
	}
	return days, known(err, "days since")
}

// visitFacts are the visits that were opened in some times, which are in order, of
// days that are not kept with what read finds of them. Tests are left out, and those
// that only a scan opened.
func (v View) visitFacts(ctx context.Context, spans [][2]int64, read func(context.Context, [2]int64) ([]visitFact, error)) (all []visitFact, err error) {
	if len(spans) == 0 {
		return nil, nil
	}
	begin, end := time.UnixMilli(spans[0][0]), time.UnixMilli(spans[len(spans)-1][1])
	k, err := v.keptDays(ctx, v.rows(ctx).Select("day, made = marks as made, visits as data"), begin, end)
	if err != nil {
		return nil, err
	}
	for _, data := range k.made {
		facts, err := unpackAll(data, nil, (*visitFact).facts)
		if err != nil {
			return nil, known(err, "visits of a day")
		}
		all = append(all, facts...)
	}
	for _, span := range k.live {
		facts, err := read(ctx, span)
		if err != nil {
			return nil, err
		}
		all = append(all, facts...)
	}
	return slices.DeleteFunc(all, func(f visitFact) bool {
		return !slices.ContainsFunc(spans, func(s [2]int64) bool { return f.OpenedAt >= s[0] && f.OpenedAt < s[1] })
	}), nil
}

// readVisits reads the facts of the visits that were opened between two moments
// from their rows, in an order that does not change. Reports of a visit are added
// up here: grouped by visit, SQLite would go through all that the venue ever had.
func (v View) readVisits(ctx context.Context, span [2]int64) (facts []visitFact, err error) {
	visits := v.rowsOf(ctx, "visits").Table("visits").
		Select(inOne(`visits.table_id, visits.opened_at, visits.covers,
			coalesce((select max(case when exists (select 1 from scans s where s.code_id = c.id) then 2 else 1 end)
				from codes c where c.visit_id = visits.id and c.visit_id <> ''), 0),
			case when r.id is null then 0 else 1 end, case when r.kind = 'issue' then 1 else 0 end,
			case when r.kind = 'issue' and r.status = 'resolved' and (visits.closed_at is null or visits.closed_at >= r.ended_at) then 1 else 0 end,
			visits.id`)).
		Joins("left join reports r on r.visit_id = visits.id and r.visit_id <> '' and not r.test and r.status <> 'dismissed' and r.created_at >= visits.opened_at").
		Where("visits.opened_at >= ? and visits.opened_at < ? and not visits.test and not visits.by_scan", span[0], span[1]).
		Order("visits.opened_at, visits.id")
	last := ""
	err = eachText(visits, func(f *fields) {
		one := visitFact{TableID: f.word(), OpenedAt: f.num(), Covers: f.num()}
		code := f.num()
		one.Coded, one.Scanned = min(code, 1), max(code-1, 0)
		one.Sent, one.Issues, one.Resolved = f.num(), f.num(), f.num()
		if f.rest == last {
			sum := &facts[len(facts)-1]
			sum.Sent, sum.Issues, sum.Resolved = sum.Sent+one.Sent, sum.Issues+one.Issues, sum.Resolved+one.Resolved
			return
		}
		facts, last = append(facts, one), f.rest
	})
	return facts, known(err, "visits")
}

// readCovers reads nothing of the visits but when they were opened and how many sat
// there.
func (v View) readCovers(ctx context.Context, span [2]int64) (facts []visitFact, err error) {
	visits := v.rows(ctx).Table("visits").Select(inOne("opened_at, covers")).
		Where("opened_at >= ? and opened_at < ? and not test and not by_scan", span[0], span[1])
	err = eachText(visits, func(f *fields) { facts = append(facts, visitFact{OpenedAt: f.num(), Covers: f.num()}) })
	return facts, known(err, "covers")
}

// mark notes that something of a venue's day may have changed.
const mark = `insert into days (venue_id, day, marks, made) values (?, ?, 1, 0)
	on conflict (venue_id, day) do update set marks = days.marks + 1`

// markDays notes that something of these days may have changed.
func markDays(ctx context.Context, h handle, venue string, days []int64) error {
	for _, day := range days {
		if err := h.exec(ctx, mark, venue, day); err != nil {
			return known(err, "mark a day")
		}
	}
	return nil
}

// markVisit notes that something of the day of a code's visit may have changed.
// Of a code of no visit it does nothing.
func markVisit(ctx context.Context, h handle, code string) error {
	return known(h.exec(ctx, `insert into days (venue_id, day, marks, made)
		select v.venue_id, v.opened_at / 86400000, 1, 0 from codes c join visits v on v.id = c.visit_id where c.id = ? and c.visit_id <> ''
		on conflict (venue_id, day) do update set marks = days.marks + 1`, code), "mark a day")
}

// dayToMake is a day whose facts have to be made.
type dayToMake struct{ Day, Marks int64 }

// KeepDays makes what figures of visits and alerts are read from, of the days
// that are over. Until then, and whenever something of a day changed, its rows
// are read. It reads outside of transactions: what changed meanwhile has another
// mark, and is made again. Several nodes may do so at once.
func (s *Store) KeepDays(ctx context.Context, now time.Time) error {
	before := now.Add(-daysAfter).UnixMilli() / utcDay
	var venues []Place
	err := s.db(ctx).Raw(`select venues.org_id, venues.id as venue_id from venues
		where exists (select 1 from days where days.venue_id = venues.id and made < marks and day < ?) order by venues.id`, before).Scan(&venues).Error
	if err != nil {
		return known(err, "days to make")
	}
	var errs []error
	for _, at := range venues {
		v := s.For(feedback.System(at.OrgID, at.VenueID), at.VenueID)
		for more := true; more; {
			if more, err = s.keepDays(ctx, v, before); err != nil {
				errs = append(errs, err) // the others go on
			}
		}
	}
	return errors.Join(errs...)
}

// keepDays makes the newest days of a venue before one, and says whether there
// may be more.
func (s *Store) keepDays(ctx context.Context, v View, before int64) (more bool, err error) {
	var days []dayToMake
	err = v.rows(ctx).Table("days").Select("day, marks").Where("made < marks and day < ?", before).Order("day desc").Limit(daysAtOnce).Find(&days).Error
	if err != nil {
		return false, known(err, "days to make")
	}
	more = len(days) == daysAtOnce
	slices.Reverse(days)
	for len(days) > 0 {
		n := 1
		for n < len(days) && days[n].Day == days[0].Day+int64(n) {
			n++
		}
		if err := s.makeDays(ctx, v, days[:n]); err != nil {
			return false, err
		}
		days = days[n:]
	}
	return more, nil
}

// makeDays makes days of a venue that follow each other.
func (s *Store) makeDays(ctx context.Context, v View, days []dayToMake) error {
	span := [2]int64{days[0].Day * utcDay, (days[0].Day + int64(len(days))) * utcDay}
	visits, err := v.readVisits(ctx, span)
	if err != nil {
		return err
	}
	calls, err := v.readCalls(ctx, span)
	if err != nil {
		return err
	}
	visitsOf, callsOf := map[int64][]visitFact{}, map[int64][]callRow{}
	for _, f := range visits {
		visitsOf[f.OpenedAt/utcDay] = append(visitsOf[f.OpenedAt/utcDay], f)
	}
	for _, r := range calls {
		callsOf[r.CreatedAt/utcDay] = append(callsOf[r.CreatedAt/utcDay], r)
	}
	return s.Tx(ctx, func(tx Tx) error {
		for _, d := range days {
			const write = "update days set visits = ?, calls = ?, made = ? where venue_id = ? and day = ?"
			err := tx.exec(ctx, write, packAll(visitsOf[d.Day], (*visitFact).facts), packAll(callsOf[d.Day], (*callRow).facts), d.Marks, v.venue, d.Day)
			if err != nil {
				return known(err, "keep a day")
			}
		}
		return nil
	})
}
