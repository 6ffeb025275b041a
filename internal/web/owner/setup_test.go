package owner_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// founding is a setup form that is fine, after changes.
func founding(changes ...string) url.Values {
	form := values("name", "Ines Ferrari", "email", "ines@example.com", "password", "correct horse battery",
		"venue", "Fennel & Rye", "country", "DE")
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

func (h *house) setupLink() string {
	h.Helper()
	link, err := h.desk.SetupLink(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return "/setup/" + link.Token
}

func TestSetup(t *testing.T) {
	h := newHouse(t)
	at, b := h.setupLink(), h.stranger()
	b.lang = "de-AT,de;q=0.8"
	doc := b.page(at, http.StatusOK)
	if got := doc.Find("#country option[selected]").AttrOr("value", ""); got != "AT" {
		t.Errorf("country = %q, want the browser's own, AT", got)
	}
	a := b.post(at, founding())
	b.goes(a, "/owner/")
	b.session = sessionOf(t, a)
	venue := strings.Split(a.Header.Get("Location"), "/")[2]
	set := b.page("/owner/"+venue+"/settings", http.StatusOK)
	for field, want := range map[string]string{"#name": "Fennel & Rye", "#timezone": "Europe/Berlin", "#currency": "EUR", "#promise_minutes": "3"} {
		if got := set.Find(field).AttrOr("value", ""); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	if got := set.Find("#fallback option[selected]").AttrOr("value", ""); got != "de" {
		t.Errorf("first language = %q, want the country's", got)
	}
	if got := set.Find("#country option[selected]").AttrOr("value", ""); got != "DE" {
		t.Errorf("country = %q", got)
	}
	b.goes(b.get(at), "/owner") // whoever used it is led back to where they left
	for _, a := range []answer{h.stranger().get(at), h.stranger().post(at, founding("email", "other@example.com"))} {
		if a.StatusCode != http.StatusNotFound {
			t.Errorf("the link once used: %d, want 404", a.StatusCode)
		}
	}
	if unknown := h.stranger().get("/setup/NOPE"); unknown.text != h.stranger().get(at).text {
		t.Error("a used link answers otherwise than an unknown one")
	}
}

func TestSetup_SaysWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		field, value string
		at           string // the field that is marked
	}{
		"no name":           {"name", " ", "name"},
		"a long name":       {"name", strings.Repeat("x", 81), "name"},
		"no e-mail":         {"email", "", "email"},
		"half an e-mail":    {"email", "ines@", "email"},
		"a short password":  {"password", "short", "password"},
		"a common password": {"password", "password123", "password"},
		"no venue":          {"venue", "", "venue"},
		"no such country":   {"country", "XX", "country"},
	}
	h := newHouse(t)
	at := h.setupLink()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := &browser{house: &house{T: t, clock: h.clock, store: h.store, desk: h.desk, echo: h.echo}}
			form := founding(tt.field, tt.value)
			doc := b.read(b.post(at, form), http.StatusUnprocessableEntity)
			marked := doc.Find("[aria-invalid=true]")
			if marked.Length() != 1 || marked.AttrOr("id", "") != tt.at {
				t.Errorf("marked %d fields, first %q, want only %q", marked.Length(), marked.AttrOr("id", ""), tt.at)
			}
			if text(doc.Find("#"+tt.at+"-err")) == "" || doc.Find(`.sum a[href="#`+tt.at+`"]`).Length() != 1 {
				t.Errorf("%s: nothing said beside the field and on top", tt.at)
			}
			if !strings.HasPrefix(doc.Find("title").Text(), "Error:") {
				t.Errorf("title = %q", doc.Find("title").Text())
			}
			for _, field := range []string{"name", "email", "venue"} {
				if got := doc.Find("#"+field).AttrOr("value", ""); got != form.Get(field) {
					t.Errorf("%s = %q, want it kept: %q", field, got, form.Get(field))
				}
			}
			if got := doc.Find("#password").AttrOr("value", "-"); got != "" {
				t.Errorf("the password came back: %q", got)
			}
		})
	}
	if empty, err := h.store.Empty(t.Context()); err != nil || !empty {
		t.Errorf("after nothing but mistakes: empty = %v, %v", empty, err)
	}
	h.stranger().goes(h.stranger().post(at, founding("country", "")), "/owner/")
}

// Two fields ask for a name, so what is wrong on top names the field, and goes
// down the page as the fields do.
func TestSetup_NamesTheFields(t *testing.T) {
	h := newHouse(t)
	doc := h.stranger().read(h.stranger().post(h.setupLink(), url.Values{}), http.StatusUnprocessableEntity)
	var got []string
	doc.Find(".sum a").Each(func(_ int, s *goquery.Selection) { got = append(got, text(s)) })
	want := []string{
		"Name of the place: Please enter a name.", "Your name: Please enter a name.",
		"Your e-mail: Please enter an e-mail address.", "A password: Please use at least 10 characters.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("on top stands %q, want %q", got, want)
	}
}

