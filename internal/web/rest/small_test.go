package rest_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web/rest"
)

// served lets guests of four servers, each in a language of its own, send reports:
// six, five, four and seven. In the order of names no number goes up or down.
func (h *house) served() {
	h.t.Helper()
	for _, one := range []struct {
		server, lang string
		n, resolved  int
	}{{"Ada", "de", 6, 1}, {"Mia", "en", 5, 3}, {"Quincy", "es", 4, 4}, {"Zoe", "fr", 7, 0}} {
		visit := first(h.admin.OpenVisit(h.t.Context(), h.venue.ID, api.NewVisit{Table: "1", Server: one.server}))
		for i := range one.n {
			r := first(h.desk.Submit(h.t.Context(), desk.NewReport{Code: visit.Code.Code, Rating: 2, Words: "Cold.", Language: one.lang}))
			if i < one.resolved {
				h.clock.advance(time.Minute)
				must(h.t, h.desk.Take(h.t.Context(), h.owner, h.venue.ID, r.ID, ""))
				must(h.t, h.desk.Resolve(h.t.Context(), h.owner, h.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
			}
		}
	}
}

// Of a server or a language with fewer than five reports nothing is said, and
// nobody is ranked (rule 9): not in the figures that programs read, not in tables
// that are taken away, not in what webhooks are told.
func TestFigures_HideFewAndRankNobody(t *testing.T) {
	h := newHouse(t)
	h.served()
	for by, want := range map[string][]string{"server": {"Ada", "Mia", "Zoe"}, "language": {"de", "en", "fr"}} {
		stats := first(h.admin.GetStats(t.Context(), h.venue.ID, &api.GetStatsParams{By: ptr(api.Grouping(by))}))
		var got []string
		for _, item := range stats.Items {
			got = append(got, item.Key)
		}
		if !slices.Equal(got, want) || stats.Total.Issues != 22 {
			t.Errorf("figures by %s: %q, %d in all, want %q, 22", by, got, stats.Total.Issues, want)
		}
		file := string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, &api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatFigures), By: ptr(api.Grouping(by))})))
		book := workbook(t, first(h.admin.ExportXLSX(t.Context(), h.venue.ID, &api.ExportXLSXParams{What: ptr(api.ExportXLSXParamsWhatFigures), By: ptr(api.Grouping(by))})))
		for kind, rows := range map[string][][]string{"CSV": first(csv.NewReader(strings.NewReader(file)).ReadAll()), "XLSX": book} {
			var keys []string
			for _, row := range rows[1 : len(rows)-1] {
				keys = append(keys, row[1])
			}
			if last := rows[len(rows)-1]; !slices.Equal(keys, want) || last[0] != "total" || last[3] != "22" {
				t.Errorf("%s by %s: %q and %q, want %q and all 22", kind, by, keys, last, want)
			}
		}
	}
	_, _, err := h.desk.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://till.example/hook"})
	must(t, err)
	h.clock.advance(24 * time.Hour)
	must(t, h.desk.SendMailings(t.Context()))
	body := string(first(rest.WebhookBody(t.Context(), h.store.For(h.owner, h.venue.ID), h.head())))
	for _, word := range []string{"Ada", "Mia", "Quincy", "Zoe", "server", "language"} {
		if !strings.Contains(body, `"digest"`) || strings.Contains(body, word) {
			t.Errorf("a digest tells of %s: %s", word, body)
		}
	}
}

// What a guest wrote begins no cell with a formula either where a spreadsheet takes
// other signs for the ends of cells than the table has, and minds no quotes.
func TestExport_HasNoFormulasHoweverItIsCut(t *testing.T) {
	h := newHouse(t)
	hostile := []string{"a;=1+1", "a,=1+1", "a\t@SUM(A1)", "a\n+1", `a;"=1"`, `a,""-1`, ";;=1", ",=,=1", "a;=1;=2"}
	harmless := []string{"It was 5,- euro; - and cold.", "We came at 7, +/- 5 minutes", "a=b, c-d"}
	for _, text := range append(hostile, harmless...) {
		h.submit(text)
	}
	for lang, comma := range map[string]rune{"en": ',', "de": ';'} {
		out := string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, &api.ExportCSVParams{Language: ptr(api.Language(lang))})))
		for _, cell := range strings.FieldsFunc(out, func(r rune) bool { return strings.ContainsRune(",;\t\r\n", r) }) {
			if cell = strings.TrimLeft(cell, `"`); cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && (len(cell) < 2 || cell[1] != ' ') {
				t.Errorf("%s: a cell is %q", lang, cell)
			}
		}
		r := csv.NewReader(strings.NewReader(out))
		r.Comma = comma
		lines := first(r.ReadAll())
		words := slices.Index(lines[0], "words")
		for i, text := range harmless {
			if got := lines[len(harmless)-i][words]; got != text && lang == "en" {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

// The timeline of a service day ends when the day does, past midnight, as its
// reports do.
func TestExport_EventsAreOfServiceDays(t *testing.T) {
	h := newHouse(t)
	h.submit("in the evening")
	h.clock.advance(14 * time.Hour) // 3:00 in Berlin: the same service day
	h.submit("past midnight")
	for day, want := range map[string]int{"2026-11-19": 0, "2026-11-20": 2, "2026-11-21": 0} {
		for _, what := range []api.ExportCSVParamsWhat{api.ExportCSVParamsWhatEvents, api.ExportCSVParamsWhatReports} {
			out := string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, &api.ExportCSVParams{What: &what, From: &day, To: &day})))
			n := 0
			for _, line := range first(csv.NewReader(strings.NewReader(out)).ReadAll())[1:] {
				if what == api.ExportCSVParamsWhatReports || line[2] == string(feedback.ReportCreated) {
					n++
				}
			}
			if n != want {
				t.Errorf("%s of %s: %d, want %d", what, day, n, want)
			}
		}
	}
}

// A table of figures has every figure that the pages and programs have.
func TestExport_HasEveryFigure(t *testing.T) {
	h := newHouse(t)
	visit := first(h.admin.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1", Server: "Ada"}))
	r := first(h.desk.Submit(t.Context(), desk.NewReport{Code: visit.Code.Code, Rating: 2, Words: "Cold.", Language: "en"}))
	h.clock.advance(time.Minute)
	must(t, h.desk.Take(t.Context(), h.owner, h.venue.ID, r.ID, ""))
	h.clock.advance(time.Minute)
	must(t, h.desk.Say(t.Context(), h.owner, h.venue.ID, r.ID, feedback.Message{Text: "Coming", Language: "en"}))
	h.clock.advance(time.Minute)
	must(t, h.desk.Resolve(t.Context(), h.owner, h.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}, Cost: feedback.Money{Amount: 250, Currency: "EUR"}}}))
	file := string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, &api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatFigures)})))
	lines := first(csv.NewReader(strings.NewReader(file)).ReadAll())
	got := map[string]string{}
	for i, name := range lines[0] {
		got[name] = lines[len(lines)-1][i]
	}
	for name, value := range h.plain(first(h.admin.GetStats(t.Context(), h.venue.ID, nil)).Total).(map[string]any) {
		want := fmt.Sprint(value)
		switch {
		case name == "key" || name == "label":
			want = ""
		case name == "cost":
			want = "2.50"
		case value == nil:
			want = ""
		}
		if cell, has := got[name]; !has || cell != want {
			t.Errorf("%s is %q (%v) in the table, want %q", name, cell, has, want)
		}
	}
	for name, want := range map[string]string{"answered": "1", "median_answer_s": "120", "p90_answer_s": "120", "in_visit": "1", "before_close": "1"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}
