package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// fill reads the settings form as a browser would send it.
func fill(doc *goquery.Document) url.Values {
	form := url.Values{}
	scope := doc.Find("form.settings")
	scope.Find("input").Each(func(_ int, s *goquery.Selection) {
		kind := s.AttrOr("type", "text")
		if _, checked := s.Attr("checked"); checked || kind != "radio" && kind != "checkbox" {
			form.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
		}
	})
	scope.Find("select").Each(func(_ int, s *goquery.Selection) {
		form.Add(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	scope.Find("textarea").Each(func(_ int, s *goquery.Selection) { form.Add(s.AttrOr("name", ""), s.Text()) })
	return form
}

func (p *place) settings() url.Values {
	p.Helper()
	return fill(p.lead.page(p.path("/settings"), http.StatusOK))
}

func (p *place) details() feedback.Venue {
	p.Helper()
	v, err := p.store.For(p.owner, p.venue.ID).Details(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return v
}

func TestSettings_Save(t *testing.T) {
	p := newPlace(t)
	before := p.details()
	p.lead.goes(p.lead.post(p.path("/settings"), p.settings()), p.path("/settings?done=saved"))
	if diff := cmp.Diff(before, p.details()); diff != "" {
		t.Errorf("saving what is shown changes the venue (-was +is):\n%s", diff)
	}
	form := p.settings()
	for name, value := range map[string]string{
		"name": "  Harbour  ", "country": "US", "timezone": "America/Chicago", "currency": "usd", "promise_minutes": " 5 ",
		"names": "role", "visits": "scan", "open": "hours", "hours_mon": "11.30–15, 17:30 - 23:00", "hours_fri": "18-2", "hours_sat": "１１：３０〜１５、१७:३० - २३:००",
		"holidays": "25.12.2026\n2026-12-24 11:00-15:00\n", "fallback": "ar", "contact_days": " 14 ", "text_months": "6",
	} {
		form.Set(name, value)
	}
	form["languages"] = []string{"de", "ar"}
	form["link_label"], form["link_url"] = []string{"", "Google", ""}, []string{"", "https://g.page/r/x", ""}
	p.lead.goes(p.lead.post(p.path("/settings"), form), p.path("/settings?done=saved"))
	want := before
	want.Name, want.Country, want.TimeZone, want.Currency, want.PromiseMinutes, want.RoleOnly = "Harbour", "US", "America/Chicago", "USD", 5, true
	want.VisitOnScan, want.ContactDays, want.TextMonths = true, 14, 6
	want.Languages = []string{"ar", "de"}
	want.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://g.page/r/x"}}
	want.Hours = feedback.Hours{
		Week:     map[string][]string{"mon": {"11:30-15:00", "17:30-23:00"}, "fri": {"18:00-02:00"}, "sat": {"11:30-15:00", "17:30-23:00"}},
		Holidays: map[string][]string{"2026-12-25": {}, "2026-12-24": {"11:00-15:00"}},
	}
	if diff := cmp.Diff(want, p.details()); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	p.lead.goes(p.lead.post(p.path("/settings"), p.settings()), p.path("/settings?done=saved"))
	if diff := cmp.Diff(want, p.details()); diff != "" {
		t.Errorf("saving what is shown changes it (-want +got):\n%s", diff)
	}
}

func TestSettings_AlwaysOpenButForHolidays(t *testing.T) {
	p := newPlace(t)
	form := p.settings()
	form.Set("holidays", "2026-11-21")
	p.lead.goes(p.lead.post(p.path("/settings"), form), p.path("/settings?done=saved"))
	hours, zone := p.details().Hours, p.venue.Zone()
	if _, _, open := hours.Service(start, zone); open {
		t.Error("open on the holiday")
	}
	if _, _, open := hours.Service(start.AddDate(0, 0, 1), zone); !open {
		t.Error("closed on the day after")
	}
	doc := p.lead.page(p.path("/settings"), http.StatusOK)
	if got := doc.Find("[name=open][checked]").AttrOr("value", ""); got != "always" {
		t.Errorf("shown as %q, want always", got)
	}
}

func TestSettings_SayWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		field string
		value []string
		at    string
	}{
		"no name":                {"name", []string{" "}, "name"},
		"a long name":            {"name", []string{strings.Repeat("x", 81)}, "name"},
		"another planet":         {"timezone", []string{"Mars/Base"}, "timezone"},
		"no zone":                {"timezone", []string{""}, "timezone"},
		"this machine's zone":    {"timezone", []string{"Local"}, "timezone"},
		"a way out of the zones": {"timezone", []string{"../../etc/passwd"}, "timezone"},
		"an unknown country":     {"country", []string{"XX"}, "country"},
		"a long currency":        {"currency", []string{"EURO"}, "currency"},
		"no currency":            {"currency", []string{""}, "currency"},
		"a promise of nothing":   {"promise_minutes", []string{"0"}, "promise_minutes"},
		"an endless promise":     {"promise_minutes", []string{"61"}, "promise_minutes"},
		"a promise in words":     {"promise_minutes", []string{"three"}, "promise_minutes"},
		"contact for ever":       {"contact_days", []string{"366"}, "contact_days"},
		"contact for no day":     {"contact_days", []string{"0"}, "contact_days"},
		"words for ever":         {"text_months", []string{"61"}, "text_months"},
		"words for a while":      {"text_months", []string{"a while"}, "text_months"},
		"no language":            {"languages", nil, "languages"},
		"an unknown language":    {"languages", []string{"en", "tlh"}, "languages"},
		"hours in words":         {"hours_tue", []string{"nine to five"}, "hours_tue"},
		"25 o'clock":             {"hours_wed", []string{"11:00-25:00"}, "hours_wed"},
		"61 minutes":             {"hours_thu", []string{"11:61-15:00"}, "hours_thu"},
		"seven openings":         {"hours_sat", []string{"1-2,3-4,5-6,7-8,9-10,11-12,13-14"}, "hours_sat"},
		"never open":             {"hours_sun", []string{""}, "hours_mon"},
		"a holiday by name":      {"holidays", []string{"Christmas"}, "holidays"},
		"a day that is none":     {"holidays", []string{"2026-02-30"}, "holidays"},
		"Yelp":                   {"link_url", []string{"https://www.yelp.de/biz/x"}, "review_links"},
		"Yelp as a subdomain":    {"link_url", []string{"https://yelp.com"}, "review_links"},
		"a script as a link":     {"link_url", []string{"javascript:alert(1)"}, "review_links"},
		"http":                   {"link_url", []string{"http://g.page"}, "review_links"},
		"a name in the address":  {"link_url", []string{"https://a:b@g.page"}, "review_links"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			before := p.details()
			form := p.settings()
			form["link_label"], form["link_url"] = []string{"Review us"}, []string{"https://g.page/r/x"}
			form.Set("open", "hours")
			form.Set("hours_sun", "12-20")
			form[tt.field] = tt.value
			doc := p.lead.read(p.lead.post(p.path("/settings"), form), http.StatusUnprocessableEntity)
			if n := doc.Find(".err").Length(); n != 1 || text(doc.Find("#"+tt.at+"-err")) == "" {
				t.Errorf("%d problems said, the one beside %s: %q", n, tt.at, text(doc.Find("#"+tt.at+"-err")))
			}
			if doc.Find(`.sum a[href="#`+tt.at+`"]`).Length() != 1 || doc.Find("#"+tt.at).Length() != 1 {
				t.Errorf("no way from the top to %s", tt.at)
			}
			again := fill(doc)
			for _, field := range []string{"name", "timezone", "promise_minutes", "hours_tue", "hours_sun", "holidays"} {
				if again.Get(field) != strings.TrimSpace(form.Get(field)) && again.Get(field) != form.Get(field) {
					t.Errorf("%s came back as %q, want %q", field, again.Get(field), form.Get(field))
				}
			}
			if again["link_url"][0] != form["link_url"][0] || again["link_label"][0] != "Review us" {
				t.Errorf("links came back as %q", again["link_url"])
			}
			if diff := cmp.Diff(before, p.details()); diff != "" {
				t.Errorf("something was saved:\n%s", diff)
			}
		})
	}
}

func TestSettings_YelpIsRefusedWithTheReason(t *testing.T) {
	p := newPlace(t)
	form := p.settings()
	form["link_label"], form["link_url"] = []string{"Yelp"}, []string{"https://m.yelp.com/x"}
	doc := p.lead.read(p.lead.post(p.path("/settings"), form), http.StatusUnprocessableEntity)
	if got := text(doc.Find("#review_links-err")); !strings.Contains(got, "forbids asking for reviews") {
		t.Errorf("says %q", got)
	}
}

func TestKeys(t *testing.T) {
	p := newPlace(t)
	doc := p.boss.read(p.boss.post(p.path("/keys"), values("key_name", "Till", "scope", "visits", "life", "30")), http.StatusOK)
	secret := doc.Find("#once").AttrOr("value", "")
	actor, err := p.desk.Key(t.Context(), web.Hash(secret))
	if err != nil || actor.Scope != feedback.ScopeVisits {
		t.Fatalf("key %q: %v, %v", secret, actor.Scope, err)
	}
	list := p.boss.page(p.path("/settings"), http.StatusOK)
	if got := text(list.Find("#programs .rows")); !strings.Contains(got, "Till") || !strings.Contains(got, "last used 21 November 2026, 12:00") || !strings.Contains(got, "ends on 21 December 2026") || strings.Contains(list.Text(), secret) {
		t.Errorf("keys = %q, or the secret is shown again", got)
	}
	for field, form := range map[string]url.Values{
		"key_name": values("key_name", "", "scope", "read"),
		"scope":    values("key_name", "Till", "scope", "everything"),
	} {
		doc := p.boss.read(p.boss.post(p.path("/keys"), form), http.StatusUnprocessableEntity)
		if text(doc.Find("#"+field+"-err")) == "" || doc.Find("#key_name").AttrOr("value", "") != form.Get("key_name") {
			t.Errorf("%s: nothing said, or lost", field)
		}
	}
	revoke := list.Find("#programs .rows a.btn").AttrOr("href", "")
	form := p.boss.page(revoke, http.StatusOK).Find("main form")
	p.boss.goes(p.boss.post(form.AttrOr("action", ""), nil), p.path("/settings?done=key"))
	if _, err := p.desk.Key(t.Context(), web.Hash(secret)); err == nil {
		t.Error("the key still opens")
	}
	if a := p.boss.get(revoke); a.StatusCode != http.StatusNotFound {
		t.Errorf("revoked twice: %d", a.StatusCode)
	}
	if a := p.lead.post(p.path("/keys"), values("key_name", "Till", "scope", "read")); a.StatusCode != http.StatusForbidden {
		t.Errorf("a manager makes a key: %d", a.StatusCode)
	}
	if n := p.lead.page(p.path("/settings"), http.StatusOK).Find("#programs").Length(); n != 0 {
		t.Error("a manager sees the keys")
	}
}

func TestAudit(t *testing.T) {
	p := newPlace(t)
	form := p.settings()
	form.Set("promise_minutes", "5")
	p.lead.post(p.path("/settings"), form)
	p.boss.post(p.path("/keys"), values("key_name", "Till", "scope", "visits"))
	p.boss.post(p.path("/team/"+p.staff.Person+"/pin"), values("pin", "4711"))
	rows := p.boss.page(p.path("/audit"), http.StatusOK).Find("tbody tr")
	for i, want := range []string{
		"Olga Owner Changed a PIN: Sam Okoro", "Olga Owner Made a key: Till open and close visits",
		"Maria Rossi Changed settings: Trattoria Someone answers within how many minutes?", "Olga Owner Added tables 2 tables Table: 1",
	} {
		var cells []string
		rows.Eq(i).Find("td").Slice(1, 3).Each(func(_ int, s *goquery.Selection) { cells = append(cells, text(s)) })
		if got := strings.Join(cells, " "); got != want {
			t.Errorf("line %d = %q, want %q", i, got, want)
		}
	}
	if strings.Contains(text(rows), "4711") {
		t.Error("the PIN stands in the list")
	}
	for range 100 {
		p.boss.post(p.path("/team/"+p.owner.Person), values("name", "Olga Owner", "email", "o@example.com", "role", "owner"))
	}
	doc := p.boss.page(p.path("/audit"), http.StatusOK)
	next := p.boss.page(doc.Find("main .row .btn").AttrOr("href", ""), http.StatusOK)
	if first, rest := doc.Find("tbody tr").Length(), next.Find("tbody tr").Length(); first != 100 || rest != 4 {
		t.Errorf("pages of %d and %d lines, want 100 and 4", first, rest)
	}
	other, err := p.desk.AddVenue(t.Context(), p.owner, feedback.Venue{Name: "Second Fork", Country: "DE", TimeZone: "Europe/Berlin", Languages: []string{"en"}, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	// A page of one venue says of what was done in another where that was.
	if line := text(p.boss.page("/owner/"+other+"/audit", http.StatusOK).Find("tbody tr").First()); !strings.HasSuffix(line, "Added a venue: Second Fork") {
		t.Errorf("the newest line is %q", line)
	}
	if lines := text(next.Find("tbody")); strings.Contains(lines, "Added tables Trattoria") {
		t.Errorf("a page names its own venue: %q", lines)
	}
	after := strings.Replace(doc.Find("main .row .btn").AttrOr("href", ""), p.venue.ID, other, 1)
	if lines := text(p.boss.page(after, http.StatusOK).Find("tbody")); !strings.Contains(lines, "Added tables Trattoria 2 tables") {
		t.Errorf("it is not said where tables were added: %q", lines)
	}
}

func TestSettings_TellTheLastProvenBackup(t *testing.T) {
	s := storetest.Open(t, storetest.DSN(t), store.Options{Backups: t.TempDir()})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := placeIn(houseOn(t, &url.URL{Scheme: "https", Host: "feedback.example"}, s))
	page := func(b *browser) string { return text(b.page(p.path("/settings"), http.StatusOK).Find("main")) }
	if s.Postgres() {
		if strings.Contains(page(p.boss), "backup") {
			t.Error("backups of PostgreSQL are not ours to tell of")
		}
		return
	}
	if got := page(p.boss); !strings.Contains(got, "There is no backup yet") {
		t.Errorf("before the first: %s", got)
	}
	if made, err := s.BackUpDaily(t.Context(), start, 3); err != nil || !made {
		t.Fatalf("BackUpDaily = %v, %v", made, err)
	}
	if got := page(p.boss); !strings.Contains(got, "Last proven backup: ") {
		t.Errorf("after it: %s", got)
	}
	if strings.Contains(page(p.lead), "backup") {
		t.Error("a manager is told about backups")
	}
}
