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
	if err := org.EndSessions(ctx, person, keep); err != nil {
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
		return org.EndSessions(ctx, p.ID, "")
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
		if err := org.EndSessions(ctx, p.ID, by.Session); err != nil {
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

// PairDevice makes the browser that asks a shared tablet of the venue. The
// token goes into its cookie.
func (d *Desk) PairDevice(ctx context.Context, by feedback.Actor, venue, name string) (Fresh, error) {
	if err := settles(by, venue); err != nil {
		return Fresh{}, err
	}
	by.Request = feedback.Request{} // the token is kept nowhere, so there is nothing to repeat
	name = feedback.CleanLine(name)
	if n := len([]rune(name)); n == 0 || n > feedback.MaxName {
		return Fresh{}, feedback.Problems{"name": "problem.name.missing"}
	}
	fresh := Fresh{Token: token(), Expires: d.now().Add(feedback.DeviceMax)}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		id := Hash(fresh.Token)
		return id, at.AddDevice(ctx, feedback.Device{ID: id, Name: name, PairedBy: by.Person, CreatedAt: d.now(), SeenAt: d.now()})
	})
	return fresh, err
}

// Unpair ends a shared tablet and the sessions on it.
func (d *Desk) Unpair(ctx context.Context, by feedback.Actor, venue, device string) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		return device, at.RevokeDevice(ctx, device, d.now())
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// Tablet returns a paired tablet by the hash of its token, with a timer's view
// of its venue, for the list of names on the PIN pad.
func (d *Desk) Tablet(ctx context.Context, hash string) (feedback.Device, feedback.Actor, error) {
	return d.store.Device(ctx, hash)
}

// audit notes who changed what.
func (d *Desk) audit(ctx context.Context, org store.OrgEdit, by feedback.Actor, venue, action, target string, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	a := feedback.Audit{ID: d.newID(), VenueID: venue, At: d.now(), ByKind: by.Kind, ByID: by.ID, Action: action, Target: target, Detail: detail}
	return org.AddAudit(ctx, a)
}
