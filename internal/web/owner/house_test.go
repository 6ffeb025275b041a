package owner_test

import (
	"context"
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
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
	"makeright/internal/web/owner"
)

// start is a Saturday noon in Berlin.
var start = time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)

// clock is a time that only moves when a test says so.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// house is the pages with a database of their own.
type house struct {
	*testing.T
	clock *clock
	store *store.Store
	desk  *desk.Desk
	echo  *echo.Echo
	heard []feedback.Screen // of every venue
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return houseAt(t, &url.URL{Scheme: "https", Host: "feedback.example"})
}

func houseAt(t *testing.T, base *url.URL) *house {
	t.Helper()
	return houseOn(t, base, storetest.New(t))
}

func houseOn(t *testing.T, base *url.URL, s *store.Store) *house {
	t.Helper()
	h := &house{T: t, clock: &clock{start}, store: s}
	var err error
	h.desk, err = desk.New(t.Context(), h.store, func(string) {}, func(string) {}, h.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	h.echo = web.New(web.Options{BaseURL: base, Key: h.desk.FormKey(), Log: slog.New(slog.DiscardHandler), Now: h.clock.now})
	h.echo.Use(web.Authenticate(func(ctx context.Context, session, _ string) (feedback.Actor, error) {
		return h.desk.Session(ctx, session)
	}, h.desk.Key))
	owner.Mount(h.echo, owner.Deps{Desk: h.desk, Store: h.store, BaseURL: base, Out: web.Out{
		Kinds: []feedback.ChannelKind{feedback.ChannelChat, feedback.ChannelEmail},
		Try: func(ctx context.Context, by feedback.Actor, channel, _ string) (feedback.Outcome, error) {
			return "http 404", h.desk.TriedChannel(ctx, by, channel, "http 404")
		},
	}, Screens: func(string) []feedback.Screen { return h.heard }, Deaf: 15 * time.Second})
	return h
}

// browser is somebody's browser; without a session it is a stranger's.
type browser struct {
	*house
	session string
	lang    string
}

func (h *house) stranger() *browser { return &browser{house: h} }

// signIn opens a session; on a tablet when device is named.
func (h *house) signIn(who feedback.Actor, device string) *browser {
	h.Helper()
	token := web.NewToken()
	storetest.Write(h.T, h.store, func(tx store.Tx) error {
		return tx.AddSession(h.Context(), feedback.Session{
			ID: web.Hash(token), PersonID: who.Person, DeviceID: device, Agent: "Mozilla/5.0 (X11; Linux) Firefox/140.0",
			CreatedAt: h.clock.t, SeenAt: h.clock.t, ExpiresAt: h.clock.t.Add(feedback.SessionMax),
		})
	})
	return &browser{house: h, session: token}
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

func (b *browser) do(r *http.Request) answer {
	b.Helper()
	if b.session != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-mr", Value: b.session})
		r.AddCookie(&http.Cookie{Name: "mr", Value: b.session})
	}
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	rec := httptest.NewRecorder()
	b.echo.ServeHTTP(rec, r)
	res := rec.Result()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	if res.StatusCode >= 500 {
		b.Errorf("%s %s: %d %s", r.Method, r.URL, res.StatusCode, text)
	}
	return answer{res, string(text)}
}

func (b *browser) get(path string) answer {
	b.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) answer {
	b.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// page is the answer as a document; it must have the status.
func (b *browser) page(path string, status int) *goquery.Document {
	b.Helper()
	return b.read(b.get(path), status)
}

func (b *browser) read(a answer, status int) *goquery.Document {
	b.Helper()
	if a.StatusCode != status {
		b.Fatalf("status %d, want %d: %.600s", a.StatusCode, status, a.text)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.text))
	if err != nil {
		b.Fatal(err)
	}
	return doc
}

// goes checks that the answer leads somewhere.
func (b *browser) goes(a answer, to string) {
	b.Helper()
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), to) {
		b.Errorf("%d to %q, want 303 to %q: %.400s", a.StatusCode, a.Header.Get("Location"), to, a.text)
	}
}

// text is what a part of the page says, in one line.
func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// values makes a form from names and values in turn.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// place is a venue with two tables and its people, each with a browser.
type place struct {
	*house
	owner, manager, staff feedback.Actor
	boss, lead, waiter    *browser
	venue                 feedback.Venue
	tables                []string
}

func newPlace(t *testing.T, mods ...func(*feedback.Venue)) *place {
	t.Helper()
	return placeIn(newHouse(t), mods...)
}

func placeIn(h *house, mods ...func(*feedback.Venue)) *place {
	h.Helper()
	p := &place{house: h}
	p.owner, p.venue = storetest.Venue(h.T, h.store, mods...)
	p.manager = storetest.Person(h.T, h.store, p.owner, p.venue.ID, "Maria Rossi", feedback.Manager)
	p.staff = storetest.Person(h.T, h.store, p.owner, p.venue.ID, "Sam Okoro", feedback.Staff)
	p.boss, p.lead, p.waiter = h.signIn(p.owner, ""), h.signIn(p.manager, ""), h.signIn(p.staff, "")
	var err error
	p.tables, err = h.desk.AddTables(h.Context(), p.owner, p.venue.ID, []desk.NewTable{{Name: "1", Area: "Window"}, {Name: "2"}})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// path is an address inside the venue.
func (p *place) path(rest string) string { return "/owner/" + p.venue.ID + rest }

// code is the code of a table that is printed.
func (p *place) code(table string) feedback.Code {
	p.Helper()
	codes, err := p.store.For(p.owner, p.venue.ID).CodesOf(p.Context(), table, "", p.clock.t)
	if err != nil || len(codes) == 0 {
		p.Fatalf("codes of %s: %v %v", table, codes, err)
	}
	return codes[0]
}

// tells sends a note from a table.
func (p *place) tells(table string, rating int, words string, causes ...string) feedback.Report {
	p.Helper()
	r, err := p.desk.Submit(p.Context(), desk.NewReport{Code: p.code(table).Code, Rating: rating, Words: words, Causes: causes, Language: "en"})
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// takes and resolves have the manager act after a while.
func (p *place) takes(r feedback.Report, after time.Duration) {
	p.Helper()
	p.clock.advance(after)
	if err := p.desk.Take(p.Context(), p.manager, p.venue.ID, r.ID, ""); err != nil {
		p.Fatal(err)
	}
}

func (p *place) resolves(r feedback.Report, after time.Duration, cost int64) {
	p.Helper()
	p.clock.advance(after)
	err := p.desk.Resolve(p.Context(), p.manager, p.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{
		Actions: []string{"remade"}, Cost: feedback.Money{Amount: cost, Currency: "EUR"},
	}})
	if err != nil {
		p.Fatal(err)
	}
}

// judges has the guest say whether it was put right.
func (p *place) judges(r feedback.Report, v feedback.Verdict) {
	p.Helper()
	guest, err := p.desk.Guest(p.Context(), p.desk.StatusToken(r.ID))
	if err == nil {
		err = p.desk.Judge(p.Context(), guest, v, "")
	}
	if err != nil {
		p.Fatal(err)
	}
}