// T33: of any number of setups at once one succeeds, and only with the secret.
func TestSetup_Raced(t *testing.T) {
	h := newHouse(t)
	at := h.setupLink()
	var won, lost, other atomic.Int64
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			to := at
			if n%4 != 0 {
				to = "/setup/" + web.NewToken()
			}
			switch a := h.stranger().post(to, founding()); a.StatusCode {
			case http.StatusSeeOther:
				won.Add(1)
			case http.StatusNotFound:
				lost.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 199 || other.Load() != 0 {
		t.Errorf("won %d, not found %d, other %d; want 1, 199, 0", won.Load(), lost.Load(), other.Load())
	}
	orgs, err := h.store.Organisations(t.Context())
	if err != nil || len(orgs) != 1 {
		t.Errorf("organisations: %v, %v; want one", orgs, err)
	}
}

func sessionOf(t *testing.T, a answer) string {
	t.Helper()
	for _, c := range a.Cookies() {
		if c.Name == "__Host-mr" && c.HttpOnly && c.Secure {
			return c.Value
		}
	}
	t.Fatalf("no session among %v", a.Cookies())
	return ""
}

func (p *place) invites(who feedback.Actor, kind feedback.InvitationKind) string {
	p.Helper()
	link, err := p.desk.InvitePerson(p.Context(), p.owner, who.Person, kind)
	if err != nil {
		p.Fatal(err)
	}
	return "/join/" + link.Token
}

func TestJoin(t *testing.T) {
	p := newPlace(t)
	tests := map[string]struct {
		who  feedback.Actor
		kind feedback.InvitationKind
		to   string
	}{
		"a waiter, for the first time": {p.staff, feedback.Invite, "/board"},
		"a manager, anew":              {p.manager, feedback.Reset, "/owner"},
		"an owner":                     {p.owner, feedback.Reset, "/owner"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			at, b := p.invites(tt.who, tt.kind), p.stranger()
			for range 3 { // opening it uses nothing up
				b.page(at, http.StatusOK)
			}
			doc := b.read(b.post(at, values("password", "short")), http.StatusUnprocessableEntity)
			if text(doc.Find("#password-err")) == "" || doc.Find("#password").AttrOr("value", "-") != "" {
				t.Error("a short password: nothing said, or it came back")
			}
			a := b.post(at, values("password", "a long enough one"))
			b.goes(a, tt.to)
			actor, err := p.desk.Session(t.Context(), web.Hash(sessionOf(t, a)))
			if err != nil || actor.Person != tt.who.Person {
				t.Errorf("signed in as %q, %v", actor.Name, err)
			}
			for _, again := range []answer{b.get(at), b.post(at, values("password", "another long one"))} {
				if again.StatusCode != http.StatusNotFound || !strings.Contains(again.text, "This link has ended") {
					t.Errorf("the second time: %d %.200s", again.StatusCode, again.text)
				}
			}
		})
	}
}

func TestJoin_Ends(t *testing.T) {
	p := newPlace(t)
	invite, reset := p.invites(p.staff, feedback.Invite), p.invites(p.manager, feedback.Reset)
	p.clock.advance(feedback.ResetMax)
	b := p.stranger()
	b.page(invite, http.StatusOK)
	ended := b.get(reset)
	if ended.StatusCode != http.StatusNotFound || ended.text != b.get("/join/NOPE").text {
		t.Errorf("a reset after half an hour: %d, or otherwise than an unknown one", ended.StatusCode)
	}
	p.clock.advance(feedback.InvitationMax)
	if a := b.post(invite, values("password", "a long enough one")); a.StatusCode != http.StatusNotFound {
		t.Errorf("an invitation after a week: %d", a.StatusCode)
	}
}

func TestJoin_IsForNoOtherLink(t *testing.T) {
	h := newHouse(t)
	at := h.setupLink()
	demo, err := h.desk.FillDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{demo.Owner.Token, strings.TrimPrefix(at, "/setup/")} {
		if a := h.stranger().get("/join/" + token); a.StatusCode != http.StatusNotFound {
			t.Errorf("GET of another kind of link: %d", a.StatusCode)
		}
		if a := h.stranger().post("/join/"+token, values("password", "a long enough one")); a.StatusCode != http.StatusNotFound {
			t.Errorf("POST of another kind of link: %d", a.StatusCode)
		}
	}
	if a := h.stranger().post(at, founding()); a.StatusCode != http.StatusNotFound {
		t.Errorf("a setup link after another way was taken: %d", a.StatusCode)
	}
}

func TestJoin_Raced(t *testing.T) {
	p := newPlace(t)
	at := p.invites(p.staff, feedback.Invite)
	var won atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a := p.stranger().post(at, values("password", "a long enough one")); a.StatusCode == http.StatusSeeOther {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 used the link, want 1", won.Load())
	}
}

func TestNewVenue(t *testing.T) {
	p := newPlace(t)
	p.boss.page("/owner/new", http.StatusOK)
	doc := p.boss.read(p.boss.post("/owner/new", values("venue", "", "country", "IT")), http.StatusUnprocessableEntity)
	if text(doc.Find("#venue-err")) == "" || doc.Find("#country option[selected]").AttrOr("value", "") != "IT" {
		t.Error("a venue without a name: nothing said, or the country lost")
	}
	a := p.boss.post("/owner/new", values("venue", "Harbour", "country", "IT"))
	p.boss.goes(a, "/owner/")
	at := strings.TrimSuffix(a.Header.Get("Location"), "/start")
	p.boss.goes(p.boss.get(at+"/start"), at+"/start/tables")
	doc = p.boss.page(at, http.StatusOK)
	if menu := text(doc.Find(".side .menu")); !strings.Contains(menu, "Harbour") || !strings.Contains(menu, p.venue.Name) {
		t.Errorf("menu = %q, want both venues", menu)
	}
	p.lead.goes(p.lead.get("/owner"), p.path(""))
	empty := newHouse(t)
	alone := storetest.Owner(t, empty.store)
	b := empty.signIn(alone, "")
	b.goes(b.get("/owner"), "/owner/new")
}
