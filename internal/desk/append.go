package desk

import (
	"context"
	"strings"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// append writes a line of the timeline and, in the same transaction, one
// message for each webhook that wants to be told of it.
func (d *Desk) append(ctx context.Context, at store.Edit, e *feedback.Event) error {
	if err := at.Append(ctx, e); err != nil {
		return err
	}
	return d.tellPrograms(ctx, at, *e)
}

// tellPrograms writes one message for each webhook that wants to be told of an
// event. Of a report that is kept back they hear when it is passed on.
func (d *Desk) tellPrograms(ctx context.Context, at store.Edit, e feedback.Event) error {
	if !d.tells(at.Org()) || ofPrograms(e) {
		return nil
	}
	hooks, err := at.Webhooks(ctx)
	if err != nil || len(hooks) == 0 {
		return err
	}
	if held, err := at.Held(ctx, e.ReportID); err != nil || held {
		return err
	}
	for _, hook := range hooks {
		if !hook.Wants(e.Kind) {
			continue
		}
		if err := d.enqueueDelivery(ctx, at, hook, feedback.Delivery{ReportID: e.ReportID, EventSeq: e.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// ofPrograms says whether an event is about a message to a program: telling
// programs of it would go round in circles.
func ofPrograms(e feedback.Event) bool {
	return strings.HasPrefix(string(e.Kind), "alert.") && e.Data.Channel == string(feedback.ChannelWebhook)
}

// tells says whether an organisation may have webhooks, without asking the
// database in the transaction of every report. Another node may add one at any
// time, so on PostgreSQL it is asked.
func (d *Desk) tells(org string) bool {
	_, some := d.hooked.Load(org)
	return some || d.store.Postgres()
}

// noteHooks remembers, at the start, which organisations have webhooks.
func (d *Desk) noteHooks(ctx context.Context) error {
	orgs, err := d.store.Hooked(ctx)
	for _, org := range orgs {
		d.hooked.Store(org, true)
	}
	return err
}
