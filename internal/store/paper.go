package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// Logo returns the venue's picture for paper, nil when it has none.
func (v View) Logo(ctx context.Context) ([]byte, error) {
	var logo feedback.Logo
	err := v.rows(ctx).Limit(1).Find(&logo).Error
	return logo.PNG, known(err, "logo")
}

// SaveLogo replaces the venue's picture for paper; none takes it away.
func (e Edit) SaveLogo(ctx context.Context, png []byte, at time.Time) error {
	if err := e.rows(ctx).Delete(&feedback.Logo{}).Error; err != nil || len(png) == 0 {
		return known(err, "remove logo")
	}
	return known(e.db(ctx).Create(&feedback.Logo{VenueID: e.venue, PNG: png, ChangedAt: at}).Error, "save logo")
}

// Prints lists who printed codes of the venue, newest first.
func (v View) Prints(ctx context.Context, limit int) ([]feedback.Audit, error) {
	var as []feedback.Audit
	err := v.rowsOf(ctx, "audit").Table("audit").Select("audit.*, coalesce(p.name, '') as by_name").
		Joins("left join people p on p.id = audit.by_id").Where("audit.action = ?", feedback.CodesPrinted).
		Order("audit.id desc").Limit(limit).Find(&as).Error
	return as, known(err, "prints")
}

// ScanDays counts the scans of printed codes, by table and UTC day
// ("2026-11-22"), since a day.
func (v View) ScanDays(ctx context.Context, since string) (map[string]map[string]int64, error) {
	var rows []struct {
		TableID, Day string
		Count        int64
	}
	err := v.rowsOf(ctx, "codes").Table("codes").Select("codes.table_id, scans.day, sum(scans.count) as count").
		Joins("join scans on scans.code_id = codes.id").Where("codes.visit_id = '' and scans.day >= ?", since).
		Group("codes.table_id, scans.day").Scan(&rows).Error
	days := map[string]map[string]int64{}
	for _, r := range rows {
		if days[r.TableID] == nil {
			days[r.TableID] = map[string]int64{}
		}
		days[r.TableID][r.Day] = r.Count
	}
	return days, known(err, "scans by day")
}

// AddWalk notes a sticker that was looked at.
func (e Edit) AddWalk(ctx context.Context, w feedback.Walk) error {
	w.VenueID = e.venue
	return known(e.db(ctx).Create(&w).Error, "add walk")
}

// Walks lists the stickers that were looked at since, newest first.
func (v View) Walks(ctx context.Context, since time.Time) ([]feedback.Walk, error) {
	var ws []feedback.Walk
	err := v.rowsOf(ctx, "walks").Table("walks").
		Select("walks.*, t.name as table_name, coalesce(p.name, '') as by_name").
		Joins("join tables t on t.id = walks.table_id and t.venue_id = walks.venue_id").
		Joins("left join people p on p.id = walks.by_id").Where("walks.at >= ?", ms(since)).
		Order("walks.at desc, walks.id desc").Find(&ws).Error
	return ws, known(err, "walks")
}
