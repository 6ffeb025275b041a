package desk

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Stop is what the link in a mail stops.
type Stop struct {
	Venue feedback.Venue
	What  string // one of [feedback.Mailings]
	On    bool   // it is still wanted

	org, person string
}

// stopToken names a mail that somebody asked for, under an HMAC of the
// installation: who holds it can stop that mail and do nothing else.
func (d *Desk) stopToken(org, venue string, m feedback.Mailing) string {
	var b []byte
	for _, id := range []string{org, venue, m.PersonID} {
		u, err := uuid.Parse(id)
		if err != nil {
			return ""
		}
		b = append(b, u[:]...)
	}
	b = append(b, byte(slices.Index(feedback.Mailings, m.What)))
	return base64.RawURLEncoding.EncodeToString(append(b, d.mac("stop", b)...))
}

// Stoppable says what a token from a mail stops. It fails with
// [feedback.ErrNotFound] for one that we did not make.
func (d *Desk) Stoppable(ctx context.Context, token string) (Stop, error) {
	const ids, all = 3 * 16, 3*16 + 1 + 16
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != all || subtle.ConstantTimeCompare(raw[ids+1:], d.mac("stop", raw[:ids+1])) != 1 || int(raw[ids]) >= len(feedback.Mailings) {
		return Stop{}, fmt.Errorf("stop: %w", feedback.ErrNotFound)
	}
	s := Stop{What: feedback.Mailings[raw[ids]], org: uuid.UUID(raw[:16]).String(), person: uuid.UUID(raw[32:ids]).String()}
	venue := uuid.UUID(raw[16:32]).String()
	at := d.store.For(feedback.System(s.org, venue), venue)
	if s.Venue, err = at.Details(ctx); err != nil {
		return Stop{}, err
	}
	wanted, err := at.Mailings(ctx)
	s.On = slices.ContainsFunc(wanted, s.is)
	return s, err
}

func (s Stop) is(m feedback.Mailing) bool { return m.PersonID == s.person && m.What == s.What }

// StopMailing ends what a token from a mail stops, without anybody signing in. To
// stop what has ended changes nothing.
func (d *Desk) StopMailing(ctx context.Context, token string) (Stop, error) {
	s, err := d.Stoppable(ctx, token)
	if err != nil || !s.On {
		return s, err
	}
	timer := feedback.System(s.org, s.Venue.ID)
	_, err = d.once(ctx, timer, func(tx store.Tx) (string, error) {
		at := tx.At(timer, s.Venue.ID)
		wanted, err := at.Mailings(ctx)
		if err != nil || !slices.ContainsFunc(wanted, s.is) {
			return "", err // somebody was faster
		}
		if err := at.RemoveMailing(ctx, feedback.Mailing{PersonID: s.person, What: s.What}); err != nil {
			return "", err
		}
		who := feedback.Actor{Kind: feedback.ByPerson, ID: s.person} // who got the mail
		return s.person, d.audit(ctx, tx.Org(timer), who, s.Venue.ID, "mail.changed", s.person, map[string]string{s.What: "off"})
	})
	s.On = false
	return s, err
}
