package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Visit returns one visit.
func (v View) Visit(ctx context.Context, id string) (feedback.Visit, error) {
	var visit feedback.Visit
	err := v.visits(ctx).Where("visits.id = ?", id).Take(&visit).Error
	return visit, known(err, "visit")
}

// OpenVisits lists the parties that are here at now, tables in their order.
func (v View) OpenVisits(ctx context.Context, now time.Time) ([]feedback.Visit, error) {
	var visits []feedback.Visit
	err := v.visits(ctx).Where("visits.closed_at is null and visits.expires_at > ?", ms(now)).
		Where("visits.table_id in (select id from tables where venue_id = ?)", v.venue). // by table, or every visit there was is looked at
		Order("t.position, t.name, visits.id").Find(&visits).Error
	return visits, known(err, "visits")
}

// OpenVisitsAt lists the parties at a table at now, tests left out. It is on the way of every
// report, so it joins nothing: names of tables are left out. They are put in order here: asked for
// them in the order of their ids, SQLite walks through all the visits that the venue ever had.
func (v View) OpenVisitsAt(ctx context.Context, table string, now time.Time) ([]feedback.Visit, error) {
	var visits []feedback.Visit
	err := v.rows(ctx).Where("table_id = ? and closed_at is null and expires_at > ? and not test", table, ms(now)).
		Find(&visits).Error
	slices.SortFunc(visits, func(a, b feedback.Visit) int { return strings.Compare(a.ID, b.ID) })
	return visits, known(err, "visits")
}

// VisitOfCheck returns the visit that is not closed and has this check number,
// among the tests or among the real ones, or [feedback.ErrNotFound].
func (v View) VisitOfCheck(ctx context.Context, check string, test bool) (feedback.Visit, error) {
	var visit feedback.Visit
	err := v.visits(ctx).Where("visits.check_no = ? and visits.check_no <> '' and visits.test = ? and visits.closed_at is null", check, test).Take(&visit).Error
	return visit, known(err, "visit")
}

func (v View) visits(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "visits").Table("visits").Select("visits.*, t.name as table_name").
		Joins("join tables t on t.id = visits.table_id and t.venue_id = visits.venue_id")
}

// AddVisit adds a visit; [feedback.ErrConflict] when one with the same check
// is open.
func (e Edit) AddVisit(ctx context.Context, visit feedback.Visit) error {
	e.touch()
	visit.VenueID = e.venue
	if err := e.db(ctx).Create(&visit).Error; err != nil {
		return known(err, "add visit")
	}
	return markDays(ctx, e.handle, e.venue, []int64{visit.OpenedAt.UnixMilli() / utcDay})
}

// SaveVisit writes what may change of a visit.
func (e Edit) SaveVisit(ctx context.Context, visit feedback.Visit) error {
	e.touch()
	res := e.rows(ctx).Model(&feedback.Visit{}).Where("id = ?", visit.ID).
		Select("table_id", "check_no", "server", "covers", "opened_by", "opened_at", "closed_at", "expires_at", "moment", "by_scan").Updates(&visit)
	if err := changed(res, "save visit"); err != nil {
		return err
	}
	return markDays(ctx, e.handle, e.venue, []int64{visit.OpenedAt.UnixMilli() / utcDay})
}
