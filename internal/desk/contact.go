package desk

import (
	"context"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Contact returns how the guest of a report wants to be reached, empty when
// they left nothing, and notes in the audit trail who looked. It fails with
// [feedback.ErrForbidden] for everybody but managers.
func (d *Desk) Contact(ctx context.Context, by feedback.Actor, venue, report string) (feedback.Contact, error) {
	if !by.Reaches(venue) {
		return feedback.Contact{}, fmt.Errorf("venue %s: %w", venue, feedback.ErrNotFound)
	}
	if !by.SeesContact(venue) {
		return feedback.Contact{}, fmt.Errorf("contact details: %w", feedback.ErrForbidden)
	}
	at := d.store.For(by, venue)
	if _, err := at.Report(ctx, report); err != nil {
		return feedback.Contact{}, err
	}
	c, err := at.Contact(ctx, report)
	if err != nil || c.Empty() && c.Name == "" {
		return c, err
	}
	return c, d.store.Tx(ctx, func(tx store.Tx) error {
		return d.audit(ctx, tx.Org(by), by, venue, "contact.seen", report, nil)
	})
}
