package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewChannel is an address to add: one's own, or, with a venue, that venue's.
type NewChannel struct {
	Venue   string
	Kind    feedback.ChannelKind
	Name    string
	Address string
}

// typed are the kinds of channels that people type in.
var typed = []feedback.ChannelKind{feedback.ChannelEmail, feedback.ChannelChat, feedback.ChannelSMS}

// AddChannel adds an address; one that is there already is not added again. A
// venue's are its managers' business.
func (d *Desk) AddChannel(ctx context.Context, by feedback.Actor, in NewChannel) (string, error) {
	if err := mayKeep(by, in.Venue); err != nil {
		return "", err
	}
	c := feedback.Channel{
		ID: d.newID(), VenueID: in.Venue, Kind: in.Kind, Name: feedback.CleanLine(in.Name),
		Address: feedback.CleanAddress(in.Kind, in.Address), CreatedAt: d.now(),
	}
	if in.Venue == "" {
		c.PersonID = by.Person
	}
	if !slices.Contains(typed, c.Kind) {
		return "", feedback.Problems{"kind": "channels.problem.wrong"}
	}
	if err := c.Check(); err != nil {
		return "", err
	}
	return d.once(ctx, by, func(tx store.Tx) (string, error) {
		there, err := beside(ctx, tx, by, c)
		if err != nil {
			return "", err
		}
		for _, other := range there {
			if other.Kind == c.Kind && other.Address == c.Address {
				return other.ID, nil
			}
		}
		if len(there) >= feedback.MaxChannels {
			return "", feedback.Problems{"address": "channels.problem.many"}
		}
		org := tx.Org(by)
		if err := org.AddChannel(ctx, c); err != nil {
			return "", err
		}
		return c.ID, d.audit(ctx, org, by, c.VenueID, "channel.added", c.ID, map[string]string{"kind": string(c.Kind)})
	})
}

// beside lists the channels that the same person, or venue, has.
func beside(ctx context.Context, tx store.Tx, by feedback.Actor, c feedback.Channel) ([]feedback.Channel, error) {
	if c.VenueID == "" {
		return tx.Store.Org(by).ChannelsOf(ctx, c.PersonID)
	}
	if err := tx.At(by, c.VenueID).Exists(ctx); err != nil { // the venue comes from an address
		return nil, err
	}
	return tx.Store.Org(by).ChannelsAt(ctx, c.VenueID)
}

// mayKeep says whether somebody may keep addresses of their own, or of a venue.
// On a tablet that everybody holds nobody has any.
func mayKeep(by feedback.Actor, venue string) error {
	if venue == "" {
		if by.Kind != feedback.ByPerson || by.Shared {
			return fmt.Errorf("channels of one's own: %w", feedback.ErrForbidden)
		}
		return nil
	}
	if err := by.Needs(feedback.Manager, venue); err != nil || !by.Shared {
		return err
	}
	return fmt.Errorf("channels of the venue: %w", feedback.ErrForbidden)
}

// Channel returns an address that the actor may change: their own, one of a
// venue they manage, or, for the owner, a webhook. All others are not found.
func (d *Desk) Channel(ctx context.Context, by feedback.Actor, id string) (feedback.Channel, error) {
	return reach(ctx, d.store.Org(by), by, id)
}

func reach(ctx context.Context, org store.OrgView, by feedback.Actor, id string) (feedback.Channel, error) {
	c, err := org.Channel(ctx, id)
	if err != nil {
		return c, err
	}
	mine := c.PersonID != "" && c.PersonID == by.Person && by.Kind == feedback.ByPerson && !by.Shared
	hooks := c.Kind == feedback.ChannelWebhook && by.NeedsOrg() == nil
	venues := c.Kind != feedback.ChannelWebhook && c.VenueID != "" && by.Reaches(c.VenueID)
	if venues {
		return c, mayKeep(by, c.VenueID)
	}
	if !mine && !hooks {
		return feedback.Channel{}, fmt.Errorf("channel: %w", feedback.ErrNotFound)
	}
	return c, nil
}

