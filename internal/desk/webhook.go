package desk

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Webhook is what an owner says about a webhook.
type Webhook struct {
	Venue  string // empty for all venues
	Name   string
	URL    string
	Events []feedback.EventKind // none means everything
}

// WebhookChange is what to change about a webhook; nil stays.
type WebhookChange struct {
	Name, URL *string
	Events    *[]feedback.EventKind
	Paused    *bool
}

// newSecret makes the secret of a webhook, in the form of Standard Webhooks.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// AddWebhook adds a webhook and returns its id and secret. A repeated request
// gets no secret.
func (d *Desk) AddWebhook(ctx context.Context, by feedback.Actor, in Webhook) (id, secret string, err error) {
	if err := by.NeedsOrg(); err != nil {
		return "", "", err
	}
	c := feedback.Channel{
		ID: d.newID(), VenueID: in.Venue, Kind: feedback.ChannelWebhook, Name: feedback.CleanLine(in.Name),
		Address: feedback.CleanAddress(feedback.ChannelWebhook, in.URL), Events: in.Events, Secret: newSecret(), CreatedAt: d.now(),
	}
	if err := checkWebhook(c); err != nil {
		return "", "", err
	}
	d.hooked.Store(by.Org, true) // before the first event that it could be told of
	id, err = d.once(ctx, by, func(tx store.Tx) (string, error) {
		if in.Venue != "" {
			if err := tx.At(by, in.Venue).Exists(ctx); err != nil {
				return "", feedback.Problems{"venue": "problem.venue.unknown"}
			}
		}
		org := tx.Org(by)
		there, err := org.Webhooks(ctx)
		if err != nil {
			return "", err
		}
		if len(there) >= feedback.MaxChannels {
			return "", feedback.Problems{"url": "channels.problem.many"}
		}
		if err := org.AddChannel(ctx, c); err != nil {
			return "", err
		}
		return c.ID, d.audit(ctx, org, by, in.Venue, "webhook.added", c.ID, map[string]string{"host": c.Shown()})
	})
	if id != c.ID {
		return id, "", err
	}
	return id, c.Secret, err
}

// checkWebhook is the noun's check, with the name that the address has here.
func checkWebhook(c feedback.Channel) error {
	err := c.Check()
	if ps, ok := errors.AsType[feedback.Problems](err); ok && ps["address"] != "" {
		ps["url"] = ps["address"]
		delete(ps, "address")
	}
	return err
}

// ChangeWebhook changes what is told to a webhook, and where.
func (d *Desk) ChangeWebhook(ctx context.Context, by feedback.Actor, id string, change WebhookChange) error {
	return d.onWebhook(ctx, by, id, func(c *feedback.Channel) (map[string]string, error) {
		detail := map[string]string{}
		if change.Name != nil {
			c.Name, detail["name"] = feedback.CleanLine(*change.Name), "changed"
		}
		if change.URL != nil {
			c.Address = feedback.CleanAddress(feedback.ChannelWebhook, *change.URL)
			detail["host"] = c.Shown()
		}
		if change.Events != nil {
			c.Events, detail["events"] = *change.Events, "changed"
		}
		if change.Paused != nil && *change.Paused != c.Paused() {
			c.PausedAt, detail["paused"] = time.Time{}, "no"
			if *change.Paused {
				c.PausedAt, detail["paused"] = d.now(), "yes"
			}
		}
		return detail, checkWebhook(*c)
	})
}

// RotateWebhook gives a webhook another secret and returns it. The old one
// signs beside it for [feedback.SecretOverlap].
func (d *Desk) RotateWebhook(ctx context.Context, by feedback.Actor, id string) (secret string, err error) {
	secret = newSecret()
	replayed := true
	err = d.onWebhook(ctx, by, id, func(c *feedback.Channel) (map[string]string, error) {
		replayed = false
		c.OldSecret, c.OldUntil, c.Secret = c.Secret, d.now().Add(feedback.SecretOverlap), secret
		return map[string]string{"secret": "changed"}, nil
	})
	if replayed {
		secret = ""
	}
	return secret, err
}

// Redeliver sends a message to a webhook again, at once and under the same id, so
// that the receiver can tell that it is a repeat. It fails with
// [feedback.ErrConflict] while the message is being sent or the webhook is paused.
func (d *Desk) Redeliver(ctx context.Context, by feedback.Actor, hook, delivery string) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		c, err := webhook(ctx, org.OrgView, hook)
		if err != nil {
			return "", err
		}
		dl, err := org.Post(ctx, hook, delivery)
		if err != nil {
			return "", err
		}
		if c.Paused() {
			return "", fmt.Errorf("webhook %s is paused: %w", hook, feedback.ErrConflict)
		}
		if err := dl.Again(d.now()); err != nil {
			return "", err
		}
		if err := org.SaveAgain(ctx, dl); err != nil {
			return "", err
		}
		d.full.Add(1)
		return delivery, d.audit(ctx, org, by, dl.VenueID, "webhook.redelivered", hook, map[string]string{"event": string(dl.Event)})
	})
	d.posted()
	return err
}

func (d *Desk) onWebhook(ctx context.Context, by feedback.Actor, id string, change func(*feedback.Channel) (map[string]string, error)) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		c, err := webhook(ctx, org.OrgView, id)
		if err != nil {
			return "", err
		}
		detail, err := change(&c)
		if err != nil {
			return "", err
		}
		if err := org.SaveChannel(ctx, c); err != nil {
			return "", err
		}
		return id, d.audit(ctx, org, by, c.VenueID, "webhook.changed", id, detail)
	})
	return err
}

// webhook finds a webhook among the organisation's channels.
func webhook(ctx context.Context, org store.OrgView, id string) (feedback.Channel, error) {
	c, err := org.Channel(ctx, id)
	if err == nil && c.Kind != feedback.ChannelWebhook {
		return feedback.Channel{}, fmt.Errorf("webhook: %w", feedback.ErrNotFound)
	}
	return c, err
}
