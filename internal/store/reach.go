package store

import (
	"context"
	"math"
	"time"

	"makeright/internal/feedback"
)

// spansOf are the times of service days, of one to another, in their order: each
// moment belongs to the day that it was of by the hours which the venue had then.
// As long as they are not changed, that is one.
func (v View) spansOf(ctx context.Context, from, to string) (spans [][2]int64, err error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, err
	}
	past, err := v.PastHours(ctx)
	if err != nil {
		return nil, err
	}
	since := int64(math.MinInt64)
	for _, p := range append(past, feedback.PastHours{Until: time.UnixMilli(math.MaxInt64), TimeZone: venue.TimeZone, Hours: venue.Hours}) {
		begin, end := span(feedback.Venue{TimeZone: p.TimeZone, Hours: p.Hours}, from, to)
		until := p.Until.UnixMilli()
		if part := [2]int64{max(begin.UnixMilli(), since), min(end.UnixMilli(), until)}; part[0] < part[1] {
			spans = append(spans, part)
		}
		since = until
	}
	return spans, nil
}

// Times are the beginnings and ends of what [View.Reach] counts of service days, for
// who reads line by line.
func (v View) Times(ctx context.Context, from, to string) ([][2]time.Time, error) {
	spans, err := v.spansOf(ctx, from, to)
	times := make([][2]time.Time, len(spans))
	for i, s := range spans {
		times[i] = [2]time.Time{time.UnixMilli(s[0]), time.UnixMilli(s[1])}
	}
	return times, err
}

// span is the time from the first moment of a service day to the end of
// another, by the hours that the venue has.
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
	spans, err := v.spansOf(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var scans []feedback.Reach
	err = v.rows(ctx).Table("table_scans").Select("table_id, sum(count) as scans").Where("day >= ? and day <= ?", from, to).Group("table_id").Find(&scans).Error
	if err != nil {
		return nil, known(err, "scans")
	}
	all, err := v.visitReach(ctx, spans)
	for _, s := range scans {
		r := all[s.TableID]
		r.TableID, r.Scans = s.TableID, s.Scans
		all[s.TableID] = r
	}
	return all, err
}

// VisitFigures adds up what became of the visits that were opened in a period.
// The trust of reports is not looked at, but a visit that only a scan opened is none,
// and what was sent from it before staff or the till took it over was not sent from one.
func (v View) VisitFigures(ctx context.Context, f StatsFilter) (feedback.Reach, error) {
	spans := [][2]int64{{f.From.UnixMilli(), f.To.UnixMilli()}}
	if f.FromDay != "" || f.ToDay != "" {
		var err error
		if spans, err = v.spansOf(ctx, f.FromDay, f.ToDay); err != nil {
			return feedback.Reach{}, err
		}
	}
	tables, err := v.visitReach(ctx, spans)
	var sum feedback.Reach
	for _, t := range tables {
		sum = sum.Plus(t)
	}
	return sum, err
}

// visitReach says, table by table, what became of the visits with a code that
// were opened in these times.
func (v View) visitReach(ctx context.Context, spans [][2]int64) (map[string]feedback.Reach, error) {
	facts, err := v.visitFacts(ctx, spans, v.readVisits)
	all := map[string]feedback.Reach{}
	for _, f := range facts {
		if f.Coded == 0 {
			continue
		}
		one := feedback.Reach{Visits: 1, Scanned: int(f.Scanned)}
		if f.Sent > 0 {
			one.Sent = 1
		}
		if f.Issues > 0 {
			one.Issues = 1
		}
		if f.Issues > 0 && f.Resolved == f.Issues {
			one.Resolved = 1
		}
		sum := all[f.TableID].Plus(one)
		sum.TableID = f.TableID
		all[f.TableID] = sum
	}
	return all, err
}

// Covers is how many guests the till told of on service days.
func (v View) Covers(ctx context.Context, from, to string) (int, error) {
	spans, err := v.spansOf(ctx, from, to)
	if err != nil {
		return 0, err
	}
	facts, err := v.visitFacts(ctx, spans, v.readCovers)
	n := int64(0)
	for _, f := range facts {
		n += f.Covers
	}
	return int(n), err
}
