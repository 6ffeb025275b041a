package store

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"makeright/internal/feedback"
)

// compareTries is how often figures of venues are read until no roll-up comes in
// between.
const compareTries = 3

// Compare adds up what became of the reports of all venues of the organisation
// in a period of service days: from the counts of the days, and what the
// timelines say since they were counted.
func (o OrgView) Compare(ctx context.Context, fromDay, toDay string) ([]feedback.VenueFigures, error) {
	venues, err := o.Venues(ctx)
	if err != nil {
		return nil, err
	}
	var sums map[string]*counts
	for range compareTries {
		before, err := o.rolled(ctx)
		if err != nil {
			return nil, err
		}
		if sums, err = o.sums(ctx, venues, fromDay, toDay); err != nil {
			return nil, err
		}
		if after, err := o.rolled(ctx); err != nil || after == before {
			break
		}
	}
	out := make([]feedback.VenueFigures, len(venues))
	for i, v := range venues {
		out[i] = feedback.VenueFigures{Venue: v, Visits: int(sums[v.ID][0]), Figures: sums[v.ID].figures()}
	}
	return out, nil
}

// rolled changes with every roll-up of a venue.
func (o OrgView) rolled(ctx context.Context) (int64, error) {
	var sum int64
	err := o.db(ctx).Raw("select coalesce(sum(seq), 0) from rolled where venue_id in (select id from venues where org_id = ?)", o.org).Scan(&sum).Error
	return sum, known(err, "figures of venues")
}

func (o OrgView) sums(ctx context.Context, venues []feedback.Venue, fromDay, toDay string) (map[string]*counts, error) {
	sums := make(map[string]*counts, len(venues))
	for _, v := range venues {
		sums[v.ID] = &counts{}
	}
	first, _ := monthOf(fromDay)
	last, _ := monthOf(toDay)
	var rows []monthRow
	err := o.db(ctx).Raw(`select rollups.venue_id, rollups.month, rollups.data from venues join rollups on rollups.venue_id = venues.id
			left join rolled on rolled.venue_id = venues.id
		where venues.org_id = ? and coalesce(rolled.seq, 0) >= 0 and rollups.month >= ? and rollups.month <= ?`, o.org, first, last).Scan(&rows).Error
	if err != nil {
		return nil, known(err, "figures of venues")
	}
	for _, row := range rows {
		m, err := row.read()
		if err != nil {
			return nil, err
		}
		sum := sums[row.VenueID]
		for n := 1; n < len(m) && sum != nil; n++ {
			if m[n] == (counts{}) {
				continue
			}
			if day := dayIn(row.Month, n); day >= fromDay && day <= toDay {
				sum.add(m[n], 1)
			}
		}
	}
	return sums, o.since(ctx, sums, venues, fromDay, toDay)
}

// remade adds the venues whose figures are made again, from their rows, and finds
// their visits.
func (o OrgView) remade(ctx context.Context, sums map[string]*counts, by map[string]*gathered, fromDay, toDay string) error {
	var ids []string
	err := o.db(ctx).Raw("select r.venue_id from rolled r join venues v on v.id = r.venue_id where v.org_id = ? and r.seq < 0", o.org).Scan(&ids).Error
	for _, id := range ids {
		if sums[id] == nil {
			continue
		}
		v := View{handle: o.handle, actor: o.actor, org: o.org, venue: id}
		all, wrong := v.Facts(ctx, StatsFilter{FromDay: fromDay, ToDay: toDay})
		sums[id].add(countsOf(feedback.Sum(all, time.Time{})), 1)
		err = errors.Join(err, wrong, v.rows(ctx).Table("events").Where("kind = ?", feedback.VisitOpened).Pluck("subject", &by[id].visits).Error)
	}
	return known(err, "figures of venues")
}

// since adds what happened after the days were counted.
func (o OrgView) since(ctx context.Context, sums map[string]*counts, venues []feedback.Venue, fromDay, toDay string) error {
	by := make(map[string]*gathered, len(venues))
	for _, v := range venues {
		by[v.ID] = &gathered{lagging: lagging{ID: v.ID, Head: math.MaxInt64}}
	}
	told, err := o.toldBy(ctx, o.org, by, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	var tail []feedback.Fact
	for ids := range slices.Chunk(told.reports, rollReports) {
		some := o.db(ctx).Table("reports").Where("not reports.test").Select(inOne(countFields)).Where("reports.id in ?", ids)
		tail, err = facts(some.Where("reports.day >= ? and reports.day <= ?", fromDay, toDay), tail)
		if err != nil {
			return known(err, "figures since")
		}
	}
	had, err := o.counted(ctx, tail, told.created)
	if err != nil {
		return err
	}
	for i := range tail {
		if sum := sums[tail[i].VenueID]; sum != nil {
			sum.add(countsOf(feedback.Sum(tail[i:i+1], time.Time{})), 1)
		}
	}
	for id, rs := range had {
		if sum := sums[id]; sum != nil {
			sum.add(countsOf(feedback.Sum(rs, time.Time{})), -1)
		}
	}
	if err := o.remade(ctx, sums, by, fromDay, toDay); err != nil {
		return err
	}
	return o.visits(ctx, sums, venues, by, fromDay, toDay)
}

// visits adds those that were opened since.
func (o OrgView) visits(ctx context.Context, sums map[string]*counts, venues []feedback.Venue, by map[string]*gathered, fromDay, toDay string) error {
	past, err := o.pastHours(ctx)
	if err != nil {
		return err
	}
	var ids []string
	of := make(map[string]feedback.Venue, len(venues))
	for _, v := range venues {
		ids, of[v.ID] = append(ids, by[v.ID].visits...), v
	}
	since, err := opened(o.db(ctx), ids)
	for _, visit := range since {
		at := visit.OpenedAt
		if day := of[visit.VenueID].Then(past[visit.VenueID], at).Day(at); day >= fromDay && day <= toDay {
			sums[visit.VenueID][0]++
		}
	}
	return err
}

// counted are reports as they were when their days were counted, by venue. What
// was sent since was not counted.
func (o OrgView) counted(ctx context.Context, tail []feedback.Fact, sent map[string]bool) (map[string][]feedback.Fact, error) {
	older := map[string]bool{}
	var venues, days []string
	for i := range tail {
		if r := &tail[i]; !sent[r.ID] {
			older[r.ID] = true
			venues, days = append(venues, r.VenueID), append(days, r.Day)
		}
	}
	slices.Sort(venues)
	slices.Sort(days)
	var packs []struct {
		VenueID, Day string
		Data         []byte
	}
	err := o.db(ctx).Table("packs").Where("venue_id in ? and day in ?", slices.Compact(venues), slices.Compact(days)).Find(&packs).Error
	if err != nil {
		return nil, known(err, "days of figures")
	}
	had := map[string][]feedback.Fact{}
	for _, p := range packs {
		rs, err := unpack(p.Day, p.Data)
		if err != nil {
			return nil, err
		}
		for i := range rs {
			if older[rs[i].ID] {
				had[p.VenueID] = append(had[p.VenueID], rs[i])
			}
		}
	}
	return had, nil
}
