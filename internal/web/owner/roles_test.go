package owner_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// route is an address, what is posted to it, and what owner and manager get.
type route struct {
	path        string
	form        url.Values // nil: GET
	owner, lead int
	page        string // the file that is drawn
}

// routes are all addresses of a venue; those that change something come last.
func (p *place) routes() []route {
	table, staff := "/tables/"+p.tables[0], "/team/"+p.staff.Person
	code := p.code(p.tables[0]).ID
	key, _, err := p.desk.CreateKey(p.Context(), p.owner, "till", feedback.ScopeRead, p.clock.t.AddDate(1, 0, 0))
	if err != nil {
		p.Fatal(err)
	}
	tablet, err := p.desk.PairDevice(p.Context(), p.manager, p.venue.ID, "Pass tablet")
	if err != nil {
		p.Fatal(err)
	}
	room, err := p.desk.AddChannel(p.Context(), p.manager, desk.NewChannel{Venue: p.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/x"})
	if err != nil {
		p.Fatal(err)
	}
	hook, _, err := p.desk.AddWebhook(p.Context(), p.owner, desk.Webhook{URL: "https://hook.example/x"})
	if err != nil {
		p.Fatal(err)
	}
	hooks, post1 := "/webhooks/"+hook, p.posts(hook, "accepted")
	task, burst := "/tasks/"+p.task(), "/bursts/"+p.burst(1)
	follow := "/follow/" + p.lost().ID
	post := url.Values{}
	return []route{
		{"", nil, 200, 200, "overview.html"},
		{"/issues", nil, 200, 200, "issues.html"},
		{"/bursts", nil, 200, 200, "bursts.html"},
		{burst + "/abuse", post, 303, 303, ""},
		{burst + "/clear", post, 303, 303, ""},
		{"/why", nil, 200, 200, "why.html"},
		{"/reach", nil, 200, 200, "reach.html"},
		{"/compare", nil, 200, 200, "compare.html"},
		{"/tasks", nil, 200, 200, "tasks.html"},
		{"/follow", nil, 200, 200, "follows.html"},
		{"/follow?show=settled", nil, 200, 200, "follows.html"},
		{"/follow?show=lapsed", nil, 200, 200, "follows.html"},
		{follow, nil, 200, 200, "follow.html"},
		{"/alerts", nil, 200, 200, "alerts.html"},
		{"/budget", nil, 200, 200, "budget.html"},
		{"/escalation", nil, 200, 200, "escalation.html"},
		{"/escalation", post, 422, 422, ""},
		{"/duty", nil, 200, 200, "duty.html"},
		{"/screens", nil, 200, 200, "screens.html"},
		{"/duty/" + p.staff.Person, nil, 200, 200, "shifts.html"},
		{"/duty/" + p.staff.Person, url.Values{"hours_mon": {"late"}}, 422, 422, ""},
		{task, nil, 200, 200, "task.html"},
		{"/start", nil, 303, 303, ""}, // it is behind this venue
		{"/start/tables", nil, 303, 303, ""},
		{"/start/tables", post, 303, 303, ""},
		{"/start/links", nil, 303, 303, ""},
		{"/start/links", post, 303, 303, ""},
		{"/start/people", nil, 303, 303, ""},
		{"/start/people", post, 303, 303, ""},
		{"/start/print", nil, 303, 303, ""},
		{"/start/print/pass", post, 303, 303, ""},
		{"/codes", nil, 200, 200, "codes.html"},
		{"/codes/" + code + ".svg", nil, 200, 200, ""},
		{"/codes/" + code + ".png", nil, 200, 200, ""},
		{"/sheet.pdf", nil, 200, 200, ""},
		{"/print", nil, 200, 200, "print.html"},
		{"/labels.css?labels=L7160", nil, 200, 200, ""},
		{"/life", nil, 200, 200, "life.html"},
		{"/life/rotate", post, 422, 422, ""},
		{"/logo.png", nil, 404, 404, ""},
		{"/logo", post, 303, 303, ""},
		{table, nil, 200, 200, "table.html"},
		{table + "/revoke", nil, 200, 200, "confirm.html"},
		{table + "/remove", nil, 200, 200, "confirm.html"},
		{"/team", nil, 200, 200, "team.html"},
		{staff, nil, 200, 200, "person.html"},
		{staff + "/disable", nil, 200, 200, "confirm.html"},
		{"/account", nil, 200, 200, "account.html"},
		{"/settings", nil, 200, 200, "settings.html"},
		{"/checkins", nil, 200, 200, "checkins.html"},
		{"/digest", nil, 200, 200, "digest.html"},
		{"/digest", post, 303, 303, ""},
		{"/texts", nil, 200, 200, "texts.html"},
		{"/safety", nil, 200, 200, "safety.html"},
		{"/safety", post, 303, 303, ""},
		{"/keys/" + key + "/revoke", nil, 200, 403, "confirm.html"},
		{"/audit", nil, 200, 403, "audit.html"},
		{"/file", nil, 200, 403, "file.html"},
		{"/file", post, 422, 403, ""},
		{"/file/confirm", post, 422, 403, ""},
		{"/venue.json", nil, 200, 403, ""},
		{"/channels", nil, 200, 200, "channels.html"},
		{"/channels", post, 422, 422, ""},
		{"/channels/" + room + "/test", post, 303, 303, ""},
		{"/channels/" + room + "/remove", post, 303, 404, ""}, // the owner was first
		{"/webhooks", nil, 200, 403, "webhooks.html"},
		{"/webhooks", post, 422, 403, ""},
		{hooks, nil, 200, 403, "webhook.html"},
		{hooks, post, 422, 403, ""},
		{hooks + "/test", post, 303, 403, ""},
		{hooks + "/deliveries/" + post1 + "/again", post, 303, 403, ""},
		{hooks + "/pause", post, 303, 403, ""},
		{hooks + "/rotate", post, 200, 403, ""},
		{hooks + "/remove", nil, 200, 403, "confirm.html"},
		{hooks + "/remove", post, 303, 403, ""},
		{"/tables", post, 422, 422, ""},
		{table, post, 422, 422, ""},
		{"/team", post, 422, 422, ""},
		{staff, post, 422, 422, ""},
		{staff + "/pin", post, 422, 422, ""},
		{"/settings", post, 422, 422, ""},
		{"/texts", url.Values{"show": {"safety"}}, 422, 422, ""},
		{"/checkins", url.Values{"on": {"mains"}, "minutes_mains": {"soon"}}, 422, 422, ""},
		{task, url.Values{"due_on": {"soon"}}, 422, 422, ""},
		{task, post, 303, 303, ""},
		{follow, post, 422, 422, ""},
		{follow, url.Values{"outcome": {"reached"}}, 303, 303, ""},
		{"/account/password", post, 422, 422, ""},
		{"/account/sessions", post, 303, 303, ""},
		{"/keys", post, 422, 403, ""},
		{staff + "/link", post, 200, 200, ""},
		{staff + "/disable", post, 303, 303, ""},
		{staff + "/enable", post, 303, 303, ""},
		{"/tablets/" + web.Hash(tablet.Token) + "/unpair", post, 303, 404, ""}, // the owner was first
		{"/keys/" + key + "/revoke", post, 303, 403, ""},
		{table + "/rotate", post, 303, 303, ""},
		{table + "/revoke", post, 303, 303, ""},
		{table + "/remove", post, 303, 404, ""},
	}
}

func (b *browser) visit(base string, r route) answer {
	b.Helper()
	if r.form == nil {
		return b.get(base + r.path)
	}
	return b.post(base+r.path, r.form)
}

// missing are the pages for what is not there: when asked for (true), and when
// posted to.
func (b *browser) missing() map[bool]string {
	b.Helper()
	get, post := b.get("/owner/nowhere"), b.post("/owner/nowhere/team", url.Values{})
	if get.StatusCode != http.StatusNotFound || post.StatusCode != http.StatusNotFound {
		b.Fatalf("an unknown venue: %d, %d", get.StatusCode, post.StatusCode)
	}
	return map[bool]string{true: get.text, false: post.text}
}

// Owners do everything, managers their venue, staff nothing here, strangers are
// asked to sign in; a venue of somebody else is not there, for anybody.
func TestRoles(t *testing.T) {
	p := newPlace(t)
	foreign, theirs := storetest.Venue(t, p.store)
	outsider := p.signIn(foreign, "")
	missing := p.boss.missing()
	routes := p.routes()
	for _, r := range routes {
		if a := p.stranger().visit(p.path(""), r); a.StatusCode != http.StatusSeeOther && a.StatusCode != http.StatusUnauthorized ||
			a.StatusCode == http.StatusSeeOther && !strings.HasPrefix(a.Header.Get("Location"), "/sign-in?next=") {
			t.Errorf("%s, a stranger: %d to %s", r.path, a.StatusCode, a.Header.Get("Location"))
		}
		if a := p.waiter.visit(p.path(""), r); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s, staff: %d, want 403", r.path, a.StatusCode)
		}
		for who, a := range map[string]answer{
			"an owner of others":    outsider.visit(p.path(""), r),
			"at another's venue":    p.boss.visit("/owner/"+theirs.ID, r),
			"a manager, at another": p.lead.visit("/owner/"+theirs.ID, r),
			"an owner, at no venue": p.boss.visit("/owner/nowhere", r),
			"a venue with a NUL":    p.boss.visit("/owner/"+p.venue.ID+"%00", r),
			"a longer id":           p.boss.visit("/owner/"+p.venue.ID+"x", r),
		} {
			if a.StatusCode != http.StatusNotFound || a.text != missing[r.form == nil] {
				t.Errorf("%s, %s: %d, want the same 404", r.path, who, a.StatusCode)
			}
		}
	}
	for _, r := range routes {
		if a := p.boss.visit(p.path(""), r); a.StatusCode != r.owner {
			t.Errorf("%s, the owner: %d, want %d", r.path, a.StatusCode, r.owner)
		}
		if a := p.lead.visit(p.path(""), r); a.StatusCode != r.lead {
			t.Errorf("%s, a manager: %d, want %d", r.path, a.StatusCode, r.lead)
		}
	}
	for path, want := range map[string]int{"/owner": 403, "/owner/new": 403} {
		waiter := p.signIn(storetest.Person(t, p.store, p.owner, p.venue.ID, "Priya", feedback.Staff), "")
		if a := waiter.get(path); a.StatusCode != want {
			t.Errorf("%s, staff: %d", path, a.StatusCode)
		}
	}
}

// Ids of another venue in the address find nothing, and change nothing.
func TestRoles_ForeignIDs(t *testing.T) {
	p := newPlace(t)
	other := placeIn(p.house)
	key, _, err := p.desk.CreateKey(t.Context(), other.owner, "till", feedback.ScopeRead, p.clock.t.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	room, err := p.desk.AddChannel(p.Context(), other.owner, desk.NewChannel{Venue: other.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	missing := p.boss.missing()
	table, person, code := "/tables/"+other.tables[0], "/team/"+other.staff.Person, other.code(other.tables[0])
	for _, r := range []route{
		{path: table},
		{path: table + "/revoke"},
		{path: table + "/remove"},
		{path: person},
		{path: person + "/disable"},
		{path: "/codes/" + code.ID + ".svg"},
		{path: "/duty/" + other.staff.Person},
		{path: "/duty/" + other.staff.Person, form: values("hours_mon", "9-17")},
		{path: "/keys/" + key + "/revoke"},
		{path: "/sheet.pdf?tables=" + other.tables[0]},
		{path: table, form: values("name", "Ours")},
		{path: table + "/rotate", form: url.Values{}},
		{path: table + "/revoke", form: url.Values{}},
		{path: table + "/remove", form: url.Values{}},
		{path: person, form: values("name", "Ours")},
		{path: person + "/link", form: url.Values{}},
		{path: person + "/pin", form: values("pin", "4711")},
		{path: person + "/disable", form: url.Values{}},
		{path: person + "/enable", form: url.Values{}},
		{path: "/keys/" + key + "/revoke", form: url.Values{}},
		{path: "/channels/" + room + "/test", form: url.Values{}},
		{path: "/channels/" + room + "/remove", form: url.Values{}},
	} {
		if a := p.boss.visit(p.path(""), r); a.StatusCode != http.StatusNotFound || a.text != missing[r.form == nil] {
			t.Errorf("%s: %d, want the same 404", r.path, a.StatusCode)
		}
	}
	if other.code(other.tables[0]).Code != code.Code {
		t.Error("the code of another's table was changed")
	}
}

// Every page is drawn, in every language, without a missing word and without
// anything that the policy of these pages would refuse.
func TestPages(t *testing.T) {
	p := newPlace(t)
	busy(p)
	begun := storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Setup = feedback.SetupTables })
	if _, err := p.desk.AddTables(t.Context(), p.owner, begun.ID, []desk.NewTable{{Name: "1"}}); err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	check := func(lang, name string, a answer) {
		t.Helper()
		drawn[name] = true
		doc := p.boss.read(a, a.StatusCode)
		if strings.Contains(a.text, "⟦") || strings.Contains(a.text, "ZgotmplZ") {
			t.Errorf("%s in %s: a word or address is missing", name, lang)
		}
		if got := doc.Find("html").AttrOr("lang", ""); got != lang {
			t.Errorf("%s: lang = %q, want %q", name, got, lang)
		}
		if n := doc.Find("[style], style, script:not([src])").Length(); n != 0 {
			t.Errorf("%s: %d styles or scripts stand inside", name, n)
		}
		doc.Find("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if doc.Find(`label[for="`+id+`"]`).Length() != 1 && s.AttrOr("aria-label", "") == "" {
				t.Errorf("%s: the field %q has no label", name, id)
			}
		})
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			if id := s.AttrOr("id", ""); seen[id] {
				t.Errorf("%s: id %q twice", name, id)
			} else {
				seen[id] = true
			}
		})
		if doc.Find("h1").Length() != 1 {
			t.Errorf("%s: %d h1", name, doc.Find("h1").Length())
		}
	}
	stop := p.stopLink()
	for _, lang := range web.Languages() {
		b := p.signIn(p.owner, "")
		b.lang = lang
		for _, r := range p.routes() {
			if r.page != "" {
				check(lang, r.page, b.get(p.path(r.path)))
			}
		}
		check(lang, "venue_new.html", b.get("/owner/new"))
		for _, step := range feedback.SetupSteps {
			check(lang, "start.html", b.get("/owner/"+begun.ID+"/start/"+string(step)))
		}
		check(lang, "start.html", b.post("/owner/"+begun.ID+"/start/people", values("name1", "Ada", "email1", lang+"@example.com", "role1", "staff")))
		check(lang, "start.html", b.post("/owner/"+begun.ID+"/start/people", values("name1", "Ada", "email1", lang+"@example.com", "role1", "staff")))
		check(lang, "join.html", b.get(p.invites(p.staff, feedback.Invite)))
		check(lang, "join_ended.html", b.get("/join/NOPE"))
		check(lang, "stop.html", b.get(stop))
		fresh := newHouse(t)
		guest := &browser{house: fresh, lang: lang}
		check(lang, "setup.html", guest.get(fresh.setupLink()))
	}
	files, err := os.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !drawn[f.Name()] {
			t.Errorf("%s is drawn by no test", f.Name())
		}
	}
}
