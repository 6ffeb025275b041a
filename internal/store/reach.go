package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// span is the time from the first moment of a service day to the end of
// another.
func span(v feedback.Venue, from, to string) (begin, end time.Time) {
	next, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return time.Time{}, time.Time{}
	}
	zone := v.Zone()
	return v.Hours.Begin(from, zone), v.Hours.Begin(next.AddDate(0, 0, 1).Format(time.DateOnly), zone)
}

// Reach says, table by table, how far the codes of the venue got on service
// days. Tests are not counted; tables where nothing was are not listed.
func (v View) Reach(ctx context.Context, from, to string) (map[string]feedback.Reach, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, err
	}
	begin, end := span(venue, from, to)
	var scans []feedback.Reach
	err = v.rowsOf(ctx, "c").Table("codes c").Select("c.table_id, sum(s.count) as scans").
		Joins("join scans s on s.code_id = c.id and s.day >= ? and s.day <= ?", from, to).
		Joins("left join visits on visits.id = c.visit_id and c.visit_id <> ''").
		Where("visits.id is null or not visits.test").Group("c.table_id").Find(&scans).Error
	if err != nil {
		return nil, known(err, "scans")
	}
	visits, err := v.visitReach(ctx, begin, end)
	if err != nil {
		return nil, err
	}
	all := make(map[string]feedback.Reach, len(scans))
	for _, r := range visits {
		all[r.TableID] = r
	}
	for _, s := range scans {
		r := all[s.TableID]
		r.TableID, r.Scans = s.TableID, s.Scans
		all[s.TableID] = r
	}
	return all, nil
}

// VisitFigures adds up what became of the visits that were opened in a period.
// The trust of reports is not looked at.
func (v View) VisitFigures(ctx context.Context, f StatsFilter) (feedback.Reach, error) {
	begin, end := f.From, f.To
	if f.FromDay != "" || f.ToDay != "" {
		venue, err := v.Details(ctx)
		if err != nil {
			return feedback.Reach{}, err
		}
		begin, end = span(venue, f.FromDay, f.ToDay)
	}
	tables, err := v.visitReach(ctx, begin, end)
	var sum feedback.Reach
	for _, t := range tables {
		sum = sum.Plus(t)
	}
	return sum, err
}

// visitReach says, table by table, what became of the visits that were opened
// between two moments.
func (v View) visitReach(ctx context.Context, begin, end time.Time) (tables []feedback.Reach, err error) {
	each := v.rowsOf(ctx, "visits").Table("visits").
		Select(`visits.table_id, count(r.id) as sent, sum(case when r.kind = 'issue' then 1 else 0 end) as issues,
			sum(case when r.kind = 'issue' and r.status = 'resolved' and (visits.closed_at is null or visits.closed_at >= r.ended_at) then 1 else 0 end) as resolved,
			case when exists (select 1 from codes c join scans s on s.code_id = c.id where c.visit_id = visits.id and c.visit_id <> '') then 1 else 0 end as scanned`).
		Joins("left join reports r on r.visit_id = visits.id and r.visit_id <> '' and not r.test and r.status <> 'dismissed'").
		Where("visits.opened_at >= ? and visits.opened_at < ? and not visits.test", ms(begin), ms(end)).
		Where("exists (select 1 from codes c where c.visit_id = visits.id and c.visit_id <> '')").Group("visits.id, visits.table_id, visits.closed_at")
	err = v.db(ctx).Table("(?) as one", each).
		Select(`table_id, count(*) as visits, sum(scanned) as scanned, sum(case when sent > 0 then 1 else 0 end) as sent,
			sum(case when issues > 0 then 1 else 0 end) as issues, sum(case when issues > 0 and resolved = issues then 1 else 0 end) as resolved`).
		Group("table_id").Find(&tables).Error
	return tables, known(err, "visits with a code")
}

// Covers is how many guests the till told of on service days.
func (v View) Covers(ctx context.Context, from, to string) (int, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return 0, err
	}
	begin, end := span(venue, from, to)
	var n int
	err = v.rowsOf(ctx, "visits").Table("visits").Select("coalesce(sum(covers), 0)").
		Where("visits.opened_at >= ? and visits.opened_at < ? and not visits.test", ms(begin), ms(end)).Scan(&n).Error
	return n, known(err, "covers")
}
