package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// SetupLink makes the single-use link that sets up an empty installation, and
// ends those made before. It fails with [feedback.ErrConflict] when there is
// something already.
func (d *Desk) SetupLink(ctx context.Context) (Fresh, error) {
	fresh := Fresh{Token: token(), Expires: d.now().Add(feedback.InvitationMax)}
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		if err := empty(ctx, tx); err != nil {
			return err
		}
		if err := tx.EndInvitations(ctx, feedback.Setup, "", d.now()); err != nil {
			return err
		}
		return d.link(ctx, tx, feedback.Actor{}, fresh, feedback.Invitation{Kind: feedback.Setup})
	})
	return fresh, err
}

func empty(ctx context.Context, tx store.Tx) error {
	nothing, err := tx.Empty(ctx)
	if err == nil && !nothing {
		err = fmt.Errorf("there is an organisation already: %w", feedback.ErrConflict)
	}
	return err
}

// Founding is what sets up an installation.
type Founding struct {
	Name, Email, Password string // of the owner
	Venue                 feedback.Venue
	Tables                []NewTable
}

// SetUp uses up the setup link: it makes the organisation, its owner, the first
// venue and its tables, and signs the owner in. Of any number at once one
// succeeds.
func (d *Desk) SetUp(ctx context.Context, link string, in Founding, agent string) (session Fresh, venue string, err error) {
	i, _, err := d.Link(ctx, link)
	if err == nil && i.Kind != feedback.Setup {
		err = fmt.Errorf("link: %w", feedback.ErrNotFound)
	}
	if err != nil {
		return Fresh{}, "", err
	}
	if err := d.checkFounding(&in); err != nil {
		return Fresh{}, "", err
	}
	hash, err := d.hash(ctx, in.Password)
	if err != nil {
		return Fresh{}, "", err
	}
	owner := feedback.Person{
		ID: d.newID(), Name: feedback.CleanLine(in.Name), Email: strings.ToLower(feedback.CleanLine(in.Email)),
		Role: feedback.Owner, PasswordHash: hash, CreatedAt: d.now(),
	}
	err = d.store.Tx(ctx, func(tx store.Tx) error {
		if err := empty(ctx, tx); err != nil {
			return err
		}
		if err := tx.UseInvitation(ctx, i.ID, d.now()); err != nil {
			return err
		}
		return d.found(ctx, tx, owner, in)
	})
	if err != nil {
		return Fresh{}, "", err
	}
	session, err = d.open(ctx, owner.ID, "", agent)
	return session, in.Venue.ID, err
}

// checkFounding completes what was given and says all that is wrong with it.
func (d *Desk) checkFounding(in *Founding) error {
	in.Venue = d.complete(in.Venue)
	ps := feedback.Problems{}
	gather(ps, "venue.", in.Venue.Check(languages()))
	gather(ps, "", feedback.Person{Name: feedback.CleanLine(in.Name), Email: feedback.CleanLine(in.Email)}.Check())
	gather(ps, "", feedback.CheckPassword(in.Password, commonPasswords()))
	if in.Email == "" {
		ps["email"] = "problem.email.missing"
	}
	for n, t := range in.Tables {
		gather(ps, "tables."+strconv.Itoa(n)+".", feedback.Table{Name: feedback.CleanLine(t.Name), AreaName: t.Area}.Check())
	}
	return ps.OrNil()
}

// gather adds the problems in err under a prefix.
func gather(ps feedback.Problems, prefix string, err error) {
	found, _ := errors.AsType[feedback.Problems](err)
	for field, key := range found {
		ps[prefix+field] = key
	}
}

// found writes a new organisation with its owner, venue and tables.
func (d *Desk) found(ctx context.Context, tx store.Tx, owner feedback.Person, in Founding) error {
	org := feedback.Organisation{ID: d.newID(), Name: in.Venue.Name, CreatedAt: d.now()}
	if err := tx.AddOrganisation(ctx, org); err != nil {
		return err
	}
	founder := feedback.Actor{Kind: feedback.ByPerson, Org: org.ID, ID: owner.ID, Person: owner.ID, Name: owner.Name, OrgRole: feedback.Owner}
	all := tx.Org(founder)
	if err := all.AddPerson(ctx, owner); err != nil {
		return err
	}
	if err := all.AddVenue(ctx, in.Venue); err != nil {
		return err
	}
	at := tx.At(founder, in.Venue.ID)
	for n, t := range in.Tables {
		if _, err := d.addTable(ctx, at, t, n); err != nil {
			return tableProblem(err, n, len(in.Tables))
		}
	}
	return d.audit(ctx, all, founder, in.Venue.ID, "venue.added", in.Venue.ID, nil)
}

