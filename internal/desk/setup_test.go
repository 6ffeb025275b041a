package desk_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// empty is a desk of a fresh installation.
func empty(t *testing.T) (*desk.Desk, *store.Store, *clock) {
	t.Helper()
	s, clk := storetest.New(t), &clock{t: storetest.Epoch}
	d, err := desk.New(t.Context(), s, func(string) {}, func(string) {}, clk.now)
	must(t, err)
	return d, s, clk
}

var founding = desk.Founding{
	Name: "Ada Owner", Email: "Ada@Example.com", Password: "correct horse",
	Venue: feedback.Venue{Name: "Trattoria", Country: "IT"}, Tables: []desk.NewTable{{Name: "1"}, {Name: "2", Area: "Terrace"}},
}

func TestSetUp_Once(t *testing.T) {
	d, s, clk := empty(t)
	old, err := d.SetupLink(t.Context())
	must(t, err)
	link, err := d.SetupLink(t.Context())
	must(t, err)
	_, _, err = d.SetUp(t.Context(), old.Token, founding, "")
	wantErr(t, "the link before", err, feedback.ErrNotFound)
	_, _, err = d.SetUp(t.Context(), "guess", founding, "")
	wantErr(t, "a guess", err, feedback.ErrNotFound)
	bad := founding
	bad.Name, bad.Email, bad.Password = "", "", "short"
	bad.Venue.Name, bad.Tables = "", []desk.NewTable{{Name: ""}}
	_, _, err = d.SetUp(t.Context(), link.Token, bad, "")
	for _, field := range []string{"name", "email", "password", "venue.name", "tables.0.name"} {
		wantProblem(t, "all at once", err, field)
	}
	twice := founding
	twice.Tables = []desk.NewTable{{Name: "1"}, {Name: "1"}}
	_, _, err = d.SetUp(t.Context(), link.Token, twice, "")
	wantProblem(t, "a table twice", err, "tables.1.name")
	if nothing, err := s.Empty(t.Context()); err != nil || !nothing {
		t.Fatalf("a failed setup left something: %v", err)
	}

	session, venue, err := d.SetUp(t.Context(), link.Token, founding, "Firefox")
	must(t, err)
	by, err := d.Session(t.Context(), desk.Hash(session.Token))
	must(t, err)
	must(t, by.NeedsOrg())
	v, err := s.For(by, venue).Details(t.Context())
	if must(t, err); v.TimeZone != "Europe/Rome" || v.Currency != "EUR" {
		t.Errorf("the venue is %+v", v)
	}
	codes, err := d.TableCodes(t.Context(), by, venue)
	if must(t, err); len(codes) != 2 {
		t.Errorf("%d codes, want one a table", len(codes))
	}
	_, err = d.SignIn(t.Context(), "ada@example.com", "correct horse", "")
	must(t, err)
	_, _, err = d.SetUp(t.Context(), link.Token, founding, "")
	wantErr(t, "a second time", err, feedback.ErrNotFound)
	_, err = d.SetupLink(t.Context())
	wantErr(t, "another link", err, feedback.ErrConflict)
	clk.advance(time.Hour)
}

func TestSetUp_TheLinkEnds(t *testing.T) {
	d, _, clk := empty(t)
	link, err := d.SetupLink(t.Context())
	must(t, err)
	clk.advance(feedback.InvitationMax)
	_, _, err = d.SetUp(t.Context(), link.Token, founding, "")
	wantErr(t, "after a week", err, feedback.ErrNotFound)
}

// T33: of a hundred at once, one.
func TestSetUp_Raced(t *testing.T) {
	d, s, _ := empty(t)
	link, err := d.SetupLink(t.Context())
	must(t, err)
	var won atomic.Int32
	together(100, func(i int) {
		token := link.Token
		if i%10 != 0 {
			token = "guess" // without the secret nobody gets anywhere
		}
		_, _, err := d.SetUp(t.Context(), token, founding, "")
		switch {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, feedback.ErrNotFound) && !errors.Is(err, feedback.ErrConflict):
			t.Error(err)
		}
	})
	orgs, err := s.Organisations(t.Context())
	if must(t, err); won.Load() != 1 || len(orgs) != 1 {
		t.Errorf("%d set it up, %d organisations", won.Load(), len(orgs))
	}
}

