package store

import (
	"context"
	"math"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// StatsFilter is what figures are asked for: reports sent at or after From and
// before To, split by one of [feedback.Groupings] or by nothing.
type StatsFilter struct {
	From, To       time.Time
	FromDay, ToDay string // instead: of these service days ("2026-11-22"), both included
	By             string
	Trust          []feedback.Trust // none: of every trust
	Now            time.Time        // when figures are asked for
}

// Figures adds up what became of the reports of a period: in all, and split.
//
// Groups come in the order of their keys. Every report counts whoever asks: a
// figure names nobody.
func (v View) Figures(ctx context.Context, f StatsFilter) (total feedback.Figures, groups []feedback.Group, err error) {
	rs, err := v.Facts(ctx, f)
	if err != nil {
		return feedback.Figures{}, nil, err
	}
	if f.By != "" {
		venue, err := v.Details(ctx)
		if err != nil {
			return feedback.Figures{}, nil, err
		}
		groups = feedback.Split(rs, f.By, venue, f.Now)
	}
	return feedback.Sum(rs, f.Now), groups, nil
}

// Facts are the reports of a period with what figures need of them, from one
// look, so that the numbers of a page agree with each other: the days' packs,
// and over them what the timeline says since they were written.
//
// Test reports are not among them. Words, notes and people are not read.
func (v View) Facts(ctx context.Context, f StatsFilter) ([]feedback.Fact, error) {
	return v.factsIn(ctx, f, nil)
}

// rooms are for the facts of pages: a megabyte each, which would be cleared away and
// made anew for each page. Two pages at a time find one.
var rooms = make(chan []feedback.Fact, 2)

// mostRoom is for how many facts a room is kept: those of ninety busy days.
const mostRoom = 4096

// WithFacts lets use have the [View.Facts] of a period, and nobody after it.
func (v View) WithFacts(ctx context.Context, f StatsFilter, use func([]feedback.Fact) error) error {
	var room []feedback.Fact
	select {
	case room = <-rooms:
	default:
	}
	facts, err := v.factsIn(ctx, f, room)
	if err != nil {
		return err
	}
	defer func() {
		if cap(facts) > mostRoom {
			return
		}
		clear(facts[:cap(facts)]) // keeps nothing alive, and the next finds it as if it were new
		select {
		case rooms <- facts[:0]:
		default:
		}
	}()
	return use(facts)
}

// factsIn is Facts, in a room that may be large enough.
func (v View) factsIn(ctx context.Context, f StatsFilter, room []feedback.Fact) ([]feedback.Fact, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, err
	}
	days := f.days(venue)
	seq, err := v.rolled(ctx) // before the packs: one that is newer than this is right too
	if err != nil {
		return nil, err
	}
	var packs []dayPack
	err = v.rows(ctx).Table("packs").Select("day, data").Where("day >= ? and day <= ?", days[0], days[1]).Order("day, part").Find(&packs).Error
	if err != nil {
		return nil, known(err, "days of figures")
	}
	tail, err := facts(v.counted(ctx).Where(toldOf, v.venue, seq, math.MaxInt64, v.venue, seq, math.MaxInt64).
		Where("reports.day >= ? and reports.day <= ?", days[0], days[1]).Order("reports.id"), nil)
	if err != nil {
		return nil, known(err, "figures since")
	}
	tables, err := v.places(ctx)
	if err != nil {
		return nil, err
	}
	past, err := v.PastHours(ctx)
	if err != nil {
		return nil, err
	}
	all, err := over(packs, room, tail)
	all = f.narrow(all)
	asThen(all, tables, past)
	return all, err
}

// packOf is how many reports a part of a day's pack holds.
const packOf = 512

// dayPack is a row of packs: a part of a day. Parts are in the order of the ids of
// their reports, and full but for the last.
type dayPack struct {
	Day  string
	Part int
	Data []byte
}

// over is what packs hold, with newer facts in the place of older ones.
func over(packs []dayPack, room, newer []feedback.Fact) ([]feedback.Fact, error) {
	replaced := make(map[string]bool, len(newer))
	for i := range newer {
		replaced[newer[i].ID] = true
	}
	all, err := unpackDays(packs, room, len(newer))
	if err != nil {
		return nil, err
	}
	if len(newer) > 0 {
		all = without(all, func(f *feedback.Fact) bool { return replaced[f.ID] })
	}
	return append(all, newer...), nil
}

