package store

import (
	"context"
	"errors"
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
	c.moment(&f.Opened, time.UnixMilli(0))
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
		err := s.rollVenue(ctx, g, &some)
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

// rollVenue folds what was gathered of a venue, in room that is kept for the next.
func (s *Store) rollVenue(ctx context.Context, g *gathered, room *[]feedback.Fact) error {
	v := s.For(feedback.System(g.OrgID, g.ID), g.ID)
	all, err := unpackAll(g.facts.whole(g.n), *room, gatherFacts)
	if err != nil {
		return known(err, "what was gathered")
	}
	*room = all
	f := folding{was: g.Seq, seq: g.last, reports: newest(all)}
	f.marks = daysOf(f.reports)
	if f.opened, err = opened(v.rows(ctx), g.visits); err != nil {
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
	created map[string]bool // whether they were sent since
}

// toldBy looks at the events of venues, of one organisation or, without, of all,
// whose numbers are further than one, up to another, from those that are folded; not
// of venues whose figures are made again. The reports are those that toldOf finds;
// what it learns of the venues it writes to them. Where somebody else folds
// meanwhile, other events are found, and the venue is not folded here. But for the
// cross join, which keeps the order, SQLite would read all events there are.
func (h handle) toldBy(ctx context.Context, org string, venues map[string]*gathered, from, to int64) (out told, err error) {
	events := h.db(ctx).Raw(`select `+inOne("v.id, e.seq, e.kind, e.report_id, e.subject")+`
		from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id cross join events e
		where (cast(? as text) = '' or v.org_id = ?) and coalesce(r.seq, 0) >= 0 and h.seq > coalesce(r.seq, 0) + cast(? as bigint)
			and e.venue_id = v.id and e.seq > coalesce(r.seq, 0) + cast(? as bigint) and e.seq <= coalesce(r.seq, 0) + cast(? as bigint)`, org, org, from, from, to)
	bursts := map[string]bool{}
	out.created = map[string]bool{}
	err = eachText(events, func(e *fields) {
		g, seq, kind, report := venues[e.word()], e.num(), feedback.EventKind(e.word()), e.word()
		if g == nil || seq > g.Head { // more of these may come in until the next look
			return
		}
		out.events++
		g.last = max(g.last, seq)
		switch {
		case report != "":
			out.created[report] = out.created[report] || kind == feedback.ReportCreated
		case kind == feedback.VisitOpened:
			g.visits = append(g.visits, e.rest)
		case kind == feedback.BurstMarked || kind == feedback.BurstCleared:
			bursts[e.rest] = true
		}
	})
	if err != nil {
		return told{}, known(err, "events to add up")
	}
	if len(bursts) > 0 {
		var of []string
		err := h.db(ctx).Table("reports").Where("burst_id in ? and burst_id <> ''", slices.Collect(maps.Keys(bursts))).Pluck("id", &of).Error
		if err != nil {
			return told{}, known(err, "bursts to add up")
		}
		for _, id := range of {
			if !out.created[id] {
				out.created[id] = false
			}
		}
	}
	out.reports = slices.Sorted(maps.Keys(out.created))
	return out, nil
}

// opened are the venues and times of visits that were opened, among the rows of a
// query; tests are left out.
func opened(of *gorm.DB, visits []string) (all []feedback.Visit, err error) {
	for ids := range slices.Chunk(visits, rollReports) {
		var some []feedback.Visit
		if err := of.Session(&gorm.Session{}).Select("venue_id, opened_at").Where("id in ? and not test", ids).Find(&some).Error; err != nil {
			return nil, known(err, "visits to add up")
		}
		all = append(all, some...)
	}
	return all, nil
}

// daysOf are the UTC days of reports and of their visits.
func daysOf(rs []feedback.Fact) []int64 {
	days := map[int64]bool{}
	for i := range rs {
		days[rs[i].CreatedAt.UnixMilli()/utcDay] = true
		if opened := rs[i].Opened; !opened.IsZero() {
			days[opened.UnixMilli()/utcDay] = true
		}
	}
	return slices.Sorted(maps.Keys(days))
}
