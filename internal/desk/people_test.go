package desk_test

import (
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// added adds somebody through the owner, and returns them as an actor.
func (h *house) added(t *testing.T, in desk.NewPerson) feedback.Actor {
	t.Helper()
	id, err := h.AddPerson(t.Context(), h.owner, in)
	must(t, err)
	a := feedback.Actor{Kind: feedback.ByPerson, Org: h.owner.Org, ID: id, Person: id, Name: in.Name, Venues: map[string]feedback.Role{}}
	if in.Venue == "" {
		a.OrgRole = in.Role
	} else {
		a.Venues[in.Venue] = in.Role
	}
	return a
}

// Nobody makes anybody as mighty as themselves, but for the owner.
func TestAddPerson_WhoMayAddWhom(t *testing.T) {
	h := newHouse(t)
	landlord := h.added(t, desk.NewPerson{Name: "Lea", Role: feedback.Owner, Venue: h.venue.ID}) // owner of this venue alone
	pin := h.manager
	pin.Shared = true
	forbidden, hidden := feedback.ErrForbidden, feedback.ErrNotFound
	tests := map[string]struct {
		by                     feedback.Actor
		staff, manager, owner  error // here
		everywhere, staffEvery error // an owner, staff of every venue
	}{
		"the owner":         {h.owner, nil, nil, nil, nil, nil},
		"a key for all":     {till(h, feedback.ScopeAdmin), nil, nil, nil, nil, nil},
		"an owner here":     {landlord, nil, nil, forbidden, forbidden, forbidden},
		"a manager":         {h.manager, nil, forbidden, forbidden, forbidden, forbidden},
		"a manager by PIN":  {pin, forbidden, forbidden, forbidden, forbidden, forbidden},
		"a waiter":          {h.waiter, forbidden, forbidden, forbidden, forbidden, forbidden},
		"a key to read":     {till(h, feedback.ScopeRead), forbidden, forbidden, forbidden, forbidden, forbidden},
		"a till":            {till(h, feedback.ScopeVisits), forbidden, forbidden, forbidden, forbidden, forbidden},
		"from another room": {newStranger(t, h), hidden, hidden, hidden, forbidden, forbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, one := range []struct {
				role  feedback.Role
				venue string
				want  error
			}{
				{feedback.Staff, h.venue.ID, tt.staff},
				{feedback.Manager, h.venue.ID, tt.manager},
				{feedback.Owner, h.venue.ID, tt.owner},
				{feedback.Owner, "", tt.everywhere},
				{feedback.Staff, "", tt.staffEvery},
			} {
				_, err := h.AddPerson(t.Context(), tt.by, desk.NewPerson{Name: "New", Role: one.role, Venue: one.venue})
				wantErr(t, string(one.role)+" in "+one.venue, err, one.want)
			}
			_, err := h.AddPerson(t.Context(), tt.by, desk.NewPerson{Name: "New", Roles: map[string]feedback.Role{h.venue.ID: feedback.Manager}})
			wantErr(t, "a manager among several roles", err, tt.manager)
		})
	}
	_, err := h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "New", Role: "chef", Venue: h.venue.ID})
	wantProblem(t, "a role that is none", err, "role")
	_, err = h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "New", Role: feedback.Staff, Venue: "nowhere"})
	wantErr(t, "a venue that is none", err, feedback.ErrInvalid)
	_, err = h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "A", Email: "Ada@Example.com", Role: feedback.Owner})
	must(t, err)
	_, err = h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "B", Email: "ada@example.com", Role: feedback.Owner})
	wantProblem(t, "an address that is taken", err, "email")
}

