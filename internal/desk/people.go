package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewPerson is somebody to add.
type NewPerson struct {
	Name     string
	Email    string
	Role     feedback.Role
	Venue    string                   // where the role counts; empty for an owner of everything
	Roles    map[string]feedback.Role // further roles, by venue
	Language string
	Pin      string // may be empty
}

// AddPerson adds somebody to the organisation. A manager may add staff to their
// venue; an owner adds everybody.
func (d *Desk) AddPerson(ctx context.Context, by feedback.Actor, in NewPerson) (string, error) {
	if err := mayGiveAll(by, in); err != nil {
		return "", err
	}
	p := feedback.Person{
		ID: d.newID(), Name: feedback.CleanLine(in.Name), Email: strings.ToLower(feedback.CleanLine(in.Email)),
		Language: in.Language, CreatedAt: d.now(),
	}
	if in.Venue == "" {
		p.Role = in.Role
	}
	if err := p.Check(); err != nil {
		return "", err
	}
	if in.Pin != "" {
		if err := feedback.CheckPin(in.Pin); err != nil {
			return "", err
		}
		hash, err := d.hash(ctx, in.Pin)
		if err != nil {
			return "", err
		}
		p.PinHash = hash
	}
	return d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if err := org.AddPerson(ctx, p); err != nil {
			return "", taken(err, "email", "problem.email.taken")
		}
		if err := setRoles(ctx, org, p.ID, in.roles()); err != nil {
			return "", err
		}
		return p.ID, d.audit(ctx, org, by, in.Venue, "person.added", p.ID, map[string]string{"role": string(in.Role)})
	})
}

// roles are all roles in single venues.
func (in NewPerson) roles() map[string]feedback.Role {
	roles := maps.Clone(in.Roles)
	if in.Venue != "" {
		if roles == nil {
			roles = map[string]feedback.Role{}
		}
		roles[in.Venue] = in.Role
	}
	return roles
}

// mayGiveAll is mayGive for every role of a new person, who needs at least one.
func mayGiveAll(by feedback.Actor, in NewPerson) error {
	if in.Role != feedback.Nobody || len(in.Roles) == 0 {
		if err := mayGive(by, in.Venue, in.Role); err != nil {
			return err
		}
	}
	for venue, role := range in.Roles {
		if err := mayGive(by, venue, role); err != nil {
			return err
		}
	}
	return nil
}

