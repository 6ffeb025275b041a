package staff_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/static"
)

// tables lists the tables of a lane, as they stand there.
func tables(doc *goquery.Document, lane string) string {
	var names []string
	doc.Find(`[data-lane="` + lane + `"] li:not([hidden]) h3 bdi`).Each(func(_ int, s *goquery.Selection) {
		names = append(names, s.Text())
	})
	return strings.Join(names, " ")
}

func handling(wish string) func(*desk.NewReport) {
	return func(r *desk.NewReport) { r.Handling = wish }
}

func causes(names ...string) func(*desk.NewReport) {
	return func(r *desk.NewReport) { r.Causes = names }
}

func rated(n int) func(*desk.NewReport) { return func(r *desk.NewReport) { r.Rating = n } }

func contact(c feedback.Contact) func(*desk.NewReport) {
	return func(r *desk.NewReport) { r.Handling, r.Contact = feedback.ContactLater, c }
}

func TestBoard_SortsIntoLanes(t *testing.T) {
	h := open(t)
	h.report(t, "12", "first")
	h.clock.advance(time.Minute)
	h.report(t, "7", "second")
	h.clock.advance(time.Minute)
	h.report(t, "Terrace 3", "hives", causes("safety"))
	mine := h.report(t, "12", "mine")
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, mine, ""))
	done := h.report(t, "7", "done")
	must(t, h.desk.Resolve(t.Context(), h.jonas, h.venue.ID, done, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
	h.report(t, "12", "lovely", rated(5))
	h.report(t, "7", "call me", contact(feedback.Contact{Phone: "555-0100"}))

	doc := h.as(t, h.maria).get(t, h.board()).wants(t, http.StatusOK).page(t)
	for lane, want := range map[string]string{
		"waiting": "Terrace 3 12 7", "on_it": "12", "asked": "7", "kind": "12", "later": "7", "check": "",
	} {
		if got := tables(doc, lane); got != want {
			t.Errorf("%s: tables %q, want %q", lane, got, want)
		}
	}
	if got := doc.Find("title").Text(); !strings.HasPrefix(got, "(3) ") {
		t.Errorf("title = %q, want the 3 who wait in it", got)
	}
	first := doc.Find("[data-lane=waiting] .tk").First()
	if !first.HasClass("crit") || !strings.Contains(first.Text(), "I’m going now") {
		t.Error("the report about safety does not look urgent")
	}
	late := doc.Find("[data-lane=waiting] .tk").Eq(1)
	if got := late.Find("time").Text() + ", " + late.Find("small").Text(); got != "2:00, 1:00 left" {
		t.Errorf("clock of the oldest = %q, want 2:00, 1:00 left", got)
	}
	if who := doc.Find("[data-lane=on_it] [data-who]").Text(); who != "You’ve got it" {
		t.Errorf("my own ticket says %q", who)
	}
}

// Without script the board loads itself anew, and everything on it is a form or
// a link.
func TestBoard_WithoutScript(t *testing.T) {
	h := open(t)
	h.report(t, "12", "cold")
	doc := h.as(t, h.maria).get(t, h.board()).page(t)
	if again := doc.Find("noscript").Text(); !strings.Contains(again, `http-equiv="refresh"`) {
		t.Errorf("without script: %q, want it to load again", again)
	}
	if n := doc.Find(".tk button").Length(); n == 0 || n != doc.Find(".tk form[method=post] button").Length() {
		t.Error("a ticket has a button that does nothing by itself")
	}
}

func TestBoard_Filters(t *testing.T) {
	h := open(t)
	h.report(t, "12", "first")
	h.report(t, "7", "hives", causes("safety"))
	mine := h.report(t, "Terrace 3", "mine")
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, mine, ""))
	b := h.as(t, h.maria)
	for query, want := range map[string]string{
		"": "7 12|Terrace 3", "?f=mine": "|Terrace 3", "?f=urgent": "7|", "?f=nonsense": "7 12|Terrace 3",
	} {
		doc := b.get(t, h.board()+query).page(t)
		if got := tables(doc, "waiting") + "|" + tables(doc, "on_it"); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
	}
}