// A manager keeps the staff; whoever is more, or works elsewhere, is out of reach.
func TestChangePerson_WhoMayChangeWhom(t *testing.T) {
	h := newHouse(t)
	elsewhere := newStranger(t, h)
	both := h.added(t, desk.NewPerson{Name: "Bea", Roles: map[string]feedback.Role{h.venue.ID: feedback.Staff, onlyVenue(elsewhere): feedback.Manager}})
	peer := h.added(t, desk.NewPerson{Name: "Max", Role: feedback.Manager, Venue: h.venue.ID})
	forbidden, hidden := feedback.ErrForbidden, feedback.ErrNotFound
	tests := map[string]struct {
		by, whom feedback.Actor
		want     error
	}{
		"the owner, a manager":                      {h.owner, h.manager, nil},
		"a manager, a waiter":                       {h.manager, h.waiter, nil},
		"a manager, a manager":                      {h.manager, peer, forbidden},
		"a manager, the owner":                      {h.manager, h.owner, forbidden},
		"a manager, a waiter elsewhere":             {h.manager, elsewhere, hidden},
		"a manager, a waiter who manages elsewhere": {h.manager, both, forbidden},
		"a waiter, a waiter":                        {h.waiter, h.other, hidden},
		"a waiter, a manager":                       {h.waiter, h.manager, forbidden},
		"a key to read, a waiter":                   {till(h, feedback.ScopeRead), h.waiter, hidden},
		"a till, its maker":                         {till(h, feedback.ScopeVisits), h.owner, forbidden},
		"the owner, nobody we know":                 {h.owner, feedback.Actor{Person: "x"}, hidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			mail := tt.whom.Person + "@new.example"
			err := h.ChangePerson(t.Context(), tt.by, tt.whom.Person, desk.PersonChange{Email: &mail})
			wantErr(t, "change", err, tt.want)
			wantErr(t, "PIN", h.SetPin(t.Context(), tt.by, tt.whom.Person, ""), tt.want)
			_, err = h.InvitePerson(t.Context(), tt.by, tt.whom.Person, feedback.Reset)
			wantErr(t, "link", err, tt.want)
		})
	}
}

func onlyVenue(a feedback.Actor) string {
	for venue := range a.Venues {
		return venue
	}
	return ""
}

func TestChangePerson_NobodyIsRaised(t *testing.T) {
	h := newHouse(t)
	give := func(by, whom feedback.Actor, venue string, role feedback.Role) error {
		return h.ChangePerson(t.Context(), by, whom.Person, desk.PersonChange{Role: &role, Venue: venue})
	}
	for _, role := range []feedback.Role{feedback.Manager, feedback.Owner} {
		wantErr(t, "a manager makes a waiter "+string(role), give(h.manager, h.waiter, h.venue.ID, role), feedback.ErrForbidden)
		wantErr(t, "a manager makes a waiter everywhere "+string(role), give(h.manager, h.waiter, "", role), feedback.ErrForbidden)
	}
	all := map[string]feedback.Role{h.venue.ID: feedback.Staff}
	wantErr(t, "a manager replaces roles", h.ChangePerson(t.Context(), h.manager, h.waiter.Person, desk.PersonChange{Roles: &all}), feedback.ErrForbidden)
	wantErr(t, "an owner changes their own role", give(h.owner, h.owner, "", feedback.Staff), feedback.ErrForbidden)
	wantErr(t, "an owner replaces their own roles", h.ChangePerson(t.Context(), h.owner, h.owner.Person, desk.PersonChange{Roles: &all}), feedback.ErrForbidden)
	yes := true
	wantErr(t, "an owner disables themselves", h.ChangePerson(t.Context(), h.owner, h.owner.Person, desk.PersonChange{Disabled: &yes}), feedback.ErrForbidden)

	must(t, give(h.manager, h.waiter, h.venue.ID, feedback.Nobody)) // sent away
	v := h.s.For(h.owner, h.venue.ID)
	p, err := v.Person(t.Context(), h.waiter.Person)
	must(t, err)
	if role, err := v.RoleOf(t.Context(), p); err != nil || role != feedback.Nobody {
		t.Errorf("sent away, but %q, %v", role, err)
	}
	must(t, give(h.owner, h.waiter, h.venue.ID, feedback.Manager))
	if role, err := v.RoleOf(t.Context(), p); err != nil || role != feedback.Manager {
		t.Errorf("raised by the owner, but %q, %v", role, err)
	}
}

