package desk

import (
	"context"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Exported notes in the audit trail that somebody takes away what a venue holds
// of a period. It fails with [feedback.ErrForbidden] for everybody but managers
// and programs.
func (d *Desk) Exported(ctx context.Context, by feedback.Actor, venue, what, period string) error {
	if !by.Reaches(venue) {
		return fmt.Errorf("venue %s: %w", venue, feedback.ErrNotFound)
	}
	if by.Kind != feedback.ByKey {
		if err := by.Needs(feedback.Manager, venue); err != nil {
			return err
		}
	}
	return d.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.At(by, venue).Exists(ctx); err != nil {
			return err
		}
		return d.audit(ctx, tx.Org(by), by, venue, "export.taken", venue, map[string]string{"table": what, "period": period})
	})
}