// days are the first and last service day that reports of the period may be of.
func (f StatsFilter) days(venue feedback.Venue) [2]string {
	if f.FromDay != "" || f.ToDay != "" {
		return [2]string{f.FromDay, f.ToDay}
	}
	day := func(t time.Time, later int) string {
		return t.In(venue.Zone()).AddDate(0, 0, later).Format(time.DateOnly)
	}
	return [2]string{day(f.From, -1), day(f.To, 1)}
}

// without is slices.DeleteFunc for what is too large to be copied just for a look.
func without(facts []feedback.Fact, drop func(*feedback.Fact) bool) []feedback.Fact {
	kept := 0
	for i := range facts {
		if drop(&facts[i]) {
			continue
		}
		if kept != i {
			facts[kept] = facts[i]
		}
		kept++
	}
	return facts[:kept]
}

// narrow keeps the reports that were asked for.
func (f StatsFilter) narrow(facts []feedback.Fact) []feedback.Fact {
	byDay := f.FromDay != "" || f.ToDay != ""
	if byDay && len(f.Trust) == 0 {
		return facts
	}
	trusted := map[feedback.Trust]bool{}
	for _, t := range f.Trust {
		trusted[t] = true
	}
	return without(facts, func(r *feedback.Fact) bool {
		return !byDay && (r.CreatedAt.Before(f.From) || !r.CreatedAt.Before(f.To)) || len(f.Trust) > 0 && !trusted[r.Trust]
	})
}

// rolled is the number of the newest event that packs know of.
func (v View) rolled(ctx context.Context) (int64, error) {
	var seq int64
	err := v.rows(ctx).Table("rolled").Select("seq").Scan(&seq).Error
	return seq, known(err, "figures")
}

// What figures need of a report: countFields are what counts are made of, and
// factFields all that [packFacts] goes over and what joins them to others, both in
// the order in which [readFact] reads them.
const (
	countFields = `reports.id, reports.venue_id, reports.kind, reports.status, reports.verdict, reports.day, reports.cost, reports.created_at,
		coalesce(reports.taken_at, -1), coalesce(reports.answered_at, -1), coalesce(reports.ended_at, -1), reports.due_at, reports.since`
	factFields = countFields + `, reports.hour, reports.table_id, coalesce(visits.opened_at, -1), reports.causes, reports.handling, reports.language, reports.trust,
		reports.actions, reports.reason, reports.moment,
		case when reports.visit_id = '' or reports.ended_at is null or visits.by_scan or reports.created_at < visits.opened_at then ''
			when visits.closed_at is null or visits.closed_at >= reports.ended_at then 'before' else 'after' end,
		reports.server`
)

// readFact reads countFields, or factFields.
func readFact(f *fields) (r feedback.Fact) {
	r.ID, r.VenueID, r.Kind, r.Status, r.Verdict, r.Day = f.word(), f.word(), feedback.Kind(f.word()), feedback.Status(f.word()), feedback.Verdict(f.word()), f.word()
	r.Cost, r.CreatedAt, r.TakenAt, r.AnsweredAt, r.EndedAt, r.DueAt, r.Since = f.num(), f.moment(), f.moment(), f.moment(), f.moment(), f.moment(), f.moment()
	if f.rest != "" {
		r.Hour, r.TableID, r.Opened, r.Causes, r.Handling, r.Language = int(f.num()), f.word(), f.moment(), f.words(), f.word(), f.word()
		r.Trust, r.Actions, r.Reason, r.Moment, r.Closing, r.Server = feedback.Trust(f.word()), f.words(), f.word(), f.word(), f.word(), f.rest
	}
	return r
}

// counted starts a query over the reports that figures are made of.
func (v View) counted(ctx context.Context) *gorm.DB {
	return factsOf(v.rowsOf(ctx, "reports"))
}

func factsOf(reports *gorm.DB) *gorm.DB {
	return reports.Table("reports").Where("not reports.test").Select(inOne(factFields)).Joins("left join visits on visits.id = nullif(reports.visit_id, '')") // else '' is looked up, too
}

// facts adds the reports of a query, each of one text, to others.
func facts(q *gorm.DB, to []feedback.Fact) ([]feedback.Fact, error) {
	err := eachText(q, func(f *fields) { to = append(to, readFact(f)) })
	return to, err
}