// T23: whoever is disabled is out at once, with everything they made, and stays
// out when they come back.
func TestDisable_ShutsEveryDoor(t *testing.T) {
	h := newHouse(t)
	p := h.added(t, desk.NewPerson{Name: "Fay", Email: "fay@example.com", Role: feedback.Owner, Pin: "4711"})
	link, err := h.InvitePerson(t.Context(), h.owner, p.Person, feedback.Invite)
	must(t, err)
	in, err := h.SetPassword(t.Context(), link.Token, "correct horse", "")
	must(t, err)
	_, secret, err := h.CreateKey(t.Context(), p, "hers", feedback.ScopeAdmin, time.Time{})
	must(t, err)
	tablet, err := h.PairDevice(t.Context(), h.owner, h.venue.ID, "Pass")
	must(t, err)
	pinned, err := h.SignInByPin(t.Context(), desk.Hash(tablet.Token), p.Person, "4711", "")
	must(t, err)
	reset, err := h.InvitePerson(t.Context(), h.owner, p.Person, feedback.Reset)
	must(t, err)

	shut := len(h.shut)
	yes, no := true, false
	must(t, h.ChangePerson(t.Context(), h.owner, p.Person, desk.PersonChange{Disabled: &yes}))
	if len(h.shut) != shut+1 || h.shut[shut] != h.owner.Org {
		t.Error("nobody was told to close streams")
	}
	doors := func() map[string]error {
		_, session := h.Session(t.Context(), desk.Hash(in.Token))
		_, tabletSession := h.Session(t.Context(), desk.Hash(pinned.Token))
		_, key := h.Key(t.Context(), desk.Hash(secret))
		return map[string]error{"session": session, "session on the tablet": tabletSession, "key": key}
	}
	for door, err := range doors() {
		wantErr(t, "disabled: "+door, err, feedback.ErrUnauthorised)
	}
	_, err = h.SetPassword(t.Context(), reset.Token, "another horse", "")
	wantErr(t, "disabled: link", err, feedback.ErrNotFound)
	_, err = h.SignInByPin(t.Context(), desk.Hash(tablet.Token), p.Person, "4711", "")
	wantProblem(t, "disabled: PIN", err, "pin")
	_, err = h.SignIn(t.Context(), "fay@example.com", "correct horse", "")
	wantProblem(t, "disabled: password", err, "password")

	must(t, h.ChangePerson(t.Context(), h.owner, p.Person, desk.PersonChange{Disabled: &no}))
	for door, err := range doors() {
		wantErr(t, "enabled again: "+door, err, feedback.ErrUnauthorised)
	}
	_, err = h.SignIn(t.Context(), "fay@example.com", "correct horse", "")
	must(t, err)
}