func TestBoard_SaysWhenAllIsQuiet(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	if _, hidden := b.get(t, h.board()).page(t).Find(".quiet").Attr("hidden"); hidden {
		t.Error("an empty board does not say that all is quiet")
	}
	h.report(t, "12", "cold")
	if _, hidden := b.get(t, h.board()).page(t).Find(".quiet").Attr("hidden"); !hidden {
		t.Error("a board with a ticket says that all is quiet")
	}
}

// T20: another venue, and one that does not exist, answer alike.
func TestBoard_OfAnotherVenueIsNotFound(t *testing.T) {
	h := open(t)
	theirs := open(t)
	b := h.as(t, h.maria)
	id := theirs.report(t, "12", "theirs")
	for _, path := range []string{"", "/live", "/new", "/visits", "/reports/" + id, "/reports/" + id + "/reply", "/reports/" + id + "/done"} {
		foreign := b.get(t, theirs.board()+path).wants(t, http.StatusNotFound)
		absent := b.get(t, "/board/nowhere"+path).wants(t, http.StatusNotFound)
		if foreign.text != absent.text {
			t.Errorf("%s: a foreign and an absent venue answer differently", path)
		}
	}
	ours := b.get(t, h.about(id)).wants(t, http.StatusNotFound)
	if absent := b.get(t, h.about("nothing")).wants(t, http.StatusNotFound); ours.text != absent.text {
		t.Error("a foreign and an absent report answer differently")
	}
	for _, path := range []string{"/take", "/release", "/undo", "/reply", "/done", "/hand"} {
		b.post(t, h.about(id)+path, "text", "x", "did", "remade", "person", h.maria.Person).wants(t, http.StatusNotFound)
	}
	h.browser().get(t, h.board()).leadsTo(t, "/sign-in?next=%2Fboard%2F"+h.venue.ID)
	h.browser().post(t, h.about(id)+"/take").wants(t, http.StatusUnauthorized)
}

// T24: the board is for people; programs have the API.
func TestBoard_IsForPeople(t *testing.T) {
	h := open(t)
	_, key, err := h.desk.CreateKey(t.Context(), h.owner, "till", feedback.ScopeAdmin, time.Time{})
	must(t, err)
	a := h.browser().do(t, http.MethodGet, h.board(), nil, "Authorization", "Bearer "+key)
	if a.StatusCode == http.StatusOK {
		t.Error("a key opens the board")
	}
}

// A report for managers only does not exist for staff, and nobody but a manager
// reads how to reach a guest.
func TestStaffSeeNeitherContactsNorWhatIsForManagers(t *testing.T) {
	h := open(t)
	secret := feedback.Contact{Name: "Zebulon", Phone: "555-0199", Email: "zeb@example.com"}
	later := h.report(t, "12", "call me", contact(secret))
	quiet := h.report(t, "7", "about the waiter", causes("staff"))
	maria, boss := h.as(t, h.maria), h.as(t, h.boss)

	for _, path := range []string{h.board(), h.about(later), h.about(later) + "/reply", h.about(later) + "/done", h.about(later) + "/hand"} {
		text := maria.get(t, path).wants(t, http.StatusOK).text
		for _, word := range []string{secret.Name, secret.Phone, secret.Email, "about the waiter"} {
			if strings.Contains(text, word) {
				t.Errorf("%s shows staff %q", path, word)
			}
		}
	}
	maria.get(t, h.about(quiet)).wants(t, http.StatusNotFound)
	maria.post(t, h.about(quiet)+"/take").wants(t, http.StatusNotFound)
	boss.get(t, h.board()).says(t, "about the waiter")

	page := boss.get(t, h.about(later)).wants(t, http.StatusOK)
	page.says(t, secret.Phone)
	page.says(t, secret.Email)
	trail, err := h.store.Org(h.owner).Audit(t.Context(), "", 50)
	must(t, err)
	looks := 0
	for _, a := range trail {
		if a.Action == "contact.seen" && a.Target == later && a.ByID == h.boss.Person {
			looks++
		}
	}
	if looks != 1 {
		t.Errorf("%d looks at contact details in the trail, want 1", looks)
	}
}