func TestFillDemo(t *testing.T) {
	d, s, clk := empty(t)
	demo, err := d.FillDemo(t.Context())
	must(t, err)
	clk.advance(time.Minute)
	key, err := d.Key(t.Context(), desk.Hash(demo.Key))
	must(t, err)
	must(t, key.NeedsOrg())
	owner, venue, err := d.Enter(t.Context(), demo.Owner.Token, "")
	must(t, err)
	by, err := d.Session(t.Context(), desk.Hash(owner.Token))
	if must(t, err); venue != demo.Venue.ID || by.NeedsOrg() != nil {
		t.Errorf("the owner's link leads to %+v in %s", by, venue)
	}
	board, _, err := d.Enter(t.Context(), demo.Board.Token, "")
	must(t, err)
	waiter, err := d.Session(t.Context(), desk.Hash(board.Token))
	if must(t, err); waiter.Role(venue) != feedback.Staff {
		t.Errorf("the board's link is %+v", waiter)
	}
	at := s.For(by, venue)
	tables, err := at.Tables(t.Context())
	must(t, err)
	visits, err := at.OpenVisits(t.Context(), clk.now())
	if must(t, err); len(tables) != 12 || len(visits) != 1 || visits[0].TableID != tables[0].ID {
		t.Errorf("%d tables, open visits %+v", len(tables), visits)
	}
	if !demo.Venue.Hours.Always() || len(demo.Venue.Languages) < 3 {
		t.Errorf("the venue is %+v", demo.Venue)
	}
	_, err = d.FillDemo(t.Context())
	wantErr(t, "a second demo", err, feedback.ErrConflict)
	again, err := d.DemoLinks(t.Context())
	if must(t, err); again.Owner.Token == demo.Owner.Token || again.Venue.ID != venue {
		t.Errorf("fresh links: %+v", again)
	}
	clk.advance(31 * 24 * time.Hour)
	_, _, err = d.Enter(t.Context(), demo.Owner.Token, "")
	wantErr(t, "an old link", err, feedback.ErrNotFound)
}

func TestDemo_IsNeverMadeOfARealVenue(t *testing.T) {
	h := newHouse(t)
	_, err := h.FillDemo(t.Context())
	wantErr(t, "fill", err, feedback.ErrConflict)
	_, err = h.DemoLinks(t.Context())
	wantErr(t, "links", err, feedback.ErrNotFound)
}

func TestFromShell(t *testing.T) {
	d, s, _ := empty(t)
	_, err := d.AddFromShell(t.Context(), desk.NewPerson{Name: "Wim", Role: feedback.Staff}, "")
	wantProblem(t, "a waiter first", err, "role")
	_, err = d.AddFromShell(t.Context(), desk.NewPerson{Name: "Ada", Email: "ada@example.com", Role: feedback.Owner}, "")
	must(t, err)
	by, err := d.Operator(t.Context())
	must(t, err)
	must(t, by.NeedsOrg())
	_, err = d.AddFromShell(t.Context(), desk.NewPerson{Name: "Wim", Role: feedback.Staff}, "")
	wantProblem(t, "a waiter without a venue", err, "venue")
	venue, err := d.AddVenue(t.Context(), by, feedback.Venue{Name: "Bar"})
	must(t, err)
	for _, named := range []string{"", "Bar", venue} {
		id, err := d.AddFromShell(t.Context(), desk.NewPerson{Name: "Wim", Role: feedback.Staff}, named)
		must(t, err)
		p, err := s.For(by, venue).Person(t.Context(), id)
		must(t, err)
		if role, err := s.For(by, venue).RoleOf(t.Context(), p); err != nil || role != feedback.Staff {
			t.Errorf("%q: %q, %v", named, role, err)
		}
	}
	link, err := d.LinkFromShell(t.Context(), " ADA@example.com ")
	must(t, err)
	_, err = d.SetPassword(t.Context(), link.Token, "correct horse", "")
	must(t, err)
	_, err = d.LinkFromShell(t.Context(), "nobody@example.com")
	wantErr(t, "nobody", err, feedback.ErrNotFound)
}