// RemoveChannel ends an address: nothing is sent to it any more.
func (d *Desk) RemoveChannel(ctx context.Context, by feedback.Actor, id string) error {
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		c, err := reach(ctx, org.OrgView, by, id)
		if err != nil {
			return "", err
		}
		if err := org.ForgetChannel(ctx, id, d.now(), feedback.Removed); err != nil {
			return "", err
		}
		action := "channel.removed"
		if c.Kind == feedback.ChannelWebhook {
			action = "webhook.removed"
		}
		return id, d.audit(ctx, org, by, c.VenueID, action, id, map[string]string{"kind": string(c.Kind)})
	})
	return err
}

// TriedChannel notes what became of a message that somebody tried an address
// with. One that is gone is forgotten.
func (d *Desk) TriedChannel(ctx context.Context, by feedback.Actor, id string, outcome feedback.Outcome) error {
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if _, err := reach(ctx, org.OrgView, by, id); err != nil {
			return "", err
		}
		if err := org.TriedChannel(ctx, id, d.now(), outcome); err != nil || outcome.Word() != "gone" {
			return id, err
		}
		return id, org.ForgetChannel(ctx, id, d.now(), outcome)
	})
	return err
}

// Subscribe adds the browser that asks to the actor's own channels, or keeps it
// as it is. With renew it asks by itself, as browsers do when a page is opened:
// then one that its owner took back stays away, with [feedback.ErrConflict]. An
// endpoint that its push service has given up fails with [feedback.ErrGone]:
// the browser needs another.
func (d *Desk) Subscribe(ctx context.Context, by feedback.Actor, s feedback.Subscription, device string, renew bool) (string, error) {
	if err := mayKeep(by, ""); err != nil {
		return "", err
	}
	if err := s.Check(); err != nil {
		return "", err
	}
	address, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	c := feedback.Channel{
		ID: d.newID(), PersonID: by.Person, Kind: feedback.ChannelPush, Name: feedback.CleanLine(device), Address: string(address),
		Session: by.Session, Secret: Hash(s.Endpoint), CreatedAt: d.now(),
	}
	return d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		there, err := org.Subscribed(ctx, c.Secret)
		if err != nil {
			return "", err
		}
		if id, done, err := d.subscribed(ctx, org, c, there, renew); done || err != nil {
			return id, err
		}
		mine, err := org.ChannelsOf(ctx, by.Person)
		if err != nil {
			return "", err
		}
		if len(mine) >= feedback.MaxChannels {
			return "", feedback.Problems{"endpoint": "channels.problem.many"}
		}
		if err := org.AddChannel(ctx, c); err != nil {
			return "", err
		}
		return c.ID, d.audit(ctx, org, by, "", "channel.added", c.ID, map[string]string{"kind": string(c.Kind)})
	})
}

// subscribed looks at what is known of an endpoint. A browser in which somebody
// else signed in is theirs from then on.
func (d *Desk) subscribed(ctx context.Context, org store.OrgEdit, c feedback.Channel, there []feedback.Channel, renew bool) (id string, done bool, err error) {
	for _, old := range there {
		switch {
		case old.Live() && old.PersonID == c.PersonID:
			c.ID = old.ID
			return old.ID, true, org.SaveChannel(ctx, c)
		case old.Live():
			if err := org.ForgetChannel(ctx, old.ID, d.now(), feedback.Removed); err != nil {
				return "", false, err
			}
		case old.LastErr.Word() == "gone":
			return "", false, fmt.Errorf("push subscription: %w", feedback.ErrGone)
		case renew && old.PersonID == c.PersonID && old.LastErr == feedback.Removed:
			return "", false, fmt.Errorf("push subscription was taken back: %w", feedback.ErrConflict)
		case old.PersonID == c.PersonID:
			return "", false, nil
		}
	}
	return "", false, nil
}
