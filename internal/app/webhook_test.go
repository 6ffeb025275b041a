package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"makeright/api"
	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// TestWebhook_IsToldOfAReport runs the whole program: a report is written, and a
// receiver in an allowed network hears of it, signed, without the words. The
// first answer is a failure, so it is told twice, under the same id.
func TestWebhook_IsToldOfAReport(t *testing.T) {
	got := make(chan letter, 10)
	first := true
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got <- (letter{r.Header, body}); first {
			first = false
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(receiver.Close)

	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second,
		Outside: config.Outside{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	cfg.Listen = "127.0.0.1:0"
	l, err := app.Listen(ctx, &cfg)
	must(t, err)
	go func() { ended <- a.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		must(t, a.Close())
	})

	demo, err := a.Desk.FillDemo(t.Context())
	must(t, err)
	owner := feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	id, secret, err := a.Desk.AddWebhook(t.Context(), owner, desk.Webhook{URL: receiver.URL, Events: []feedback.EventKind{feedback.ReportCreated}})
	must(t, err)
	codes, err := a.Desk.TableCodes(t.Context(), owner, demo.Venue.ID)
	must(t, err)
	report, err := a.Desk.WriteDown(t.Context(), owner, demo.Venue.ID, codes[0].TableID, desk.NewReport{Rating: 2, Language: "en", Words: "canary soup"})
	must(t, err)

	hook, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	var ids []string
	for range 2 {
		select {
		case l := <-got:
			must(t, hook.Verify(l.body, l.header))
			var e api.WebhookEvent
			must(t, json.Unmarshal(l.body, &e))
			if e.Kind != api.EventKindReportCreated || e.Venue != demo.Venue.ID || e.Report == nil || e.Report.ID != report || e.Report.Rating != 2 {
				t.Errorf("told of %s", l.body)
			}
			if strings.Contains(string(l.body), "canary") {
				t.Errorf("the guest's words left the house: %s", l.body)
			}
			ids = append(ids, l.header.Get("webhook-id"))
		case <-time.After(30 * time.Second):
			t.Fatalf("told %d times, want twice", len(ids))
		}
	}
	if ids[0] != ids[1] || ids[0] == "" {
		t.Errorf("ids %q, want the same over all tries", ids)
	}
	must(t, a.Desk.RemoveChannel(t.Context(), owner, id))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestHeartbeat_ComesOnlyAllTheWayRound asks of a whole program that it beats,
// and of one whose jobs are not done that it does not.
func TestHeartbeat_ComesOnlyAllTheWayRound(t *testing.T) {
	beats := make(chan struct{}, 10)
	monitor := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats <- struct{}{} }))
	t.Cleanup(monitor.Close)
	target, err := url.Parse(monitor.URL)
	must(t, err)
	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second,
		Listen: "127.0.0.1:0", Outside: config.Outside{Heartbeat: target},
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })

	still, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // nothing runs yet
	defer cancel()
	if err := app.Beat(a, still); err == nil || len(beats) > 0 {
		t.Errorf("nobody does the jobs, and it beats: %v", err)
	}

	ctx, stop := context.WithCancel(t.Context())
	l, err := app.Listen(ctx, &cfg)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	select {
	case <-beats:
	case <-time.After(30 * time.Second):
		t.Error("it runs, and does not beat")
	}
	stop()
	must(t, <-ended)
}
