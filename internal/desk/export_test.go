package desk

import (
	"context"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// SavePassword is the last step of setting a password, after the hashing.
var SavePassword = savePassword

// EnqueueDelivery is for tests that need a message in the outbox and nothing else.
func (d *Desk) EnqueueDelivery(ctx context.Context, at store.Edit, to feedback.Channel, about feedback.Delivery) error {
	return d.enqueueDelivery(ctx, at, to, about)
}

// PutBetween puts a message into the outbox in a transaction, in the midst of
// which another one ends.
func PutBetween(ctx context.Context, d *Desk, by feedback.Actor, venue string, to feedback.Channel, about feedback.Delivery) error {
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		defer d.posted()
		return "", d.enqueueDelivery(ctx, at, to, about)
	})
	return err
}