// AddFromShell adds somebody on behalf of the operator; on an empty database,
// as the first owner of a new organisation. venue is an id or a name, and may be
// empty where there is only one.
func (d *Desk) AddFromShell(ctx context.Context, in NewPerson, venue string) (string, error) {
	by, err := d.Operator(ctx)
	if errors.Is(err, feedback.ErrNotFound) {
		return d.addFirstOwner(ctx, in)
	}
	if err != nil {
		return "", err
	}
	if in.Role != feedback.Owner {
		if in.Venue, err = d.venueNamed(ctx, by, venue); err != nil {
			return "", err
		}
	}
	return d.AddPerson(ctx, by, in)
}

func (d *Desk) venueNamed(ctx context.Context, by feedback.Actor, venue string) (string, error) {
	venues, err := d.store.Org(by).Venues(ctx)
	if err != nil {
		return "", err
	}
	for _, v := range venues {
		if v.ID == venue || v.Name == venue || venue == "" && len(venues) == 1 {
			return v.ID, nil
		}
	}
	return "", feedback.Problems{"venue": "problem.venue.unknown"}
}

// VenueFromShell finds the venue that the operator names by id or name, and what
// by may see of it; the name may be empty where there is only one.
func (d *Desk) VenueFromShell(ctx context.Context, by feedback.Actor, venue string) (feedback.Venue, store.View, error) {
	id, err := d.venueNamed(ctx, by, venue)
	if err != nil {
		return feedback.Venue{}, store.View{}, err
	}
	at := d.store.For(by, id)
	v, err := at.Details(ctx)
	return v, at, err
}

func (d *Desk) addFirstOwner(ctx context.Context, in NewPerson) (string, error) {
	p := feedback.Person{
		ID: d.newID(), Name: feedback.CleanLine(in.Name), Email: strings.ToLower(feedback.CleanLine(in.Email)),
		Role: feedback.Owner, CreatedAt: d.now(),
	}
	if in.Role != feedback.Owner {
		return "", feedback.Problems{"role": "problem.role.first"}
	}
	if err := p.Check(); err != nil {
		return "", err
	}
	return p.ID, d.store.Tx(ctx, func(tx store.Tx) error {
		if err := empty(ctx, tx); err != nil {
			return err
		}
		org := feedback.Organisation{ID: d.newID(), Name: p.Name, CreatedAt: d.now()}
		if err := tx.AddOrganisation(ctx, org); err != nil {
			return err
		}
		return tx.Org(feedback.System(org.ID, "")).AddPerson(ctx, p)
	})
}

// LinkFromShell makes a link for a lost password on behalf of the operator.
func (d *Desk) LinkFromShell(ctx context.Context, email string) (Fresh, error) {
	p, err := d.store.PersonWithEmail(ctx, strings.ToLower(feedback.CleanLine(email)))
	if err != nil {
		return Fresh{}, err
	}
	return d.InvitePerson(ctx, feedback.System(p.OrgID, ""), p.ID, feedback.Reset)
}

// TableCodes lists the printed codes of a venue's tables that work, in the
// order of the tables.
func (d *Desk) TableCodes(ctx context.Context, by feedback.Actor, venue string) ([]feedback.Code, error) {
	all, err := d.store.For(by, venue).Codes(ctx, d.now())
	var codes []feedback.Code
	for _, c := range all {
		if c.VisitID == "" && c.EndsAt.IsZero() && c.Working(d.now()) {
			codes = append(codes, c)
		}
	}
	return codes, err
}

// demoMail is where the people of a demo would have mail.
const demoMail = "@demo.example"

// demoLife is how long the links that a demo prints sign in.
const demoLife = 30 * 24 * time.Hour

// Demo is what a demo is entered by.
type Demo struct {
	Venue feedback.Venue
	Key   string // scope admin
	Owner Fresh  // link that signs in as the owner
	Board Fresh  // link that signs in as a waiter
}

