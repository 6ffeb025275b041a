package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
	"makeright/internal/web/rest"
)

var update = flag.Bool("update", false, "accept what the golden files would be")

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// house is an installation with one organisation, its venue and two tables,
// behind the real router.
type house struct {
	t     *testing.T
	store *store.Store
	desk  *desk.Desk
	hub   *live.Hub
	clock *clock
	srv   *httptest.Server
	http  *http.Client // holds answers against the contract

	owner  feedback.Actor
	venue  feedback.Venue
	tables []feedback.Table
	codes  []feedback.Code // of the tables
	admin  *api.Client
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: storetest.New(t), hub: &live.Hub{}, clock: &clock{t: storetest.Epoch}}
	var err error
	h.desk, err = desk.New(t.Context(), h.store, h.hub.WakeVenue, h.hub.WakeDoors, h.clock.now)
	must(t, err)
	base, err := url.Parse("https://makeright.example")
	must(t, err)
	e := web.New(web.Options{BaseURL: base, Key: h.desk.FormKey(), Log: slog.New(slog.DiscardHandler), Now: h.clock.now})
	e.Use(web.Authenticate(func(ctx context.Context, session, _ string) (feedback.Actor, error) {
		return h.desk.Session(ctx, session)
	}, h.desk.Key))
	rest.Mount(e, rest.Deps{Desk: h.desk, Store: h.store, Hub: h.hub, BaseURL: base, Out: web.Out{
		Try: func(ctx context.Context, by feedback.Actor, channel, _ string) (feedback.Outcome, error) {
			return "http 404", h.desk.TriedChannel(ctx, by, channel, "http 404")
		},
	}})
	h.srv = httptest.NewServer(e)
	t.Cleanup(h.srv.Close)
	t.Cleanup(h.hub.Close)
	h.http = &http.Client{Transport: newContract(t)}
	h.fill()
	return h
}

// fill adds the organisation, the venue and its tables.
func (h *house) fill() {
	t := h.t
	h.owner, h.venue = storetest.Venue(t, h.store, func(v *feedback.Venue) {
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://www.google.com/maps"}}
	})
	_, err := h.desk.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "1", Area: "Hall"}, {Name: "2"}})
	must(t, err)
	h.tables, err = h.store.For(h.owner, h.venue.ID).Tables(t.Context())
	must(t, err)
	h.codes, err = h.desk.TableCodes(t.Context(), h.owner, h.venue.ID)
	must(t, err)
	h.admin = h.client(h.key(h.owner, feedback.ScopeAdmin))
}

// key makes an API key of somebody.
func (h *house) key(by feedback.Actor, scope feedback.Scope) string {
	h.t.Helper()
	_, secret, err := h.desk.CreateKey(h.t.Context(), by, "test "+string(scope), scope, time.Time{})
	must(h.t, err)
	return secret
}

// session signs somebody in and returns the cookie.
func (h *house) session(who feedback.Actor) string {
	h.t.Helper()
	token := web.NewToken()
	now := h.clock.now()
	storetest.Write(h.t, h.store, func(tx store.Tx) error {
		return tx.AddSession(h.t.Context(), feedback.Session{
			ID: web.Hash(token), PersonID: who.Person, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(feedback.SessionMax),
		})
	})
	return "__Host-mr=" + token
}

// client is a client whose answers are held against the contract.
func (h *house) client(key string) *api.Client {
	c := api.New(h.srv.URL, key)
	c.HTTP, c.Pause = h.http, time.Millisecond
	return c
}

// submit sends a guest's report at the first table.
func (h *house) submit(words string) api.Submitted {
	h.t.Helper()
	r, err := h.client("").SubmitReport(h.t.Context(), h.codes[0].Code, api.SubmitReport{
		Rating: 2, Causes: []api.Cause{api.CauseCold}, Words: words, Handling: api.HandlingComeOver, Language: "en",
	})
	must(h.t, err)
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem(t *testing.T) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%d is no problem document: %s", a.status, a.body)
	}
	return p
}

// do sends any request; headers are names and values in turn. Its answer is not
// held against the contract, so that requests may break it.
func (h *house) do(method, path string, body []byte, headers ...string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.srv.URL+path, bytes.NewReader(body))
	must(h.t, err)
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	must(h.t, err)
	return answer{res.StatusCode, res.Header, text}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// golden compares v, as JSON, with a file in testdata. Run the tests with
// -update to accept a change, and read the diff before you commit it.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "\t")
	must(t, err)
	path := filepath.Join("testdata", name+".json")
	if *update {
		must(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if string(got)+"\n" != string(want) {
		t.Errorf("%s differs:\n got %s\nwant %s", path, got, want)
	}
}