func TestLinks_AreSingleUseAndEnd(t *testing.T) {
	h := newHouse(t)
	p := h.added(t, desk.NewPerson{Name: "Lin", Email: "lin@example.com", Role: feedback.Staff, Venue: h.venue.ID})
	mailless := h.added(t, desk.NewPerson{Name: "Pin", Role: feedback.Staff, Venue: h.venue.ID})
	_, err := h.InvitePerson(t.Context(), h.owner, mailless.Person, feedback.Invite)
	wantProblem(t, "nowhere to send it", err, "email")
	for _, kind := range []feedback.InvitationKind{feedback.SignIn, feedback.Setup, ""} {
		_, err := h.InvitePerson(t.Context(), h.owner, p.Person, kind)
		wantErr(t, "a link of kind "+string(kind), err, feedback.ErrInvalid)
	}

	old, err := h.InvitePerson(t.Context(), h.manager, p.Person, feedback.Invite)
	must(t, err)
	link, err := h.InvitePerson(t.Context(), h.manager, p.Person, feedback.Invite)
	must(t, err)
	_, _, err = h.Link(t.Context(), old.Token)
	wantErr(t, "the one before", err, feedback.ErrNotFound)
	_, _, err = h.Link(t.Context(), strings.ToLower(link.Token)+"x")
	wantErr(t, "a guess", err, feedback.ErrNotFound)
	for range 3 { // previews open it too, and use nothing up
		i, who, err := h.Link(t.Context(), link.Token)
		if must(t, err); who.ID != p.Person || i.Kind != feedback.Invite {
			t.Errorf("it is for %s", who.Name)
		}
	}
	_, err = h.SetPassword(t.Context(), link.Token, "short", "")
	wantProblem(t, "a short password", err, "password")
	_, _, err = h.Enter(t.Context(), link.Token, "")
	wantErr(t, "enter by an invitation", err, feedback.ErrNotFound)

	const n = 5
	errs := make([]error, n)
	together(n, func(i int) { _, errs[i] = h.SetPassword(t.Context(), link.Token, "correct horse", "") })
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantErr(t, "the others", err, feedback.ErrNotFound)
		}
	}
	if won != 1 {
		t.Errorf("%d used the same link", won)
	}

	for kind, life := range map[feedback.InvitationKind]time.Duration{feedback.Invite: feedback.InvitationMax, feedback.Reset: feedback.ResetMax} {
		link, err := h.InvitePerson(t.Context(), h.owner, p.Person, kind)
		must(t, err)
		h.clk.advance(life - time.Second)
		_, _, err = h.Link(t.Context(), link.Token)
		must(t, err)
		h.clk.advance(time.Second)
		_, err = h.SetPassword(t.Context(), link.Token, "correct horse", "")
		wantErr(t, "an old link of kind "+string(kind), err, feedback.ErrNotFound)
	}
}

func TestSetPassword_EndsOtherSessions(t *testing.T) {
	h := newHouse(t)
	p := h.added(t, desk.NewPerson{Name: "Lin", Email: "lin@example.com", Role: feedback.Owner})
	link, err := h.InvitePerson(t.Context(), h.owner, p.Person, feedback.Invite)
	must(t, err)
	first, err := h.SetPassword(t.Context(), link.Token, "correct horse", "Firefox")
	must(t, err)
	second, err := h.SignIn(t.Context(), " LIN@example.com", "correct horse", "Phone")
	must(t, err)

	by, err := h.Session(t.Context(), desk.Hash(second.Token))
	must(t, err)
	wantProblem(t, "who does not know the old one", h.ChangePassword(t.Context(), by, "wrong", "better horse"), "old")
	wantProblem(t, "a common one", h.ChangePassword(t.Context(), by, "correct horse", "Password123"), "password")
	must(t, h.ChangePassword(t.Context(), by, "correct horse", "better horse"))
	_, err = h.Session(t.Context(), desk.Hash(first.Token))
	wantErr(t, "the other session", err, feedback.ErrUnauthorised)
	_, err = h.Session(t.Context(), desk.Hash(second.Token))
	must(t, err)
	must(t, h.SignOut(t.Context(), by))
	_, err = h.Session(t.Context(), desk.Hash(second.Token))
	wantErr(t, "signed out", err, feedback.ErrUnauthorised)
	_, err = h.SignIn(t.Context(), "lin@example.com", "correct horse", "")
	wantProblem(t, "the old password", err, "password")
	shared := by
	shared.Shared = true
	wantErr(t, "on a shared tablet", h.ChangePassword(t.Context(), shared, "better horse", "best horse ever"), feedback.ErrForbidden)
	wantErr(t, "by a key", h.ChangePassword(t.Context(), till(h, feedback.ScopeAdmin), "x", "best horse ever"), feedback.ErrForbidden)
}

