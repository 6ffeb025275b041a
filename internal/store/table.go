package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Areas lists the venue's areas in their order.
func (v View) Areas(ctx context.Context) ([]feedback.Area, error) {
	var areas []feedback.Area
	err := v.rows(ctx).Order("position, name").Find(&areas).Error
	return areas, known(err, "areas")
}

// Tables lists the tables that guests sit at, in their order.
func (v View) Tables(ctx context.Context) ([]feedback.Table, error) {
	var tables []feedback.Table
	err := v.tables(ctx).Where("tables.removed_at is null").Order("tables.position, tables.name").Find(&tables).Error
	return tables, known(err, "tables")
}

// Table returns one table, also one that was removed, or
// [feedback.ErrNotFound].
func (v View) Table(ctx context.Context, id string) (feedback.Table, error) {
	var table feedback.Table
	err := v.tables(ctx).Where("tables.id = ?", id).Take(&table).Error
	return table, known(err, "table")
}

// TableNamed returns the table that staff call so.
func (v View) TableNamed(ctx context.Context, name string) (feedback.Table, error) {
	var table feedback.Table
	err := v.tables(ctx).Where("tables.name = ? and tables.removed_at is null", name).Take(&table).Error
	return table, known(err, "table")
}

func (v View) tables(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "tables").Table("tables").
		Select("tables.*, coalesce(a.name, '') as area_name").
		Joins("left join areas a on a.id = tables.area_id and a.venue_id = tables.venue_id")
}

// AreaNamed returns the area with this name and adds it when there is none.
// id is used for a new one.
func (e Edit) AreaNamed(ctx context.Context, id, name string) (feedback.Area, error) {
	e.touch()
	var area feedback.Area
	err := e.rows(ctx).Where("name = ?", name).Limit(1).Find(&area).Error
	if err != nil || area.ID != "" {
		return area, known(err, "area")
	}
	var n int64
	if err := e.rows(ctx).Model(&feedback.Area{}).Count(&n).Error; err != nil {
		return area, known(err, "areas")
	}
	area = feedback.Area{ID: id, VenueID: e.venue, Name: name, Position: int(n)}
	return area, known(e.db(ctx).Create(&area).Error, "add area")
}

// AddTable adds a table; [feedback.ErrConflict] when its name is taken.
func (e Edit) AddTable(ctx context.Context, table feedback.Table) error {
	e.touch()
	table.VenueID = e.venue
	return known(e.db(ctx).Create(&table).Error, "add table")
}

// SaveTable writes name, area, position and removal of a table. What was sent at it
// before now stays in the area in which it stood.
func (e Edit) SaveTable(ctx context.Context, table feedback.Table, now time.Time) error {
	e.touch()
	if err := e.keepArea(ctx, table, now); err != nil {
		return err
	}
	res := e.rows(ctx).Model(&feedback.Table{}).Where("id = ?", table.ID).
		Select("name", "area_id", "position", "removed_at").Updates(&table)
	return changed(res, "save table")
}
