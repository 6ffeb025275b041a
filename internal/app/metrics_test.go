package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

const token = "0123456789abcdef"

// open is the program on a fresh database, at noon.
func open(t *testing.T, flags config.Flags) (*app.App, config.Config) {
	t.Helper()
	flags.Database = storetest.EmptyDSN(t)
	cfg, err := flags.Config()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, cfg
}

// get asks for a path, with a bearer token unless it is empty.
func get(t *testing.T, h http.Handler, path, bearer string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestMetrics_AreNeverOpen(t *testing.T) {
	closed, _ := open(t, config.Flags{})
	guarded, _ := open(t, config.Flags{Metrics: token})
	apart, _ := open(t, config.Flags{Metrics: "127.0.0.1:0"})
	tests := map[string]struct {
		app          *app.App
		path, bearer string
		code         int
		has, lacks   string
	}{
		"not asked for":                  {closed, "/metrics", "", 404, "", "makeright_"},
		"no token":                       {guarded, "/metrics", "", 401, "", "makeright_"},
		"a wrong token":                  {guarded, "/metrics", token + "0", 401, "", "makeright_"},
		"half a token":                   {guarded, "/metrics", token[:8], 401, "", "makeright_"},
		"the token":                      {guarded, "/metrics", token, 200, "makeright_submits_total 0", "secret"},
		"on a listener of their own":     {apart, "/metrics", "", 404, "", "makeright_"},
		"alive, for everybody":           {guarded, "/healthz", "", 200, `{"status":"ok"}`, "version"},
		"alive, for who runs it":         {guarded, "/healthz", token, 200, `"version":`, "password"},
		"alive, where nobody has tokens": {closed, "/healthz", "", 200, `{"status":"ok"}`, "version"},
		"everything else as always":      {guarded, "/readyz", "", 200, `{"status":"ok"}`, "makeright_"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, body := get(t, tt.app.Handler(), tt.path, tt.bearer)
			if code != tt.code || !strings.Contains(body, tt.has) || strings.Contains(body, tt.lacks) {
				t.Errorf("%s answers %d:\n%.300s", tt.path, code, body)
			}
		})
	}
}

// figures reads what is exported.
func figures(t *testing.T, a *app.App) map[string]float64 {
	t.Helper()
	code, body := get(t, a.Handler(), "/metrics", token)
	if code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", code, body)
	}
	all := map[string]float64{}
	for line := range strings.Lines(body) {
		if name, value, is := strings.Cut(strings.TrimSpace(line), " "); is && name != "#" {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Errorf("%q: %v", line, err)
			}
			all[name] = v
		}
	}
	return all
}

func TestMetrics_Count(t *testing.T) {
	a, _ := open(t, config.Flags{Metrics: token})
	demo, err := a.Desk.FillDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := a.Desk.TableCodes(t.Context(), feedback.System(demo.Venue.OrgID, demo.Venue.ID), demo.Venue.ID)
	if err != nil || len(codes) == 0 {
		t.Fatalf("codes: %v, %v", codes, err)
	}
	before := figures(t, a)
	send := func(path, kind, body string, want int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s answers %d, want %d: %s", path, w.Code, want, w.Body)
		}
	}
	const js, form = "application/json", "application/x-www-form-urlencoded"
	json := "/api/v1/codes/" + codes[0].Code + "/reports"
	send(json, js, `{"rating":5}`, http.StatusCreated)
	send("/T/"+codes[0].Code, form, url.Values{"rating": {"1"}}.Encode(), http.StatusSeeOther)
	send(json, js, `{"rating":9}`, http.StatusUnprocessableEntity)
	send("/api/v1/codes/NOSUCHCODE/reports", js, `{"rating":5}`, http.StatusNotFound)
	after := figures(t, a)

	for name, more := range map[string]float64{"makeright_submits_total": 4, "makeright_acks_total": 2} {
		if got := after[name] - before[name]; got != more {
			t.Errorf("%s rose by %v, want %v", name, got, more)
		}
	}
	if after["makeright_commit_batch_size_sum"] <= before["makeright_commit_batch_size_sum"] || after["makeright_commit_seconds_sum"] <= before["makeright_commit_seconds_sum"] {
		t.Error("no COMMIT was counted")
	}
	if after[`makeright_jobs{state="dead"}`] != 0 || after[`makeright_jobs{state="waiting"}`] == 0 {
		t.Error("the timers of the demo's open issues are not counted")
	}
}