func TestTablet_PeopleSwitchByPin(t *testing.T) {
	h := newHouse(t)
	must(t, h.SetPin(t.Context(), h.manager, h.waiter.Person, "4711"))
	must(t, h.SetPin(t.Context(), h.manager, h.manager.Person, "1234")) // their own
	wantProblem(t, "a PIN of ones", h.SetPin(t.Context(), h.manager, h.waiter.Person, "1111"), "pin")
	wantErr(t, "a till sets its maker's PIN", h.SetPin(t.Context(), till(h, feedback.ScopeVisits), h.owner.Person, "4712"), feedback.ErrForbidden)
	tablet, err := h.PairDevice(t.Context(), h.manager, h.venue.ID, "Pass")
	must(t, err)
	hash := desk.Hash(tablet.Token)

	in, err := h.SignInByPin(t.Context(), hash, h.waiter.Person, "4711", strings.Repeat("ü", 100))
	must(t, err)
	by, err := h.Session(t.Context(), desk.Hash(in.Token))
	if must(t, err); !by.Shared || by.Person != h.waiter.Person || by.Role(h.venue.ID) != feedback.Staff || by.Device == "" {
		t.Errorf("the tablet is %+v", by)
	}
	in, err = h.SignInByPin(t.Context(), hash, h.manager.Person, "1234", "")
	must(t, err)
	by, err = h.Session(t.Context(), desk.Hash(in.Token))
	if must(t, err); by.Role(h.venue.ID) != feedback.Manager || by.SeesContact(h.venue.ID) || by.OrgRole != feedback.Nobody {
		t.Errorf("a manager's tablet is %+v", by)
	}
	stranger := newStranger(t, h)
	must(t, h.SetPin(t.Context(), h.owner, stranger.Person, "4711"))
	for what, person := range map[string]string{"wrong PIN": h.waiter.Person, "no PIN": h.other.Person, "from another venue": stranger.Person, "nobody": "x"} {
		pin := "4711"
		if what == "wrong PIN" {
			pin = "4710"
		}
		_, err := h.SignInByPin(t.Context(), hash, person, pin, "")
		wantProblem(t, what, err, "pin")
	}
	_, err = h.SignInByPin(t.Context(), "x", h.waiter.Person, "4711", "")
	wantErr(t, "another tablet", err, feedback.ErrNotFound)

	h.clk.advance(feedback.SharedIdle)
	_, err = h.Session(t.Context(), desk.Hash(in.Token))
	wantErr(t, "left lying about", err, feedback.ErrUnauthorised)
	in, err = h.SignInByPin(t.Context(), hash, h.waiter.Person, "4711", "")
	must(t, err)
	must(t, h.Unpair(t.Context(), h.manager, h.venue.ID, hash))
	_, err = h.Session(t.Context(), desk.Hash(in.Token))
	wantErr(t, "unpaired", err, feedback.ErrUnauthorised)
	_, err = h.SignInByPin(t.Context(), hash, h.waiter.Person, "4711", "")
	wantErr(t, "unpaired, by PIN", err, feedback.ErrNotFound)
}

// Whoever is sent away while a password is being hashed for them stays away.
func TestSetPassword_DoesNotBringBackWhoWasDisabled(t *testing.T) {
	h := newHouse(t)
	p := h.added(t, desk.NewPerson{Name: "Lin", Email: "lin@example.com", Role: feedback.Owner})
	save := func() error {
		return h.s.Tx(t.Context(), func(tx store.Tx) error { return desk.SavePassword(t.Context(), tx.Org(h.owner), p.Person, "hash") })
	}
	must(t, save())
	yes := true
	must(t, h.ChangePerson(t.Context(), h.owner, p.Person, desk.PersonChange{Disabled: &yes}))
	wantErr(t, "disabled meanwhile", save(), feedback.ErrNotFound)
	who, err := h.s.Org(h.owner).Person(t.Context(), p.Person)
	if must(t, err); who.DisabledAt.IsZero() || who.PasswordHash != "hash" {
		t.Errorf("they are %+v", who)
	}
}
