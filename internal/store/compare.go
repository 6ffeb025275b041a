package store

import (
	"context"
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

// Events of the organisation's venues that are not added up yet, and the reports
// that they tell of, as [toldOf] has it of one venue.
const (
	behind = ` from venues v join heads h on h.venue_id = v.id left join rolled r on r.venue_id = v.id
		join events e on e.venue_id = v.id and e.seq > coalesce(r.seq, 0)`
	ofOrg    = ` where v.org_id = ? and h.seq > coalesce(r.seq, 0)`
	toldByIt = `reports.id in (select e.report_id` + behind + ofOrg + ` union all
		select b.id` + behind + ` join reports b on b.burst_id = e.subject and b.burst_id <> ''` + ofOrg + ` and e.kind in ('burst.marked', 'burst.cleared'))`
)

// since adds what happened after the days were counted.
func (o OrgView) since(ctx context.Context, sums map[string]*counts, venues []feedback.Venue, fromDay, toDay string) error {
	tail, err := facts(factsOf(o.db(ctx)).Where(toldByIt, o.org, o.org).Where("reports.day >= ? and reports.day <= ?", fromDay, toDay), make([]feedback.Fact, 0, 64))
	if err != nil {
		return known(err, "figures since")
	}
	sent, visits, err := o.told(ctx)
	if err != nil {
		return err
	}
	had, err := o.counted(ctx, tail, sent)
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
	past, err := o.pastHours(ctx)
	if err != nil {
		return err
	}
	for _, venue := range venues {
		for _, at := range visits[venue.ID] {
			if day := venue.Then(past[venue.ID], at).Day(at); day >= fromDay && day <= toDay {
				sums[venue.ID][0]++
			}
		}
	}
	return nil
}

// told are the reports that were sent, and by venue when visits were opened, after
// the days were counted.
func (o OrgView) told(ctx context.Context) (sent []string, visits map[string][]time.Time, err error) {
	var rows []struct {
		ReportID, VenueID string
		OpenedAt          *int64
	}
	err = o.db(ctx).Raw("select e.report_id, e.venue_id, visits.opened_at"+behind+" left join visits on visits.id = nullif(e.subject, '') and not visits.test"+ofOrg+
		" and e.kind in ?", o.org, []feedback.EventKind{feedback.ReportCreated, feedback.VisitOpened}).Scan(&rows).Error
	visits = map[string][]time.Time{}
	for _, row := range rows {
		if row.ReportID != "" {
			sent = append(sent, row.ReportID)
		} else if row.OpenedAt != nil {
			visits[row.VenueID] = append(visits[row.VenueID], time.UnixMilli(*row.OpenedAt).UTC())
		}
	}
	return sent, visits, known(err, "events since")
}

// counted are reports as they were when their days were counted, by venue. What
// was sent since was not counted.
func (o OrgView) counted(ctx context.Context, tail []feedback.Fact, sent []string) (map[string][]feedback.Fact, error) {
	older := map[string]bool{}
	for i := range tail {
		older[tail[i].ID] = true
	}
	for _, id := range sent {
		delete(older, id)
	}
	var venues, days []string
	for i := range tail {
		if r := &tail[i]; older[r.ID] {
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
