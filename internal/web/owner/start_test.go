package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// starts is a venue that has just been added by the setup link.
func starts(t *testing.T, changes ...string) (b *browser, at string) {
	t.Helper()
	h := newHouse(t)
	b = h.stranger()
	a := b.post(h.setupLink(), founding(changes...))
	b.session = sessionOf(t, a)
	return b, strings.TrimSuffix(a.Header.Get("Location"), "/start")
}

// stands checks at which step one goes on.
func (b *browser) stands(at, step string) {
	b.Helper()
	if a := b.get(at + "/start"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != at+"/start/"+step {
		b.Fatalf("setting up goes on at %q, want %q", a.Header.Get("Location"), step)
	}
}

// rowsOf are the tables on the page of codes: name and area of each.
func (b *browser) rowsOf(at string) string {
	b.Helper()
	id := strings.TrimPrefix(at, "/owner/")
	who, err := b.desk.Operator(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	tables, err := b.store.For(who, id).Tables(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var all []string
	for _, t := range tables {
		all = append(all, strings.TrimSuffix(t.Name+"@"+t.AreaName, "@"))
	}
	return strings.Join(all, " ")
}

// From the setup link to the sheet, leaving at each step, and coming back.
func TestStart(t *testing.T) {
	b, at := starts(t)
	b.stands(at, "tables")
	left := b.page(at, http.StatusOK)
	if got := left.Find(`.note a[href="` + at + `/start"]`).Length(); got != 1 {
		t.Errorf("the overview leads back %d times, want once", got)
	}
	doc := b.page(at+"/start/tables", http.StatusOK)
	for _, want := range []string{"Europe/Berlin", "EUR", "112"} {
		if got := text(doc.Find(".note")); !strings.Contains(got, want) {
			t.Errorf("what follows from the country = %q, lacks %s", got, want)
		}
	}
	if got := doc.Find(`.dots [aria-current="step"]`).Text(); got != "Your tables" {
		t.Errorf("the step is %q", got)
	}
	b.goes(b.post(at+"/start/tables", values("tables", "1-3, B1..B2\nTerrace: 20-21", "promise_minutes", "5")), at+"/start/links")
	if got := b.rowsOf(at); got != "1 2 3 B1 B2 20@Terrace 21@Terrace" {
		t.Errorf("tables = %q", got)
	}

	b.stands(at, "links")
	b.goes(b.post(at+"/start/links", url.Values{
		"link_label": {"Google", "Tripadvisor", ""}, "link_url": {" https://maps.google.com/x ", "", ""},
	}), at+"/start/people")
	set := b.page(at+"/settings", http.StatusOK)
	if got := set.Find("#promise_minutes").AttrOr("value", ""); got != "5" {
		t.Errorf("promise = %q, want 5", got)
	}
	if label, to, more := set.Find("#label1").AttrOr("value", ""), set.Find("#url1").AttrOr("value", ""), set.Find("#label2").AttrOr("value", ""); label != "Google" || to != "https://maps.google.com/x" || more != "" {
		t.Errorf("links = %q %q, then %q; want Google alone", label, to, more)
	}

	b.stands(at, "people")
	doc = b.read(b.post(at+"/start/people", values("name1", "Sam Okoro", "email1", "sam@example.com", "role1", "staff",
		"name3", "Maria", "email3", "maria@example.com", "role3", "manager")), http.StatusOK)
	var links []string
	doc.Find(".once input").Each(func(_ int, s *goquery.Selection) { links = append(links, s.AttrOr("value", "")) })
	if len(links) != 2 {
		t.Fatalf("links = %q, want two", links)
	}
	for i, work := range []string{"/board", "/owner"} {
		join := strings.TrimPrefix(links[i], "https://feedback.example")
		b.goes(b.stranger().post(join, values("password", "a long enough one")), work)
	}
	b.stands(at, "people") // until one goes on
	b.goes(b.post(at+"/start/people/pass", nil), at+"/start/print")

	b.stands(at, "print")
	doc = b.page(at+"/start/print", http.StatusOK)
	sheet := doc.Find(`.two a`).First().AttrOr("href", "")
	if a := b.get(sheet); a.StatusCode != http.StatusOK || !strings.HasPrefix(a.text, "%PDF-") || !strings.Contains(sheet, "format=a4") {
		t.Errorf("%s: %d %.20q, want a PDF on A4", sheet, a.StatusCode, a.text)
	}
	if got := text(doc.Find(".lead")); !strings.Contains(got, "7") || !strings.Contains(got, "2") {
		t.Errorf("lead = %q, want 7 tents on 2 sheets", got)
	}
	b.goes(b.post(at+"/start/print/pass", nil), "/board/")

	for _, step := range []string{"", "/tables", "/links", "/people", "/print"} {
		if a := b.get(at + "/start" + step); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != at {
			t.Errorf("%s once it is over: %d to %q, want the overview", step, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if got := b.page(at, http.StatusOK).Find(`a[href="` + at + `/start"]`).Length(); got != 0 {
		t.Error("the overview still leads to setting up")
	}
}

// Links and people may be skipped, tables not; what was passed can be looked at
// again without losing the place.
func TestStart_SkipsAndGoesBack(t *testing.T) {
	b, at := starts(t)
	if a := b.post(at+"/start/tables/pass", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("skipping the tables: %d, want 404", a.StatusCode)
	}
	if a := b.post(at+"/start/moon/pass", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("skipping what is no step: %d, want 404", a.StatusCode)
	}
	b.stands(at, "tables")
	b.goes(b.post(at+"/start/tables", values("tables", "1-2", "promise_minutes", "3")), at+"/start/links")
	b.goes(b.post(at+"/start/links/pass", values("link_label", "Google", "link_url", "half")), at+"/start/people")
	b.stands(at, "people")
	b.goes(b.post(at+"/start/people", values("name1", "", "email1", "", "role1", "staff")), at+"/start/print")
	b.stands(at, "print")

	doc := b.page(at+"/start/tables", http.StatusOK)
	if got := doc.Find(".dots a").Length(); got != 2 {
		t.Errorf("%d steps lead back, want links and people", got)
	}
	if got := doc.Find("#tables").Text(); got != "" {
		t.Errorf("tables = %q, want none suggested where there are some", got)
	}
	b.goes(b.post(at+"/start/tables", values("tables", "1-3", "promise_minutes", "3")), at+"/start/links") // tapped twice, or more of them
	b.goes(b.post(at+"/start/tables", values("tables", "", "promise_minutes", "3")), at+"/start/links")
	if got := b.rowsOf(at); got != "1 2 3" {
		t.Errorf("tables = %q", got)
	}
	b.stands(at, "print")
}

// Tables come in any form that people have them in.
func TestStart_Tables(t *testing.T) {
	tests := map[string]struct{ typed, want string }{
		"a range":                      {"1-4", "1 2 3 4"},
		"a range with letters":         {"T1..T3", "T1 T2 T3"},
		"names":                        {"Booth, Bar", "Booth Bar"},
		"areas":                        {"Terrace: 20-21\nBar: B1", "20@Terrace 21@Terrace B1@Bar"},
		"a column":                     {"1\r\n2\r\nBooth", "1 2 Booth"},
		"two columns":                  {"1\tHall\r\n2\tHall\r\nT1\tTerrace\r\n", "1@Hall 2@Hall T1@Terrace"},
		"columns with a head":          {"Table\tArea\n1\tHall\n2\tTerrace", "1@Hall 2@Terrace"},
		"a head in another language":   {"Tisch\tBereich\tPlätze\n1\tSaal\t4\n2\t\t2", "1@Saal 2"},
		"ranges in cells":              {"1-2\tHall", "1@Hall 2@Hall"},
		"an area with a colon in it":   {"1\tFloor: upper", "1@Floor upper"},
		"one that is called as a head": {"Table", "Table"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b, at := starts(t)
			b.goes(b.post(at+"/start/tables", values("tables", tt.typed, "promise_minutes", "3")), at+"/start/links")
			if got := b.rowsOf(at); got != tt.want {
				t.Errorf("%q gives %q, want %q", tt.typed, got, tt.want)
			}
		})
	}
}

func TestStart_SaysWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		step string
		form url.Values
		at   string // the field that is marked
		says string
	}{
		"no tables":            {"tables", values("tables", " ", "promise_minutes", "3"), "tables", "at least one"},
		"a range that runs up": {"tables", values("tables", "9-1", "promise_minutes", "3"), "tables", "counts up"},
		"the same table twice": {"tables", values("tables", "1-3, 2", "promise_minutes", "3"), "tables", "already"},
		"a very long table":    {"tables", values("tables", strings.Repeat("x", 21), "promise_minutes", "3"), "tables", "20 characters"},
		"too many tables":      {"tables", values("tables", "1-9999", "promise_minutes", "3"), "tables", "500"},
		"no promise":           {"tables", values("tables", "1-3", "promise_minutes", "soon"), "promise_minutes", "60 minutes"},
		"a link to Yelp":       {"links", values("link_label", "Yelp", "link_url", "https://www.yelp.com/biz/x"), "review_links", "Yelp"},
		"half a link":          {"links", values("link_label", "Google", "link_url", "google"), "review_links", "https"},
		"a link without name":  {"links", values("link_label", "", "link_url", "https://example.com/x"), "review_links", "name"},
		"no e-mail":            {"people", values("name1", "Sam", "role1", "staff"), "email1", "e-mail"},
		"no name":              {"people", values("name2", "", "email2", "sam@example.com", "role2", "staff"), "name1", ""},
		"the same one twice":   {"people", values("name1", "A", "email1", "sam@example.com", "role1", "staff", "name2", "B", "email2", "Sam@example.com", "role2", "staff"), "email2", "already"},
		"the owner again":      {"people", values("name1", "A", "email1", "new@example.com", "role1", "staff", "name2", "B", "email2", "ines@example.com", "role2", "staff"), "email1", "already"},
		"no such role":         {"people", values("name1", "A", "email1", "new@example.com", "role1", "king"), "role1", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b, at := starts(t)
			doc := b.read(b.post(at+"/start/"+tt.step, tt.form), http.StatusUnprocessableEntity)
			said := text(doc.Find("#" + tt.at + "-err"))
			if said == "" || !strings.Contains(said, tt.says) {
				t.Errorf("at %s: %q, want a word of %q", tt.at, said, tt.says)
			}
			if doc.Find(`.sum a[href="#`+tt.at+`"]`).Length() != 1 || doc.Find("#"+tt.at).Length() != 1 {
				t.Error("the list on top does not lead to the field")
			}
			b.stands(at, "tables") // nothing was passed
		})
	}
}

// Who was added before a wrong row keeps the link, which is shown once.
func TestStart_KeepsLinksBesideAMistake(t *testing.T) {
	b, at := starts(t)
	doc := b.read(b.post(at+"/start/people", values("name1", "Sam", "email1", "sam@example.com", "role1", "staff",
		"name2", "Ines", "email2", "ines@example.com", "role2", "manager")), http.StatusUnprocessableEntity)
	if got := doc.Find(".once input").Length(); got != 1 {
		t.Errorf("links = %d, want Sam's", got)
	}
	if name, role := doc.Find("#name1").AttrOr("value", ""), doc.Find("#role1 option[selected]").AttrOr("value", ""); name != "Ines" || role != "manager" {
		t.Errorf("the row that is left: %q, %q", name, role)
	}
}

// A venue on an address that no phone reaches is told, and one with another
// paper is offered that first.
func TestStart_Print(t *testing.T) {
	b, at := starts(t, "country", "US")
	b.post(at+"/start/tables", values("tables", "1", "promise_minutes", "3"))
	doc := b.page(at+"/start/print", http.StatusOK)
	if got := doc.Find(".two a").First().AttrOr("href", ""); !strings.Contains(got, "format=letter") {
		t.Errorf("first paper = %q, want Letter in the United States", got)
	}
	if doc.Find("#tried[data-wait]").Length() != 1 || doc.Find(`#tried a[href="`+at+`/start/print"]`).Length() != 1 {
		t.Error("the page does not wait for the first scan, or not without a script")
	}
	who, err := b.desk.Operator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := b.desk.TableCodes(t.Context(), who, strings.TrimPrefix(at, "/owner/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, b.store, func(tx store.Tx) error {
		return tx.AddScans(t.Context(), []store.Scan{{Code: codes[0].ID, Day: "2026-11-21", Count: 1, LastAt: b.clock.t}})
	})
	if doc = b.page(at+"/start/print", http.StatusOK); doc.Find("#tried.right").Length() != 1 || doc.Find("[data-wait]").Length() != 0 {
		t.Errorf("after a scan: %q", text(doc.Find("#tried")))
	}

	h := houseAt(t, &url.URL{Scheme: "http", Host: "localhost:8080"})
	owner, v := storetest.Venue(t, h.store, func(v *feedback.Venue) { v.Setup = feedback.SetupPrint })
	if _, err := h.desk.AddTables(t.Context(), owner, v.ID, []desk.NewTable{{Name: "1"}}); err != nil {
		t.Fatal(err)
	}
	doc = h.signIn(owner, "").page("/owner/"+v.ID+"/start/print", http.StatusOK)
	if got := text(doc.Find(".note.soon")); !strings.Contains(got, "BASE_URL") {
		t.Errorf("on localhost: %q", got)
	}
}

// Managers may set their own venue up; staff, strangers and others' owners find
// nothing there, and change nothing.
func TestStart_Roles(t *testing.T) {
	p := newPlace(t)
	begun := storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Setup = feedback.SetupTables })
	lead := p.signIn(storetest.Person(t, p.store, p.owner, begun.ID, "Lea", feedback.Manager), "")
	waiter := p.signIn(storetest.Person(t, p.store, p.owner, begun.ID, "Wim", feedback.Staff), "")
	stranger, _ := storetest.Venue(t, p.store)
	outsider := p.signIn(stranger, "")
	at := "/owner/" + begun.ID
	posts := map[string]url.Values{
		"/start/tables": values("tables", "7", "promise_minutes", "9"), "/start/links": values("link_label", "X", "link_url", "https://x.example"),
		"/start/people": values("name1", "Spy", "email1", "spy@example.com", "role1", "staff"), "/start/print/pass": {},
	}
	missing := p.boss.missing()
	for path, form := range posts {
		if a := waiter.post(at+path, form); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s, staff: %d", path, a.StatusCode)
		}
		if a := p.stranger().post(at+path, form); a.StatusCode != http.StatusUnauthorized && a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s, a stranger: %d", path, a.StatusCode)
		}
		for who, b := range map[string]*browser{"another's owner": outsider, "a manager elsewhere": p.lead} {
			if a := b.post(at+path, form); a.StatusCode != http.StatusNotFound || a.text != missing[false] {
				t.Errorf("%s, %s: %d, want the same 404", path, who, a.StatusCode)
			}
		}
	}
	p.boss.stands(at, "tables")
	lead.goes(lead.post(at+"/start/tables", posts["/start/tables"]), at+"/start/links")
	lead.goes(lead.post(at+"/start/links", posts["/start/links"]), at+"/start/people")
	if doc := lead.read(lead.post(at+"/start/people", posts["/start/people"]), http.StatusOK); doc.Find(".once input").Length() != 1 {
		t.Error("a manager got no link for staff")
	}
}