func TestBackUp_IsTold(t *testing.T) {
	if storetest.Postgres() {
		t.Skip("backups of PostgreSQL are its own business")
	}
	a, cfg := open(t, config.Flags{Metrics: token})
	if _, err := a.Desk.FillDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := figures(t, a)["makeright_backup_last_success_timestamp_seconds"]; got != 0 {
		t.Errorf("before any, the last success was at %v", got)
	}
	for range 2 { // by itself, again and again
		if err := app.DoChore(t.Context(), a, "no backup"); err != nil {
			t.Fatal(err)
		}
	}
	got := figures(t, a)
	if got["makeright_backups"] != 1 || got["makeright_backup_failures_total"] != 0 || got["makeright_backup_last_success_timestamp_seconds"] != float64(a.Desk.Now().Unix()) {
		t.Errorf("figures %v backups, %v failures, last %v", got["makeright_backups"], got["makeright_backup_failures_total"], got["makeright_backup_last_success_timestamp_seconds"])
	}
	if files, err := filepath.Glob(filepath.Join(cfg.Backups, "*.db")); err != nil || len(files) != 1 || filepath.Dir(cfg.Database) != filepath.Dir(cfg.Backups) {
		t.Errorf("backups %q in %s, %v", files, cfg.Backups, err)
	}
	if err := os.RemoveAll(cfg.Backups); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.Backups, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	if err := a.BackUp(t.Context()); err == nil {
		t.Error("a backup went nowhere without complaint")
	}
	if got := figures(t, a)["makeright_backup_failures_total"]; got != 1 {
		t.Errorf("%v failures, want 1", got)
	}
}

// What is read when somebody looks is as it is then: who listens, and how long
// the longest waits whom nobody took.
func TestMetrics_OfThisMoment(t *testing.T) {
	cfg, err := config.Flags{Metrics: token, Database: storetest.EmptyDSN(t)}.Config()
	if err != nil {
		t.Fatal(err)
	}
	var later atomic.Int64
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
		return time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local).Add(time.Duration(later.Load()))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	demo, err := a.Desk.FillDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := a.Desk.TableCodes(t.Context(), feedback.System(demo.Venue.OrgID, demo.Venue.ID), demo.Venue.ID)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a.Handler())
	defer srv.Close()
	for _, rating := range []string{"1", "5"} {
		answer, err := http.Post(srv.URL+"/api/v1/codes/"+codes[0].Code+"/reports", "application/json", strings.NewReader(`{"rating":`+rating+`}`))
		if err != nil || answer.StatusCode != http.StatusCreated {
			t.Fatalf("a report: %v, %v", answer, err)
		}
		answer.Body.Close()
		later.Add(int64(time.Minute))
	}
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/v1/venues/"+demo.Venue.ID+"/events?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Authorization", "Bearer "+demo.Key)
	stream, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if _, err := stream.Body.Read(make([]byte, 1)); err != nil { // then it follows
		t.Fatal(err)
	}
	got := figures(t, a)
	for name, want := range map[string]float64{
		"makeright_oldest_open_issue_seconds": 120, `makeright_streams_open{to="programs"}`: 1, `makeright_streams_open{to="staff"}`: 0,
		`makeright_jobs{state="waiting"}`: 1, "makeright_queue_depth": 0,
	} {
		if value, is := got[name]; !is || value != want {
			t.Errorf("%s is %v, want %v", name, value, want)
		}
	}
}

// The dashboard is JSON that asks only for what is exported.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	a, _ := open(t, config.Flags{Metrics: token})
	if _, err := a.Desk.FillDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for name := range figures(t, a) {
		name, _, _ = strings.Cut(name, "{")
		exported[name] = true
	}
	used := map[string]bool{}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			names := regexp.MustCompile(`\b(makeright|process|go)_\w+`).FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("panel %q asks for nothing: %q", p.Title, target.Expr)
			}
			for _, name := range names {
				used[name] = true
				if !exported[name] && !(storetest.Postgres() && name == "makeright_database_bytes") {
					t.Errorf("panel %q asks for %s, which is not exported", p.Title, name)
				}
			}
		}
	}
	for name := range exported {
		histogram := strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count") + "_bucket"
		if strings.HasPrefix(name, "makeright_") && !used[name] && !used[histogram] {
			t.Errorf("nothing shows %s", name)
		}
	}
}

// A listener of their own opens with the program and ends with it.
func TestMetrics_OnTheirOwnListener(t *testing.T) {
	flags := config.Flags{Metrics: "127.0.0.1:0", Listen: "127.0.0.1:0", Database: storetest.EmptyDSN(t)}
	cfg, err := flags.Config()
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	log := slog.New(slog.NewTextHandler(&heard{said: said}, nil))
	a, err := app.New(t.Context(), cfg, app.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	base := "http://" + <-said
	answer, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || !bytes.Contains(body, []byte("makeright_queue_depth")) {
		t.Errorf("metrics: %v\n%.200s", err, body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	if _, err := http.Get(base + "/metrics"); err == nil {
		t.Error("the listener outlives the program")
	}
}

// heard hands on the address of the metrics' listener.
type heard struct {
	text bytes.Buffer
	said chan<- string
}

func (s *heard) Write(p []byte) (int, error) {
	s.text.Write(p)
	if m := regexp.MustCompile(`msg=metrics listening=(\S+)`).FindStringSubmatch(s.text.String()); m != nil {
		select {
		case s.said <- m[1]:
		default:
		}
	}
	return len(p), nil
}
