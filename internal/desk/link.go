package desk

import (
	"context"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// InvitePerson makes a single-use link with which somebody sets a password, for
// the first time or anew. Links made before stop to work. A manager may do so
// for staff, an owner for everybody. The token is kept nowhere: a repeated
// request gets none.
func (d *Desk) InvitePerson(ctx context.Context, by feedback.Actor, person string, kind feedback.InvitationKind) (Fresh, error) {
	life := feedback.InvitationMax
	if kind == feedback.Reset {
		life = feedback.ResetMax
	}
	if kind != feedback.Invite && kind != feedback.Reset {
		return Fresh{}, fmt.Errorf("link of kind %q: %w", kind, feedback.ErrInvalid)
	}
	fresh := Fresh{Token: token(), Expires: d.now().Add(life)}
	made := Hash(fresh.Token)
	ref, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		org := tx.Org(by)
		p, err := d.manageable(ctx, org, by, person)
		if err != nil {
			return "", err
		}
		if p.Email == "" {
			return "", feedback.Problems{"email": "problem.email.missing"}
		}
		for _, old := range []feedback.InvitationKind{feedback.Invite, feedback.Reset} {
			if err := tx.EndInvitations(ctx, old, person, d.now()); err != nil {
				return "", err
			}
		}
		if err := d.link(ctx, tx, by, fresh, feedback.Invitation{Kind: kind, OrgID: p.OrgID, PersonID: person}); err != nil {
			return "", err
		}
		return made, d.audit(ctx, org, by, "", "person.link", person, map[string]string{"kind": string(kind)})
	})
	if ref != made {
		fresh.Token = ""
	}
	return fresh, err
}

// link writes a single-use link.
func (d *Desk) link(ctx context.Context, tx store.Tx, by feedback.Actor, fresh Fresh, i feedback.Invitation) error {
	i.ID, i.CreatedBy, i.CreatedAt, i.ExpiresAt = Hash(fresh.Token), by.Person, d.now(), fresh.Expires
	return tx.AddInvitation(ctx, i)
}

// Link returns a single-use link that still works, and the person it is for
// (none for the first setup).
func (d *Desk) Link(ctx context.Context, token string) (feedback.Invitation, feedback.Person, error) {
	i, err := d.store.Invitation(ctx, Hash(token))
	if err != nil {
		return i, feedback.Person{}, err
	}
	if err := i.Valid(d.now()); err != nil || i.PersonID == "" {
		return i, feedback.Person{}, err
	}
	p, err := d.store.Org(feedback.System(i.OrgID, "")).Person(ctx, i.PersonID)
	if err == nil && !p.DisabledAt.IsZero() {
		err = fmt.Errorf("link: %w", feedback.ErrNotFound)
	}
	return i, p, err
}

// SetPassword uses up a link: the person has a new password, is signed out
// everywhere else and signed in here.
func (d *Desk) SetPassword(ctx context.Context, link, password, agent string) (Fresh, error) {
	i, p, err := d.Link(ctx, link)
	if err != nil {
		return Fresh{}, err
	}
	if i.Kind != feedback.Invite && i.Kind != feedback.Reset {
		return Fresh{}, fmt.Errorf("link: %w", feedback.ErrNotFound)
	}
	if err := feedback.CheckPassword(password, commonPasswords()); err != nil {
		return Fresh{}, err
	}
	hash, err := d.hash(ctx, password)
	if err != nil {
		return Fresh{}, err
	}
	err = d.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.UseInvitation(ctx, i.ID, d.now()); err != nil {
			return err
		}
		org := tx.Org(feedback.System(i.OrgID, ""))
		if err := savePassword(ctx, org, p.ID, hash); err != nil {
			return err
		}
		return org.EndSessions(ctx, p.ID, "", d.now())
	})
	if err != nil {
		return Fresh{}, err
	}
	d.shut(i.OrgID)
	return d.open(ctx, p.ID, "", agent)
}

// savePassword gives somebody a new password. They are read anew: while it was
// hashed they may have been disabled.
func savePassword(ctx context.Context, org store.OrgEdit, person, hash string) error {
	p, err := org.Person(ctx, person)
	if err == nil && !p.DisabledAt.IsZero() {
		err = fmt.Errorf("person %s is disabled: %w", person, feedback.ErrNotFound)
	}
	if err != nil {
		return err
	}
	p.PasswordHash = hash
	return org.SavePerson(ctx, p)
}

// Enter opens a session by a sign-in link, which only a demo has, and returns
// the venue to go to. Opening an address must use nothing up, so the link works
// until it expires.
func (d *Desk) Enter(ctx context.Context, link, agent string) (Fresh, string, error) {
	i, p, err := d.Link(ctx, link)
	if err == nil && i.Kind != feedback.SignIn {
		err = fmt.Errorf("link: %w", feedback.ErrNotFound)
	}
	if err != nil {
		return Fresh{}, "", err
	}
	fresh, err := d.open(ctx, p.ID, "", agent)
	return fresh, i.VenueID, err
}
