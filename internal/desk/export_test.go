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
