package store

import (
	"context"
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
		where venues.org_id = ? and rollups.month >= ? and rollups.month <= ?`, o.org, first, last).Scan(&rows).Error
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

// since adds what happened after the days were counted.
func (o OrgView) since(ctx context.Context, sums map[string]*counts, venues []feedback.Venue, fromDay, toDay string) error {
	var behind []string
	err := o.db(ctx).Raw(`select v.id from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id
		where v.org_id = ? and h.seq > coalesce(r.seq, 0)`, o.org).Scan(&behind).Error
	if err != nil {
		return known(err, "venues to add up")
	}
	late := make(map[string]bool, len(behind))
	for _, id := range behind {
		late[id] = true
	}
	for _, venue := range venues {
		if !late[venue.ID] {
			continue
		}
		v := View{handle: o.handle, actor: o.actor, org: o.org, venue: venue.ID}
		if err := v.since(ctx, sums[venue.ID], venue, fromDay, toDay); err != nil {
			return err
		}
	}
	return nil
}

// since adds what the venue's timeline says after its days were counted.
func (v View) since(ctx context.Context, sum *counts, venue feedback.Venue, fromDay, toDay string) error {
	seq, err := v.rolled(ctx)
	if err != nil {
		return err
	}
	var tail []feedback.Report
	err = v.counted(ctx).Where("reports.id in (select report_id from events where venue_id = ? and seq > ?)", v.venue, seq).
		Where("reports.day >= ? and reports.day <= ?", fromDay, toDay).Find(&tail).Error
	if err != nil {
		return known(err, "figures since")
	}
	byDay := map[string][]feedback.Report{}
	for _, r := range tail {
		byDay[r.Day] = append(byDay[r.Day], r)
	}
	had, err := v.repacked(ctx, emptied(byDay))
	if err != nil {
		return err
	}
	have, err := v.repacked(ctx, byDay)
	if err != nil {
		return err
	}
	for day := range byDay {
		sum.add(countsOf(feedback.Sum(had[day], time.Time{})), -1)
		sum.add(countsOf(feedback.Sum(have[day], time.Time{})), 1)
	}
	opened, err := v.opened(ctx, seq, venue.Seq)
	for _, at := range opened {
		if day := venue.Hours.Day(at, venue.Zone()); day >= fromDay && day <= toDay {
			sum[0]++
		}
	}
	return err
}

// emptied are the same days, with nothing newer.
func emptied(days map[string][]feedback.Report) map[string][]feedback.Report {
	out := make(map[string][]feedback.Report, len(days))
	for day := range days {
		out[day] = nil
	}
	return out
}
