package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// setAside is the SQL of [feedback.Report.SetAside].
const setAside = "(status in ('open', 'noted') or status = 'unresolved' and reason = 'nobody_came')"

// asAbuse tells the reports that were set aside together from those that
// somebody dismissed one by one. It stands where a tap remembers who may take it
// back, and is nobody's id.
const asAbuse = "burst"

// BurstAt is the newest burst at a table to which something came at or after a
// moment, or [feedback.ErrNotFound].
func (v View) BurstAt(ctx context.Context, table string, since time.Time) (feedback.Burst, error) {
	var b feedback.Burst
	err := v.rows(ctx).Where("table_id = ? and last_at >= ?", table, ms(since)).Order("last_at desc, id desc").Take(&b).Error
	return b, known(err, "burst at table")
}

// BurstsTold counts the bursts of the venue that managers were told of since: when
// something came to them.
func (v View) BurstsTold(ctx context.Context, since time.Time) (int, error) {
	var n int64
	err := v.rows(ctx).Model(&feedback.Burst{}).Where("told_at >= ? and last_at >= ?", ms(since), ms(since)).Count(&n).Error
	return int(n), known(err, "bursts told of")
}

// SaveBurst writes a burst, a new one or one that grew.
func (e Edit) SaveBurst(ctx context.Context, b feedback.Burst) error {
	b.VenueID = e.venue
	return known(e.db(ctx).Save(&b).Error, "save burst")
}

// Bursts lists the bursts of the venue to which something came at or after a
// moment, the newest first.
func (v View) Bursts(ctx context.Context, since time.Time) ([]feedback.Burst, error) {
	var bs []feedback.Burst
	err := v.bursts(ctx).Where("bursts.last_at >= ?", ms(since)).Order("bursts.last_at desc, bursts.id desc").Find(&bs).Error
	return bs, known(err, "bursts")
}

// Burst returns one burst, or [feedback.ErrNotFound].
func (v View) Burst(ctx context.Context, id string) (feedback.Burst, error) {
	var b feedback.Burst
	err := v.bursts(ctx).Where("bursts.id = ?", id).Take(&b).Error
	return b, known(err, "burst")
}

func (v View) bursts(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "bursts").Table("bursts").Select(`bursts.*, t.name as table_name,
			coalesce((select min(r.id) from reports r where r.burst_id = bursts.id and r.burst_id <> '' and r.status in ('open', 'noted')), '') as lead,
			(select count(*) from reports r where r.burst_id = bursts.id and r.burst_id <> '' and ` + setAside + `) as "left",
			(select count(*) from reports r where r.burst_id = bursts.id and r.burst_id <> '' and r.status = 'dismissed' and r.undo_by = '` + asAbuse + `') as abuse`).
		Joins("join tables t on t.id = bursts.table_id and t.venue_id = bursts.venue_id")
}

// MarkBurst sets aside what is left of a burst, in one go however much it is,
// and says how many reports that were.
func (e Edit) MarkBurst(ctx context.Context, burst string, now time.Time) (int64, error) {
	res := e.rows(ctx).Model(&feedback.Report{}).Where("burst_id = ? and burst_id <> '' and "+setAside, burst).Updates(map[string]any{
		"undo_to": gorm.Expr("status"), "undo_by": asAbuse, "undo_at": ms(now), "status": feedback.Dismissed,
		"ended_at": gorm.Expr("coalesce(ended_at, ?)", ms(now)), "reason": "abuse", "version": gorm.Expr("version + 1"),
	})
	return res.RowsAffected, known(res.Error, "mark burst")
}

// ClearBurst takes back what MarkBurst did: every report is again what it was.
// Those that somebody reopened since are left alone.
func (e Edit) ClearBurst(ctx context.Context, burst string) (int64, error) {
	res := e.rows(ctx).Model(&feedback.Report{}).Where("burst_id = ? and burst_id <> '' and status = 'dismissed' and undo_by = ?", burst, asAbuse).
		Updates(map[string]any{
			"status": gorm.Expr("undo_to"), "undo_to": "", "undo_by": "", "undo_at": nil, "version": gorm.Expr("version + 1"),
			"ended_at": gorm.Expr("case when undo_to = 'unresolved' then ended_at end"),
			"reason":   gorm.Expr("case when undo_to = 'unresolved' then ? else '' end", feedback.NobodyCame),
		})
	return res.RowsAffected, known(res.Error, "clear burst")
}

// OpenOfBurst lists the reports of a burst that are open, for their timers.
func (v View) OpenOfBurst(ctx context.Context, burst string) ([]feedback.Report, error) {
	var rs []feedback.Report
	err := v.rows(ctx).Where("burst_id = ? and burst_id <> '' and status = 'open'", burst).Find(&rs).Error
	return inOrder(rs), known(err, "reports of burst")
}
