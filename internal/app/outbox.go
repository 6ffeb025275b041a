package app

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/notify"
	"makeright/internal/web/rest"
)

// deliver makes one attempt at a message of the outbox: what to say, and what
// became of it, is the desk's business; how it is sent is the channel's.
func (a *App) deliver(ctx context.Context, d feedback.Delivery) error {
	a.fault("claimed")
	out, send, err := a.Desk.Outgoing(ctx, d)
	if err != nil || !send {
		return err
	}
	m := a.message(d, out)
	if d.EventSeq > 0 {
		at := a.store.For(feedback.System(d.OrgID, d.VenueID), d.VenueID)
		if m.Body, err = rest.WebhookBody(ctx, at, d.EventSeq); err != nil {
			return err
		}
	}
	a.fault("composed")
	outcome := attempt(a.senders.Send(ctx, m))
	a.fault("sent")
	err = a.Desk.Delivered(ctx, d, outcome)
	a.fault("noted")
	return err
}

// attempt puts what a sender said into the desk's words.
func attempt(err error) feedback.Try {
	try := feedback.Try{Outcome: notify.Outcome(err)}
	if later, ok := errors.AsType[*notify.Later](err); ok {
		try.After = later.After
	}
	return try
}

func (a *App) message(d feedback.Delivery, out desk.Outgoing) notify.Message {
	say := i18n.For(out.Lang)
	m := notify.Message{
		To: out.Channel, Title: out.Title, Text: out.Text, Lang: out.Lang, Key: d.ID, Urgent: out.Urgent, Take: out.Take,
		Acts: notify.Acts{Take: say.T("staff.take"), Open: say.T("alerts.act.open"), Failed: say.T("alerts.act.failed")},
	}
	if at, err := url.Parse(out.Path); err == nil && out.Path != "" {
		m.Link = a.cfg.BaseURL.ResolveReference(at).String()
	}
	if out.Stop != "" {
		m.Acts.Open = say.T("owner.nav.overview")
		if (feedback.Mailing{What: d.What}).Exports() {
			m.Acts.Open = say.T("figures.away")
		}
		m.Stop, m.StopText, m.Dir = a.cfg.BaseURL.JoinPath(out.Stop).String(), say.T("digest.stop_now"), say.Dir()
	}
	return m
}

// carried are the kinds of channels that are set up.
func (a *App) carried() []feedback.ChannelKind { return slices.Sorted(maps.Keys(a.senders)) }