// setRoles gives somebody roles in single venues. A venue that is not there is
// the sender's problem.
func setRoles(ctx context.Context, org store.OrgEdit, person string, roles map[string]feedback.Role) error {
	for venue, role := range roles {
		err := org.SetRole(ctx, feedback.Membership{PersonID: person, VenueID: venue, Role: role})
		if errors.Is(err, feedback.ErrNotFound) {
			err = feedback.Problems{"venues": "problem.venue.unknown"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayGive fails unless by may give somebody this role in the venue: an owner of
// the organisation any, others those below their own.
func mayGive(by feedback.Actor, venue string, role feedback.Role) error {
	if !role.Known() {
		return feedback.Problems{"role": "problem.role.unknown"}
	}
	if by.NeedsOrg() == nil {
		return nil
	}
	if venue == "" {
		return by.NeedsOrg()
	}
	if err := settles(by, venue); err != nil {
		return err
	}
	if role.AtLeast(by.Role(venue)) {
		return fmt.Errorf("give the role %s: %w", role, feedback.ErrForbidden)
	}
	return nil
}

// settles fails unless by may change what a venue is made of: a manager who
// signed in themselves. A PIN opens a tablet for everyday work only.
func settles(by feedback.Actor, venue string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	if by.Shared {
		return fmt.Errorf("on a shared tablet: %w", feedback.ErrForbidden)
	}
	return nil
}

// taken turns a conflict into a problem with one field.
func taken(err error, field, key string) error {
	if errors.Is(err, feedback.ErrConflict) {
		return feedback.Problems{field: key}
	}
	return err
}

// PersonChange is what may change of a person; nil fields stay.
type PersonChange struct {
	Name     *string
	Email    *string
	Disabled *bool
	Role     *feedback.Role // in Venue, or everywhere when that is empty
	Venue    string
	Roles    *map[string]feedback.Role // instead of all in single venues, by venue
}

// ChangePerson changes somebody. Whoever loses a role or is disabled is signed
// out everywhere at once and the keys they made end.
func (d *Desk) ChangePerson(ctx context.Context, by feedback.Actor, person string, in PersonChange) error {
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		p, err := d.manageable(ctx, org, by, person)
		if err != nil {
			return "", err
		}
		changes := map[string]string{}
		if in.Name != nil {
			p.Name = feedback.CleanLine(*in.Name)
			changes["name"] = "changed"
		}
		if in.Email != nil {
			p.Email = strings.ToLower(feedback.CleanLine(*in.Email))
			changes["email"] = "changed"
		}
		if in.Disabled != nil {
			if person == by.Person {
				return "", fmt.Errorf("disable oneself: %w", feedback.ErrForbidden)
			}
			p.DisabledAt = time.Time{}
			changes["disabled"] = "no"
			if *in.Disabled {
				p.DisabledAt = d.now()
				changes["disabled"] = "yes"
			}
		}
		if in.Role != nil {
			if person == by.Person {
				return "", fmt.Errorf("change one's own role: %w", feedback.ErrForbidden)
			}
			if err := d.giveRole(ctx, org, by, &p, in.Venue, *in.Role); err != nil {
				return "", err
			}
			changes["role"] = string(*in.Role)
		}
		if in.Roles != nil {
			if err := replaceRoles(ctx, org, by, person, *in.Roles); err != nil {
				return "", err
			}
			changes["roles"] = "changed"
		}
		if err := p.Check(); err != nil {
			return "", err
		}
		if err := org.SavePerson(ctx, p); err != nil {
			return "", taken(err, "email", "problem.email.taken")
		}
		if in.Role != nil || in.Roles != nil || in.Disabled != nil && *in.Disabled {
			if err := d.shutOut(ctx, org, p.ID, ""); err != nil {
				return "", err
			}
		}
		return p.ID, d.audit(ctx, org, by, in.Venue, "person.changed", p.ID, changes)
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

func (d *Desk) giveRole(ctx context.Context, org store.OrgEdit, by feedback.Actor, p *feedback.Person, venue string, role feedback.Role) error {
	if role == feedback.Nobody {
		if err := mayGive(by, venue, feedback.Staff); err != nil {
			return err
		}
	} else if err := mayGive(by, venue, role); err != nil {
		return err
	}
	if venue == "" {
		p.Role = role
		return nil
	}
	return org.SetRole(ctx, feedback.Membership{PersonID: p.ID, VenueID: venue, Role: role})
}

// replaceRoles gives somebody these roles in single venues and ends all others.
// Only an owner of the organisation may.
func replaceRoles(ctx context.Context, org store.OrgEdit, by feedback.Actor, person string, roles map[string]feedback.Role) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	if person == by.Person {
		return fmt.Errorf("change one's own role: %w", feedback.ErrForbidden)
	}
	for _, role := range roles {
		if !role.Known() {
			return feedback.Problems{"venues": "problem.role.unknown"}
		}
	}
	members, err := org.Memberships(ctx)
	if err != nil {
		return err
	}
	all := map[string]feedback.Role{}
	for _, m := range members {
		if m.PersonID == person {
			all[m.VenueID] = feedback.Nobody
		}
	}
	maps.Copy(all, roles)
	return setRoles(ctx, org, person, all)
}

// shutOut ends everything that lets somebody in, but one session.
func (d *Desk) shutOut(ctx context.Context, org store.OrgEdit, person, keep string) error {
	if err := org.EndSessions(ctx, person, keep, d.now()); err != nil {
		return err
	}
	return org.RevokeKeysOf(ctx, person, d.now())
}

// manageable returns a person whom by may change: an owner anybody, a manager
// those who are staff in one of their venues and owners nowhere.
func (d *Desk) manageable(ctx context.Context, org store.OrgEdit, by feedback.Actor, person string) (feedback.Person, error) {
	p, err := org.Person(ctx, person)
	if err != nil || by.NeedsOrg() == nil {
		return p, err
	}
	if by.Shared || p.Role != feedback.Nobody {
		return p, fmt.Errorf("person %s: %w", person, feedback.ErrForbidden)
	}
	members, err := org.Memberships(ctx)
	if err != nil {
		return p, err
	}
	mine := false
	for _, m := range members {
		if m.PersonID != person {
			continue
		}
		if m.Role != feedback.Staff {
			return p, fmt.Errorf("person %s: %w", person, feedback.ErrForbidden)
		}
		mine = mine || by.Needs(feedback.Manager, m.VenueID) == nil
	}
	if !mine {
		return p, fmt.Errorf("person %s: %w", person, feedback.ErrNotFound)
	}
	return p, nil
}

// ChangePassword sets a new password for who is signed in and knows the old
// one. All their other sessions end.
func (d *Desk) ChangePassword(ctx context.Context, by feedback.Actor, old, password string) error {
	if by.Kind != feedback.ByPerson || by.Shared {
		return fmt.Errorf("change password: %w", feedback.ErrForbidden)
	}
	account := "mail " + by.Person
	if err := d.try(ctx, account); err != nil {
		return err
	}
	p, err := d.store.Org(by).Person(ctx, by.Person)
	if err != nil {
		return err
	}
	ok, err := d.matches(ctx, old, p.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return feedback.Problems{"old": "problem.password.wrong"}
	}
	if err := d.proved(ctx, account); err != nil {
		return err
	}
	if err := feedback.CheckPassword(password, commonPasswords()); err != nil {
		return err
	}
	hash, err := d.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if err := savePassword(ctx, org, p.ID, hash); err != nil {
			return "", err
		}
		if err := org.EndSessions(ctx, p.ID, by.Session, d.now()); err != nil {
			return "", err
		}
		return p.ID, d.audit(ctx, org, by, "", "person.password", p.ID, nil)
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// SetPin gives somebody a new PIN: their own, or a manager for staff. An empty
// one takes it away.
func (d *Desk) SetPin(ctx context.Context, by feedback.Actor, person, pin string) error {
	if by.Shared {
		return fmt.Errorf("on a shared tablet: %w", feedback.ErrForbidden)
	}
	hash := ""
	if pin != "" {
		err := feedback.CheckPin(pin)
		if err != nil {
			return err
		}
		if hash, err = d.hash(ctx, pin); err != nil {
			return err
		}
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		p, err := org.Person(ctx, person)
		if person != by.Person || by.Kind != feedback.ByPerson { // a key is not its maker
			p, err = d.manageable(ctx, org, by, person)
		}
		if err != nil {
			return "", err
		}
		p.PinHash = hash
		if err := org.SavePerson(ctx, p); err != nil {
			return "", err
		}
		return p.ID, d.audit(ctx, org, by, "", "person.pin", p.ID, nil)
	})
	return err
}

// audit notes who changed what.
func (d *Desk) audit(ctx context.Context, org store.OrgEdit, by feedback.Actor, venue, action, target string, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	a := feedback.Audit{ID: d.newID(), VenueID: venue, At: d.now(), ByKind: by.Kind, ByID: by.ID, Action: action, Target: target, Detail: detail}
	return org.AddAudit(ctx, a)
}
