package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// span is the time from the first moment of a service day to the end of
// another, in milliseconds.
func span(v feedback.Venue, from, to string) (begin, end any) {
	next, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return 0, 0
	}
	zone := v.Zone()
	return ms(v.Hours.Begin(from, zone)), ms(v.Hours.Begin(next.AddDate(0, 0, 1).Format(time.DateOnly), zone))
}

// Reach says, table by table, how far the codes of the venue got on service
// days. Tests are not counted; tables where nothing was are not listed.
func (v View) Reach(ctx context.Context, from, to string) (map[string]feedback.Reach, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, err
	}
	begin, end := span(venue, from, to)
	var scans, visits []feedback.Reach
	err = v.rowsOf(ctx, "c").Table("codes c").Select("c.table_id, sum(s.count) as scans").
		Joins("join scans s on s.code_id = c.id and s.day >= ? and s.day <= ?", from, to).
		Joins("left join visits on visits.id = c.visit_id and c.visit_id <> ''").
		Where("visits.id is null or not visits.test").Group("c.table_id").Find(&scans).Error
	if err != nil {
		return nil, known(err, "scans")
	}
	err = v.rowsOf(ctx, "visits").Table("visits").
		Select(`visits.table_id, count(*) as visits, sum(case when exists (select 1 from codes c join scans s on s.code_id = c.id
			where c.visit_id = visits.id and c.visit_id <> '') then 1 else 0 end) as scanned`).
		Where("visits.opened_at >= ? and visits.opened_at < ? and not visits.test", begin, end).
		Where("exists (select 1 from codes c where c.visit_id = visits.id and c.visit_id <> '')").Group("visits.table_id").Find(&visits).Error
	if err != nil {
		return nil, known(err, "visits with a code")
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

// Covers is how many guests the till told of on service days.
func (v View) Covers(ctx context.Context, from, to string) (int, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return 0, err
	}
	begin, end := span(venue, from, to)
	var n int
	err = v.rowsOf(ctx, "visits").Table("visits").Select("coalesce(sum(covers), 0)").
		Where("visits.opened_at >= ? and visits.opened_at < ? and not visits.test", begin, end).Scan(&n).Error
	return n, known(err, "covers")
}