// FillDemo fills an empty database with a venue to try everything on. It fails
// with [feedback.ErrConflict] when there is anything in it.
func (d *Desk) FillDemo(ctx context.Context) (Demo, error) {
	in := Founding{Venue: d.complete(feedback.Venue{
		Name: "Trattoria Demo", Country: "IT",
		ReviewLinks: []feedback.ReviewLink{
			{Label: "Google", URL: "https://www.google.com/maps"},
			{Label: "Tripadvisor", URL: "https://www.tripadvisor.com/"},
		},
	})}
	for n := 1; n <= 12; n++ {
		area := "Dining room"
		if n > 8 {
			area = "Terrace"
		}
		in.Tables = append(in.Tables, NewTable{Name: strconv.Itoa(n), Area: area})
	}
	owner := feedback.Person{ID: d.newID(), Name: "Ines Ferrari", Email: "ines@demo.example", Role: feedback.Owner, CreatedAt: d.now()}
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		if err := empty(ctx, tx); err != nil {
			return err
		}
		return d.found(ctx, tx, owner, in)
	})
	if err != nil {
		return Demo{}, err
	}
	by, err := d.Operator(ctx)
	if err != nil {
		return Demo{}, err
	}
	for _, p := range []NewPerson{
		{Name: "Jonas Weber", Email: "jonas@demo.example", Role: feedback.Manager, Venue: in.Venue.ID},
		{Name: "Maria Rossi", Email: "maria@demo.example", Role: feedback.Staff, Venue: in.Venue.ID},
	} {
		if _, err := d.AddPerson(ctx, by, p); err != nil {
			return Demo{}, err
		}
	}
	if _, _, err := d.OpenVisit(ctx, by, in.Venue.ID, NewVisit{Table: "1", Check: "A-1042", Server: "Maria", Covers: 4}); err != nil {
		return Demo{}, err
	}
	demo, err := d.DemoLinks(ctx)
	if err != nil {
		return Demo{}, err
	}
	_, demo.Key, err = d.CreateKey(ctx, by, "demo", feedback.ScopeAdmin, time.Time{})
	return demo, err
}

// Operator is whom the command line acts for: the first owner. Whoever can run
// the program can read its database anyway. It fails with
// [feedback.ErrNotFound] when nothing was set up yet.
func (d *Desk) Operator(ctx context.Context) (feedback.Actor, error) {
	orgs, err := d.store.Organisations(ctx)
	if err != nil || len(orgs) == 0 {
		return feedback.Actor{}, errors.Join(err, fmt.Errorf("organisation: %w", feedback.ErrNotFound))
	}
	people, err := d.store.Org(feedback.System(orgs[0].ID, "")).People(ctx)
	for _, p := range people {
		if p.Role == feedback.Owner && p.DisabledAt.IsZero() {
			return feedback.Actor{Kind: feedback.ByPerson, Org: p.OrgID, ID: p.ID, Person: p.ID, Name: p.Name, OrgRole: p.Role}, err
		}
	}
	return feedback.Actor{}, errors.Join(err, fmt.Errorf("owner: %w", feedback.ErrNotFound))
}

// DemoLinks makes fresh links into a demo venue. It fails with
// [feedback.ErrNotFound] when the database holds another venue than a demo: no
// link is ever made into a real one.
func (d *Desk) DemoLinks(ctx context.Context) (Demo, error) {
	by, err := d.Operator(ctx)
	if err != nil {
		return Demo{}, err
	}
	owner, err := d.store.Org(by).Person(ctx, by.Person)
	if err != nil || !strings.HasSuffix(owner.Email, demoMail) {
		return Demo{}, errors.Join(err, fmt.Errorf("demo venue: %w", feedback.ErrNotFound))
	}
	venues, err := d.store.Org(by).Venues(ctx)
	if err != nil || len(venues) == 0 {
		return Demo{}, errors.Join(err, fmt.Errorf("demo venue: %w", feedback.ErrNotFound))
	}
	staff, err := d.store.For(by, venues[0].ID).Staff(ctx)
	if err != nil {
		return Demo{}, err
	}
	waiter := owner.ID
	for _, p := range staff {
		if p.Email == "maria@demo.example" {
			waiter = p.ID
		}
	}
	demo := Demo{Venue: venues[0]}
	if demo.Owner, err = d.signInLink(ctx, by, owner.ID, demo.Venue.ID); err != nil {
		return Demo{}, err
	}
	demo.Board, err = d.signInLink(ctx, by, waiter, demo.Venue.ID)
	return demo, err
}

func (d *Desk) signInLink(ctx context.Context, by feedback.Actor, person, venue string) (Fresh, error) {
	fresh := Fresh{Token: token(), Expires: d.now().Add(demoLife)}
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		return d.link(ctx, tx, by, fresh, feedback.Invitation{Kind: feedback.SignIn, OrgID: by.Org, PersonID: person, VenueID: venue})
	})
	return fresh, err
}
