package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// changed turns "no row" of an update into [feedback.ErrNotFound].
func changed(res *gorm.DB, what string) error {
	if res.Error == nil && res.RowsAffected == 0 {
		return fmt.Errorf("%s: %w", what, feedback.ErrNotFound)
	}
	return known(res.Error, what)
}

// unauthorised is known for look-ups of credentials: one that is not there opens
// nothing.
func unauthorised(err error, what string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("%s: %w", what, feedback.ErrUnauthorised)
	}
	return known(err, what)
}
