package staff_test

import (
	"bytes"
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
	"go.uber.org/goleak"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
	"makeright/internal/web/staff"
	"makeright/static"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that only moves when a test says so.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

const password = "correct horse battery"

// house is a venue with its people behind the real router.
type house struct {
	*echo.Echo
	clock *clock
	desk  *desk.Desk
	store *store.Store
	hub   *live.Hub
	venue feedback.Venue

	outcome feedback.Outcome // of what is sent out of the house
	woken   func()           // called, unless nil, when a change is committed
	log     bytes.Buffer

	owner, boss, maria, jonas feedback.Actor
}

// open is a house with a venue in it.
func open(t *testing.T) *house {
	t.Helper()
	h := empty(t)
	h.owner, h.venue = storetest.Venue(t, h.store)
	for _, name := range []string{"12", "7", "Terrace 3"} {
		storetest.Table(t, h.store, h.owner, h.venue.ID, name)
	}
	h.boss = storetest.Person(t, h.store, h.owner, h.venue.ID, "Berta Boss", feedback.Manager)
	h.maria = storetest.Person(t, h.store, h.owner, h.venue.ID, "Maria Rossi", feedback.Staff)
	h.jonas = storetest.Person(t, h.store, h.owner, h.venue.ID, "Jonas Weber", feedback.Staff)
	return h
}

// empty is a house before anybody set it up.
func empty(t *testing.T) *house {
	t.Helper()
	h := &house{clock: &clock{storetest.Epoch.Add(time.Hour)}, store: storetest.New(t), hub: &live.Hub{}}
	d, err := desk.New(t.Context(), h.store, func(venue string) {
		h.hub.WakeVenue(venue)
		if h.woken != nil {
			h.woken()
		}
	}, h.hub.WakeDoors, h.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	h.desk = d
	base := &url.URL{Scheme: "http", Host: "board.example"}
	h.Echo = web.New(web.Options{BaseURL: base, Key: d.FormKey(), Limits: true, Log: slog.New(slog.NewTextHandler(&h.log, nil)), Now: h.clock.now})
	h.Use(web.Authenticate(func(ctx context.Context, session, _ string) (feedback.Actor, error) { return d.Session(ctx, session) }, d.Key))
	h.GET("/static/*", echo.WrapHandler(static.Handler()))
	staff.Mount(h.Echo, staff.Deps{
		Desk: d, Store: h.store, Hub: h.hub, BaseURL: base,
		Here: func(venue string, one feedback.Screen) {
			h.hub.Here(venue, live.Screen{ID: one.ID, Tablet: one.Tablet, Person: one.Person, Managers: one.Managers}, d.Now())
		},
		Out: web.Out{
			Kinds: []feedback.ChannelKind{feedback.ChannelPush, feedback.ChannelChat, feedback.ChannelEmail}, PushKey: "BKey",
			Try: func(ctx context.Context, by feedback.Actor, channel, _ string) (feedback.Outcome, error) {
				return h.outcome, d.TriedChannel(ctx, by, channel, h.outcome)
			},
		},
	})
	return h
}

// address is the e-mail address the builders gave somebody.
func address(a feedback.Actor) string { return a.Person + "@example.com" }

// setPassword gives somebody the password of these tests.
func (h *house) setPassword(t *testing.T, a feedback.Actor) {
	t.Helper()
	link, err := h.desk.InvitePerson(t.Context(), h.owner, a.Person, feedback.Invite)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.SetPassword(t.Context(), link.Token, password, ""); err != nil {
		t.Fatal(err)
	}
}

// browser keeps cookies, as browsers do.
type browser struct {
	h       *house
	cookies map[string]string
	ctx     context.Context // of its requests, unless nil
}

func (h *house) browser() *browser { return &browser{h: h, cookies: map[string]string{}} }

// as is a browser in which somebody is signed in.
func (h *house) as(t *testing.T, a feedback.Actor) *browser {
	t.Helper()
	token := web.NewToken()
	storetest.Write(t, h.store, func(tx store.Tx) error {
		now := h.clock.now()
		return tx.AddSession(t.Context(), feedback.Session{
			ID: desk.Hash(token), PersonID: a.Person, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(feedback.SessionMax),
		})
	})
	b := h.browser()
	b.cookies["mr"] = token
	return b
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

func (a answer) page(t *testing.T) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// do makes one request; headers are names and values in turn.
func (b *browser) do(t *testing.T, method, path string, form url.Values, headers ...string) answer {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.ctx != nil {
		r = r.WithContext(b.ctx)
	}
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, r)
	res := rec.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer{res, rec.Body.String()}
}

func (b *browser) get(t *testing.T, path string) answer {
	t.Helper()
	return b.do(t, http.MethodGet, path, nil)
}

// post sends a form; fields are names and values in turn.
func (b *browser) post(t *testing.T, path string, fields ...string) answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, form(fields...))
}

// tap posts as the board's script does.
func (b *browser) tap(t *testing.T, path string, fields ...string) answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, form(fields...), "Accept", "application/json")
}

func form(fields ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return v
}

// wants fails the test unless the answer has this status.
func (a answer) wants(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status = %d, want %d; %s", a.StatusCode, status, a.text)
	}
	return a
}

// leadsTo fails the test unless the answer leads to this address.
func (a answer) leadsTo(t *testing.T, address string) {
	t.Helper()
	if got := a.wants(t, http.StatusSeeOther).Header.Get("Location"); got != address {
		t.Errorf("leads to %s, want %s", got, address)
	}
}

func (a answer) says(t *testing.T, words string) {
	t.Helper()
	if !strings.Contains(a.text, words) {
		t.Errorf("lacks %q: %s", words, a.text)
	}
}

func (h *house) board() string { return "/board/" + h.venue.ID }

func (h *house) about(report string) string { return h.board() + "/reports/" + report }

// report writes down an issue at a table.
func (h *house) report(t *testing.T, table, words string, change ...func(*desk.NewReport)) string {
	t.Helper()
	in := desk.NewReport{Rating: 2, Words: words, Language: "en"}
	for _, c := range change {
		c(&in)
	}
	id, err := h.desk.WriteDown(t.Context(), h.owner, h.venue.ID, table, in)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// now reads a report as the owner sees it.
func (h *house) now(t *testing.T, id string) feedback.Report {
	t.Helper()
	r, err := h.store.For(h.owner, h.venue.ID).Report(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
