package staff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
)

func TestSignIn(t *testing.T) {
	h := open(t)
	h.setPassword(t, h.maria)
	gone := h.jonas
	h.setPassword(t, gone)
	yes := true
	must(t, h.desk.ChangePerson(t.Context(), h.owner, gone.Person, desk.PersonChange{Disabled: &yes}))

	const wrong = "This e-mail address and password don’t match."
	tests := map[string]struct {
		email, password string
		code            int
		shows           string
	}{
		"right":           {address(h.maria), password, http.StatusSeeOther, ""},
		"in capitals":     {" " + strings.ToUpper(address(h.maria)) + " ", password, http.StatusSeeOther, ""},
		"wrong password":  {address(h.maria), "wrong", http.StatusUnprocessableEntity, wrong},
		"nobody's":        {"nobody@example.com", password, http.StatusUnprocessableEntity, wrong},
		"disabled":        {address(gone), password, http.StatusUnprocessableEntity, wrong},
		"nothing entered": {"", "", http.StatusUnprocessableEntity, wrong},
		"said once":       {address(h.maria), "wrong", http.StatusUnprocessableEntity, "<h1>Sign in</h1>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := h.browser()
			a := b.post(t, "/sign-in", "email", tt.email, "password", tt.password).wants(t, tt.code)
			a.says(t, tt.shows)
			if in := b.cookies["mr"] != ""; in != (tt.code == http.StatusSeeOther) {
				t.Errorf("has a session: %v", in)
			}
			if strings.Contains(a.text, tt.password) && tt.password != "" {
				t.Error("the page repeats the password")
			}
		})
	}
}

func TestSignIn_GoesOnWhereOneCameFrom(t *testing.T) {
	h := open(t)
	h.setPassword(t, h.maria)
	b := h.browser()
	b.get(t, h.board()).leadsTo(t, "/sign-in?next=%2Fboard%2F"+h.venue.ID)
	tests := map[string]string{
		h.board(): h.board(), "": "/board", "https://evil.example/": "/board", "//evil.example": "/board", "/\\evil.example": "/board",
	}
	for next, want := range tests {
		h.clock.advance(time.Minute)
		h.browser().post(t, "/sign-in", "email", address(h.maria), "password", password, "next", next).leadsTo(t, want)
	}
	b.post(t, "/sign-in", "email", address(h.maria), "password", password)
	b.get(t, "/board").leadsTo(t, h.board())
}

func TestSignIn_WaitsAfterWrongTries(t *testing.T) {
	h := open(t)
	h.setPassword(t, h.maria)
	b := h.browser()
	for range 5 {
		b.post(t, "/sign-in", "email", address(h.maria), "password", "guess")
	}
	a := b.post(t, "/sign-in", "email", address(h.maria), "password", password).wants(t, http.StatusTooManyRequests)
	a.says(t, "Too many tries.")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.clock.advance(2 * time.Minute)
	b.post(t, "/sign-in", "email", address(h.maria), "password", password).leadsTo(t, "/board")
}

// T29: a token that was there before opens nothing afterwards.
func TestSignIn_TakesANewSession(t *testing.T) {
	h := open(t)
	h.setPassword(t, h.maria)
	planted := h.browser()
	planted.cookies["mr"] = "PLANTEDPLANTEDPLANTEDPLANT"
	victim := h.browser()
	victim.cookies["mr"] = planted.cookies["mr"]
	victim.post(t, "/sign-in", "email", address(h.maria), "password", password).leadsTo(t, "/board")
	if victim.cookies["mr"] == planted.cookies["mr"] {
		t.Fatal("the planted token was kept")
	}
	planted.get(t, h.board()).wants(t, http.StatusSeeOther)

	before := h.browser()
	before.cookies["mr"] = victim.cookies["mr"]
	before.get(t, h.board()).wants(t, http.StatusOK)
	victim.post(t, "/sign-in", "email", address(h.maria), "password", password).leadsTo(t, "/board")
	before.get(t, h.board()).wants(t, http.StatusSeeOther)
	victim.get(t, h.board()).wants(t, http.StatusOK)
}

