package rest_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// TestExport_GoesOverPages reads more than one page, all of it once.
func TestExport_GoesOverPages(t *testing.T) {
	h := newHouse(t)
	const many = 17 * 59
	var all sync.WaitGroup
	for worker := range 17 { // together, so that they share commits
		all.Go(func() {
			for i := range many / 17 {
				_, err := h.desk.Submit(t.Context(), desk.NewReport{Code: h.codes[0].Code, Rating: 5, Words: fmt.Sprint(worker, i), Language: "en"})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	lines := first(csv.NewReader(strings.NewReader(string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, nil))))).ReadAll())
	seen := map[string]bool{}
	for _, cells := range lines[1:] {
		seen[cells[0]] = true
	}
	if len(lines) != many+1 || len(seen) != many {
		t.Errorf("%d lines, %d reports, want %d", len(lines)-1, len(seen), many)
	}
}

// TestPeriod reads days as the venue counts them, and moments as they are.
func TestPeriod(t *testing.T) {
	h := newHouse(t)
	h.submit("in the evening")      // 13:00 in Berlin
	h.clock.advance(14 * time.Hour) // 3:00: the same service day
	h.submit("late")
	h.clock.advance(12 * time.Hour) // 15:00 of the next day
	for name, tt := range map[string]struct {
		from, to string
		want     int
	}{
		"all":                  {"", "", 2},
		"the day":              {"2026-11-20", "2026-11-20", 2},
		"the day after":        {"2026-11-21", "", 0},
		"until the day before": {"", "2026-11-19", 0},
		"a moment on":          {"2026-11-20T12:00:01Z", "", 1},
		"until a moment":       {"", "2026-11-21T04:00:00+02:00", 1},
		"a day to a moment":    {"2026-11-20", "2026-11-20T12:00:01Z", 1},
		"a moment to a day":    {"2026-11-20T12:00:00Z", "2026-11-20", 1}, // midnight of the clock ends it
	} {
		params := &api.GetStatsParams{}
		if tt.from != "" {
			params.From = &tt.from
		}
		if tt.to != "" {
			params.To = &tt.to
		}
		if got := first(h.admin.GetStats(t.Context(), h.venue.ID, params)); got.Total.Issues != tt.want {
			t.Errorf("%s: %d issues, want %d", name, got.Total.Issues, tt.want)
		}
	}
}

// TestStats_BesideThePeriodBefore compares with as many days before, and splits
// in every way there is.
func TestStats_BesideThePeriodBefore(t *testing.T) {
	h := newHouse(t)
	h.submit("three days ago")
	h.submit("three days ago")
	h.clock.advance(72 * time.Hour)
	h.submit("today")
	for name, p := range map[string]*api.GetStatsParams{
		"of days":    {From: ptr("2026-11-22"), To: ptr("2026-11-24")},
		"of moments": {From: ptr("2026-11-21T12:00:00Z"), To: ptr("2026-11-23T12:00:01Z")},
	} {
		got := first(h.admin.GetStats(t.Context(), h.venue.ID, p))
		if got.Total.Issues != 1 || got.Previous.Issues != 2 {
			t.Errorf("%s: %d issues, %d before, want 1 and 2", name, got.Total.Issues, got.Previous.Issues)
		}
	}
	for _, by := range feedback.Groupings {
		got := first(h.admin.GetStats(t.Context(), h.venue.ID, &api.GetStatsParams{By: ptr(api.Grouping(by))}))
		if got.Total.Issues != 3 || by == "day" && len(got.Items) != 2 {
			t.Errorf("by %s: %+v", by, got)
		}
	}
}

// TestSheet_InALanguageItCannotSet says so.
func TestSheet_InALanguageItCannotSet(t *testing.T) {
	h := newHouse(t)
	_, err := h.admin.PrintSheet(t.Context(), h.venue.ID, &api.PrintSheetParams{Language: ptr("ar")})
	if code(err) != "invalid" {
		t.Errorf("Arabic: %v", err)
	}
}

// TestDocs are ours alone: what the page loads is there, and nothing else is
// let in.
func TestDocs(t *testing.T) {
	h := newHouse(t)
	page := h.do("GET", "/api/docs", nil)
	policy := page.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "http") {
		t.Errorf("policy = %s", policy)
	}
	for _, name := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "docs.js"} {
		if !strings.Contains(string(page.body), "/api/docs/"+name) {
			t.Errorf("the page does not load %s", name)
		}
		packed := h.do("GET", "/api/docs/"+name, nil) // the client unpacks
		plain := h.do("GET", "/api/docs/"+name, nil, "Accept-Encoding", "identity")
		if packed.status != 200 || plain.header.Get("Content-Encoding") != "" || string(packed.body) != string(plain.body) || len(plain.body) < 100 {
			t.Errorf("%s: %d, %d bytes packed, %d plain", name, packed.status, len(packed.body), len(plain.body))
		}
		if again := h.do("GET", "/api/docs/"+name, nil, "Accept-Encoding", "identity", "If-None-Match", plain.header.Get("ETag")); again.status != 304 {
			t.Errorf("%s again: %d", name, again.status)
		}
	}
	for _, name := range []string{"LICENSE", "README", "nothing.js", "..%2frest.go"} {
		if got := h.do("GET", "/api/docs/"+name, nil); got.status != 404 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}

// TestStats_Visits counts what became of visits, by days and by moments, and
// leaves those out that only try things.
func TestStats_Visits(t *testing.T) {
	h := newHouse(t)
	visit := first(h.admin.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1", Check: "A1"}))
	first(h.admin.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1", Check: "A2"}))
	first(h.admin.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1", Check: "A3", Test: true}))
	h.desk.Scanned(visit.Code.ID, h.venue)
	must(t, h.desk.WriteScans(t.Context()))
	r := first(h.desk.Submit(t.Context(), desk.NewReport{Code: visit.Code.Code, Rating: 2, Words: "Cold.", Language: "en"}))
	want := api.VisitStats{Opened: 2, Scanned: 1, Sent: 1, Issues: 1}
	h.clock.advance(time.Minute)
	read := func(p *api.GetStatsParams) api.VisitStats {
		t.Helper()
		return first(h.admin.GetStats(t.Context(), h.venue.ID, p)).Visits
	}
	if got := read(nil); got != want {
		t.Errorf("visits = %+v, want %+v", got, want)
	}
	must(t, h.desk.Take(t.Context(), h.owner, h.venue.ID, r.ID, ""))
	must(t, h.desk.Resolve(t.Context(), h.owner, h.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
	want.ResolvedBeforeClose = 1
	for name, tt := range map[string]struct {
		params *api.GetStatsParams
		want   api.VisitStats
	}{
		"of the day":         {&api.GetStatsParams{From: ptr("2026-11-20"), To: ptr("2026-11-20")}, want},
		"of the day after":   {&api.GetStatsParams{From: ptr("2026-11-21"), To: ptr("2026-11-21")}, api.VisitStats{}},
		"since a moment":     {&api.GetStatsParams{From: ptr("2026-11-20T00:00:00Z")}, want},
		"until before":       {&api.GetStatsParams{To: ptr("2026-11-20T00:00:00Z")}, api.VisitStats{}},
		"of verified trusts": {&api.GetStatsParams{Trust: []api.Trust{api.TrustTable}}, want},
	} {
		if got := read(tt.params); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
