package store

import (
	"context"

	"makeright/internal/feedback"
)

// Held says whether a report is kept back until its guest has left.
func (e Edit) Held(ctx context.Context, report string) (bool, error) {
	var n int64
	err := e.rows(ctx).Model(&feedback.Report{}).Where("id = ? and held_until is not null", report).Count(&n).Error
	return n > 0, known(err, "report kept back")
}

// HeldOf lists what is kept back for a visit, for the timers of the reports:
// nobody is shown it.
func (e Edit) HeldOf(ctx context.Context, visit string) ([]feedback.Report, error) {
	var rs []feedback.Report
	err := e.rows(ctx).Where("visit_id = ? and held_until is not null", visit).Find(&rs).Error
	return inOrder(rs), known(err, "reports kept back")
}

// Release lets a report be read from now on, also by what the same transaction
// does next.
func (e Edit) Release(ctx context.Context, report string) error {
	return known(e.rows(ctx).Model(&feedback.Report{}).Where("id = ?", report).Update("held_until", nil).Error, "release report")
}