func TestSignOut_EndsTheSession(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	stolen := h.browser()
	stolen.cookies["mr"] = b.cookies["mr"]
	stolen.get(t, h.board()).wants(t, http.StatusOK)
	b.post(t, "/sign-out").leadsTo(t, "/sign-in")
	if b.cookies["mr"] != "" {
		t.Error("the browser keeps its session")
	}
	stolen.get(t, h.board()).wants(t, http.StatusSeeOther)
}

func TestEnter_SignsInByADemoLink(t *testing.T) {
	h := open(t)
	demo := demoHouse(t)
	for token, want := range map[string]string{
		demo.links.Owner.Token: "/owner/" + demo.links.Venue.ID, demo.links.Board.Token: "/board/" + demo.links.Venue.ID,
	} {
		b := demo.browser()
		b.get(t, "/enter/"+token).leadsTo(t, want)
		b.get(t, "/board").leadsTo(t, "/board/"+demo.links.Venue.ID)
	}
	h.browser().get(t, "/enter/"+demo.links.Owner.Token).wants(t, http.StatusNotFound)
}

// demo is a house that the demo filled.
type demo struct {
	*house
	links desk.Demo
}

func demoHouse(t *testing.T) demo {
	t.Helper()
	h := empty(t)
	links, err := h.desk.FillDemo(t.Context())
	must(t, err)
	return demo{h, links}
}

func TestPin(t *testing.T) {
	h := open(t)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.maria.Person, "2580"))
	must(t, h.desk.SetPin(t.Context(), h.owner, h.boss.Person, "1470"))
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "  ").wants(t, http.StatusUnprocessableEntity)
	tablet.post(t, h.board()+"/pair", "name", "The pass").leadsTo(t, "/pin")
	if tablet.cookies["mr"] != "" {
		t.Error("the manager is still signed in on the shared tablet")
	}
	page := tablet.get(t, "/pin").wants(t, http.StatusOK)
	page.says(t, "Trattoria, The pass")
	if n := page.page(t).Find("[name=who]").Length(); n != 2 {
		t.Errorf("%d names, want the 2 who have a PIN", n)
	}

	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "0000").wants(t, http.StatusUnprocessableEntity).says(t, "That name and PIN do not match.")
	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "1470").wants(t, http.StatusUnprocessableEntity)
	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "2580").leadsTo(t, h.board())
	tablet.get(t, h.board()).says(t, "<bdi>Maria</bdi>")

	before := tablet.cookies["mr"]
	tablet.post(t, "/pin", "who", h.boss.Person, "pin", "1470").leadsTo(t, h.board()) // switch person
	tablet.get(t, h.board()).says(t, "<bdi>Berta</bdi>")
	old := h.browser()
	old.cookies["mr"] = before
	old.get(t, h.board()).wants(t, http.StatusSeeOther)

	tablet.post(t, "/sign-out").leadsTo(t, "/pin") // lock
	tablet.get(t, h.board()).wants(t, http.StatusSeeOther)
}

func TestPin_EndsWithTheTablet(t *testing.T) {
	h := open(t)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.maria.Person, "2580"))
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "The pass")
	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "2580").leadsTo(t, h.board())
	must(t, h.desk.Unpair(t.Context(), h.owner, h.venue.ID, desk.Hash(tablet.cookies["mr_device"])))
	tablet.get(t, h.board()).wants(t, http.StatusSeeOther)
	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "2580").leadsTo(t, "/sign-in")
	if tablet.cookies["mr_device"] != "" {
		t.Error("the browser still thinks it is a tablet")
	}
	h.browser().get(t, "/pin").leadsTo(t, "/sign-in")
}

func TestPair_IsForManagersWhoSignedIn(t *testing.T) {
	h := open(t)
	h.as(t, h.maria).post(t, h.board()+"/pair", "name", "Mine").wants(t, http.StatusForbidden)
	h.browser().post(t, h.board()+"/pair", "name", "Mine").wants(t, http.StatusUnauthorized)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.boss.Person, "1470"))
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "The pass")
	tablet.post(t, "/pin", "who", h.boss.Person, "pin", "1470").leadsTo(t, h.board())
	tablet.post(t, h.board()+"/pair", "name", "Another").wants(t, http.StatusForbidden)
	devices, err := h.store.For(h.owner, h.venue.ID).Devices(t.Context())
	must(t, err)
	if len(devices) != 1 {
		t.Errorf("%d tablets, want 1", len(devices))
	}
}