// A tablet is a shared screen: a manager's PIN opens no contact details on it.
func TestContactsStayOffSharedTablets(t *testing.T) {
	h := open(t)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.boss.Person, "1470"))
	later := h.report(t, "12", "call me", contact(feedback.Contact{Phone: "555-0199"}))
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "The pass")
	tablet.post(t, "/pin", "who", h.boss.Person, "pin", "1470").leadsTo(t, h.board())
	if strings.Contains(tablet.get(t, h.about(later)).wants(t, http.StatusOK).text, "555-0199") {
		t.Error("the tablet shows contact details")
	}
}

// T09, T10: what guests write stays text.
func TestBoard_EscapesWhatGuestsWrite(t *testing.T) {
	h := open(t)
	for _, words := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</blockquote><svg onload=alert(1)>`, `{{.Frame}} ${1} javascript:alert(1)`,
	} {
		id := h.report(t, "12", words)
		b := h.as(t, h.maria)
		for _, path := range []string{h.board(), h.about(id), h.about(id) + "/reply"} {
			a := b.get(t, path).wants(t, http.StatusOK)
			doc := a.page(t)
			if n := doc.Find("script:not([src]), img, [onerror], [onload], style, [style]").Length(); n > 0 {
				t.Errorf("%s: %q became %d elements", path, words, n)
			}
			if !strings.Contains(doc.Text(), words) {
				t.Errorf("%s: lacks the words %q", path, words)
			}
			if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") {
				t.Errorf("%s: policy %q", path, policy)
			}
		}
		must(t, h.desk.Dismiss(t.Context(), h.owner, h.venue.ID, id, "test"))
	}
}

// Every page is drawn in every language, and no sentence is missing.
func TestPages_InEveryLanguage(t *testing.T) {
	h := open(t)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.maria.Person, "2580"))
	id := h.report(t, "12", "hives", causes("safety", "cold"), handling("come_over"))
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	must(t, h.desk.Resolve(t.Context(), h.maria, h.venue.ID, id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
	_, _, err := h.desk.OpenVisit(t.Context(), h.maria, h.venue.ID, desk.NewVisit{Table: "7", Check: "A-1", Server: "Maria", Covers: 2})
	must(t, err)
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "The pass")
	boss := h.as(t, h.boss)
	for _, l := range i18n.Languages() {
		for _, path := range []string{"/sign-in", "/pin"} {
			checkPage(t, tablet, path, l)
		}
		for _, path := range []string{"", "/new", "/visits", "/pair"} {
			checkPage(t, boss, h.board()+path, l)
		}
		for _, path := range []string{"", "/reply", "/done", "/hand", "/dismiss"} {
			checkPage(t, boss, h.about(id)+path, l)
		}
	}
}

func checkPage(t *testing.T, b *browser, path string, l i18n.Language) {
	t.Helper()
	a := b.do(t, http.MethodGet, path, nil, "Accept-Language", l.Tag).wants(t, http.StatusOK)
	if strings.Contains(a.text, "⟦") {
		t.Errorf("%s in %s lacks a sentence: %s", path, l.Tag, a.text[strings.Index(a.text, "⟦"):][:40])
	}
	doc := a.page(t)
	if dir, _ := doc.Find("html").Attr("dir"); dir != l.Dir {
		t.Errorf("%s in %s runs %s, want %s", path, l.Tag, dir, l.Dir)
	}
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%s in %s has no heading", path, l.Tag)
	}
}

// The board loads in one breath on a bad line: page, style and script together.
func TestBoard_WeighsLittle(t *testing.T) {
	const limit = 24 << 10
	h := open(t)
	for range 4 {
		h.report(t, "12", "The risotto came out cold and quite salty.", causes("cold", "taste"))
		id := h.report(t, "7", "Charged for two negronis, we had one.", causes("bill_value"))
		must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	}
	for _, l := range i18n.Languages() {
		a := h.as(t, h.maria).do(t, http.MethodGet, h.board(), nil, "Accept-Language", l.Tag)
		total := squeezed(t, []byte(a.text))
		for _, name := range []string{"makeright.css", "board.js"} {
			total += squeezed(t, []byte(static.Inline(name)))
		}
		if total > limit {
			t.Errorf("in %s: %d bytes, want at most %d", l.Tag, total, limit)
		}
	}
}

func squeezed(t *testing.T, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	must(t, z.Close())
	return out.Len()
}
