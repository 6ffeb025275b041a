package guest_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
	"makeright/internal/web/guest"
)

// house is a venue with two tables, its people and the guest's pages.
type house struct {
	*testing.T
	e     *echo.Echo
	desk  *desk.Desk
	store *store.Store
	hub   *live.Hub
	now   time.Time

	owner, maria, jonas feedback.Actor
	venue               feedback.Venue
	code                feedback.Code // of table 7
}

func open(t *testing.T, mods ...func(*feedback.Venue)) *house {
	t.Helper()
	h := &house{T: t, store: storetest.New(t), hub: &live.Hub{}, now: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	h.owner, h.venue = storetest.Venue(t, h.store, append([]func(*feedback.Venue){func(v *feedback.Venue) {
		v.Languages = []string{"en", "de", "ar"}
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://g.example/x?a=1&b=2"}, {Label: "<Tripadvisor>", URL: "https://t.example/"}}
	}}, mods...)...)
	h.maria = storetest.Person(t, h.store, h.owner, h.venue.ID, "Maria Rossi", feedback.Staff)
	h.jonas = storetest.Person(t, h.store, h.owner, h.venue.ID, "Jonas Weber", feedback.Manager)
	var err error
	h.desk, err = desk.New(t.Context(), h.store, h.hub.WakeVenue, h.hub.WakeDoors, clock)
	h.must(err)
	_, err = h.desk.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "7", Area: "Terrace"}, {Name: "8", Area: "Terrace"}})
	h.must(err)
	h.code = h.codes()[0]
	h.e = web.New(web.Options{
		BaseURL: &url.URL{Scheme: "http", Host: "example.com"}, Key: h.desk.FormKey(), Limits: true,
		Log: slog.New(slog.DiscardHandler), Now: clock,
	})
	guest.Mount(h.e, guest.Deps{Desk: h.desk, Store: h.store, Hub: h.hub, BaseURL: &url.URL{Scheme: "http", Host: "example.com"}})
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) view() store.View { return h.store.For(h.owner, h.venue.ID) }

func (h *house) codes() []feedback.Code {
	h.Helper()
	codes, err := h.view().Codes(h.Context(), h.now)
	h.must(err)
	return codes
}

func (h *house) reports() []feedback.Report {
	h.Helper()
	rs, err := h.view().Reports(h.Context(), store.Filter{})
	h.must(err)
	return rs
}

// visit opens a visit at table 7 and returns its code and id.
func (h *house) visit() (feedback.Code, string) {
	h.Helper()
	id, _, err := h.desk.OpenVisit(h.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "7", Expires: 3 * time.Hour})
	h.must(err)
	codes, err := h.view().CodesOf(h.Context(), h.code.TableID, id, h.now)
	h.must(err)
	return codes[0], id
}

// staffed lets a screen of the floor say that it lives just now.
func (h *house) staffed() {
	h.hub.Here(h.venue.ID, live.Screen{}, h.now)
}

// sent is a report with its status page in a browser of its own.
type sent struct {
	*house
	*browser
	id, path string
}

func (h *house) send(form url.Values) sent {
	h.Helper()
	b := h.browser()
	a := b.post("/T/"+h.code.Code, form)
	if a.status != http.StatusSeeOther {
		h.Fatalf("the form was answered with %d: %s", a.status, a.body)
	}
	return sent{h, b, h.reports()[0].ID, a.header.Get("Location")}
}

// unhappy is a report that needs somebody.
func (h *house) unhappy() sent {
	h.Helper()
	return h.send(url.Values{"rating": {"2"}, "causes": {"cold"}, "words": {"Cold risotto"}, "handling": {"come_over"}})
}

func (s sent) take(by feedback.Actor) {
	s.Helper()
	s.must(s.desk.Take(s.Context(), by, s.venue.ID, s.id, ""))
}

func (s sent) resolve(by feedback.Actor) {
	s.Helper()
	s.must(s.desk.Resolve(s.Context(), by, s.venue.ID, s.id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
}

func (s sent) report() feedback.Report {
	s.Helper()
	r, err := s.view().Report(s.Context(), s.id)
	s.must(err)
	return r
}

// page is the status page as it is now.
func (s sent) page() answer {
	s.Helper()
	a := s.get(s.path)
	if a.status != http.StatusOK {
		s.Fatalf("status page = %d %s", a.status, a.body)
	}
	return a
}

// browser keeps cookies, as browsers do.
type browser struct {
	h       *house
	cookies map[string]string
	headers map[string]string
}

func (h *house) browser(headers ...string) *browser {
	b := &browser{h, map[string]string{}, map[string]string{"Accept-Language": "en"}}
	for i := 0; i < len(headers); i += 2 {
		b.headers[headers[i]] = headers[i+1]
	}
	return b
}

// answer is what a browser got.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (b *browser) request(method, path string, form url.Values) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, v := range b.headers {
		r.Header.Set(name, v)
	}
	for name, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	return r
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.h.Helper()
	rec := httptest.NewRecorder()
	b.h.e.ServeHTTP(rec, b.request(method, path, form))
	res := rec.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	body, err := io.ReadAll(res.Body)
	b.h.must(err)
	return answer{b.h.T, res.StatusCode, res.Header, string(body)}
}

func (b *browser) get(path string) answer { b.h.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	b.h.Helper()
	return b.do(http.MethodPost, path, form)
}

func (a answer) doc() *goquery.Document {
	a.t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	return d
}

// text is what stands in the elements of a selector.
func (a answer) text(selector string) string {
	a.t.Helper()
	return strings.TrimSpace(a.doc().Find(selector).Text())
}

func (a answer) attr(selector, name string) string {
	a.t.Helper()
	return a.doc().Find(selector).AttrOr(name, "")
}

func (a answer) has(selector string) bool { a.t.Helper(); return a.doc().Find(selector).Length() > 0 }

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) shows(selector, text string) {
	a.t.Helper()
	if got := a.text(selector); !strings.Contains(got, text) {
		a.t.Errorf("%s = %q, want %q in it", selector, got, text)
	}
}
