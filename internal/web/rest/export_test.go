package rest_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// TestExport_HasNoFormulas writes text that a spreadsheet would run into every
// field that holds text (T27), and reads both kinds of table back.
func TestExport_HasNoFormulas(t *testing.T) {
	h := newHouse(t)
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "\"=1\"", "a,b", "a\nb", "plain", "é=1", "'=1", "<f>1</f>", "</t></is></c><c><f>1</f></c>", "a;=1"}
	for _, text := range hostile {
		name := text[:min(len(text), 18)]
		_, err := h.desk.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: name, Area: text}})
		must(t, err)
		id, err := h.desk.WriteDown(t.Context(), h.owner, h.venue.ID, name, desk.NewReport{Rating: 1, Words: text, Language: "en"})
		must(t, err)
		must(t, h.desk.Unresolved(t.Context(), h.owner, h.venue.ID, id, "other", text))
	}
	out := string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, nil)))
	if !strings.Contains(out, "\r\n") {
		t.Error("lines do not end as RFC 4180 says")
	}
	lines := first(csv.NewReader(strings.NewReader(out)).ReadAll())
	book := workbook(t, first(h.admin.ExportXLSX(t.Context(), h.venue.ID, nil)))
	if len(lines) != len(hostile)+1 || len(book) != len(lines) {
		t.Fatalf("%d lines, %d in the workbook, want %d", len(lines), len(book), len(hostile)+1)
	}
	words := slices.Index(lines[0], "words")
	for i, cells := range lines[1:] {
		want := hostile[len(hostile)-1-i]               // newest first
		inside := strings.ReplaceAll(want, ";=", ";'=") // where another spreadsheet cuts
		if got := strings.TrimPrefix(cells[words], "'"); got != strings.TrimPrefix(inside, "'") {
			t.Errorf("words = %q, want %q", cells[words], want)
		}
		if got := book[i+1][words]; got != want {
			t.Errorf("words in the workbook = %q, want %q", got, want)
		}
		for j, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r\x00", rune(cell[0])) {
				t.Errorf("%s of %q is %q", lines[0][j], want, cell)
			}
		}
	}
}

// workbook reads a workbook back. Any cell but text and numbers fails.
func workbook(t *testing.T, data []byte) (rows [][]string) {
	t.Helper()
	book := first(zip.NewReader(bytes.NewReader(data), int64(len(data))))
	seen := map[string]bool{}
	for _, f := range book.File {
		seen[f.Name] = true
		text := first(io.ReadAll(first(f.Open())))
		var sheet struct {
			Rows []struct {
				Cells []struct {
					Type    string  `xml:"t,attr"`
					Style   string  `xml:"s,attr"`
					Value   string  `xml:"v"`
					Text    string  `xml:"is>t"`
					Formula *string `xml:"f"`
				} `xml:"c"`
			} `xml:"sheetData>row"`
		}
		must(t, xml.Unmarshal(text, &sheet)) // every part is well-formed
		for _, r := range sheet.Rows {
			var cells []string
			for _, c := range r.Cells {
				if c.Formula != nil || c.Type != "" && c.Type != "inlineStr" {
					t.Errorf("a cell of type %q, formula %v", c.Type, c.Formula != nil)
				}
				if _, err := strconv.ParseFloat(c.Value, 64); c.Value != "" && err != nil {
					t.Errorf("%q is no number", c.Value)
				}
				cells = append(cells, c.Text+c.Value)
			}
			rows = append(rows, cells)
		}
	}
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml"} {
		if !seen[name] {
			t.Errorf("the workbook has no %s", name)
		}
	}
	return rows
}

// TestExport_OfEverything takes away each table, in the venue's zone and the
// reader's way of writing numbers, and notes who did.
func TestExport_OfEverything(t *testing.T) {
	h := newHouse(t)
	id := h.submit("cold").ID
	must(t, h.desk.Take(t.Context(), h.owner, h.venue.ID, id, ""))
	must(t, h.desk.Resolve(t.Context(), h.owner, h.venue.ID, id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"refund"}, Cost: feedback.Money{Amount: 1250, Currency: "EUR"}}}))
	take := func(p *api.ExportCSVParams, comma rune) []map[string]string {
		r := csv.NewReader(strings.NewReader(string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, p)))))
		r.Comma = comma
		lines := first(r.ReadAll())
		var rows []map[string]string
		for _, cells := range lines[1:] {
			row := map[string]string{}
			for i, cell := range cells {
				row[lines[0][i]] = cell
			}
			rows = append(rows, row)
		}
		return rows
	}
	reports := take(nil, ',')
	if got := reports[0]; got["cost"] != "12.50" || got["cost_minor"] != "1250" || got["created_at"] != "2026-11-20T13:00:00+01:00" {
		t.Errorf("report = %v", got)
	}
	if got := take(&api.ExportCSVParams{Language: ptr("de")}, ';'); got[0]["cost"] != "12,50" {
		t.Errorf("in German: %v", got)
	}
	events := take(&api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatEvents)}, ',')
	if len(events) < 3 || events[0]["kind"] != "report.created" || events[0]["seq"] != "1" || len(events[0]["hash"]) != 64 {
		t.Errorf("events = %v", events)
	}
	if got := take(&api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatEvents), To: ptr("2026-11-19")}, ','); len(got) != 0 {
		t.Errorf("events of before = %v", got)
	}
	figures := take(&api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatFigures), By: ptr(api.GroupingAction)}, ',')
	if len(figures) != 2 || figures[0]["key"] != "refund" || figures[1]["by"] != "total" || figures[1]["resolved"] != "1" || figures[1]["cost"] != "12.50" {
		t.Errorf("figures = %v", figures)
	}
	row := workbook(t, first(h.admin.ExportXLSX(t.Context(), h.venue.ID, nil)))[1]
	noon := time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC).Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
	if got := first(strconv.ParseFloat(row[1], 64)); got-noon > 1e-6 || noon-got > 1e-6 {
		t.Errorf("sent at %v, want %v", got, noon)
	}
	audit := first(h.admin.ListAudit(t.Context(), nil))
	if got := audit.Items[0]; got.Action != "export.taken" || got.Detail["table"] != "reports.xlsx" || !strings.Contains(got.Detail["period"], "2026-11-20") {
		t.Errorf("audit = %+v", got)
	}
}

// TestExport_OfDaysByTheHoursOfThen: an event stays of the service day that it was
// of when it came, whatever hours and zone the venue has since.
func TestExport_OfDaysByTheHoursOfThen(t *testing.T) {
	h := newHouse(t)
	h.clock.advance(14*time.Hour + 30*time.Minute) // 03:30 in Berlin, late in the day of the 20th
	h.submit("cold")
	h.clock.advance(4 * time.Hour)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.TimeZone = "Asia/Tokyo"
		v.Hours.Week = map[string][]string{"sat": {"10:00-18:00"}, "sun": {"10:00-18:00"}}
	}))
	h.submit("slow")                // in the afternoon of the 21st in Tokyo
	h.clock.advance(20 * time.Hour) // noon of the 22nd in Tokyo
	h.submit("loud")
	of := func(from, to string) (numbers []string) {
		p := &api.ExportCSVParams{What: ptr(api.ExportCSVParamsWhatEvents), From: &from, To: &to}
		for _, cells := range first(csv.NewReader(strings.NewReader(string(first(h.admin.ExportCSV(t.Context(), h.venue.ID, p))))).ReadAll())[1:] {
			numbers = append(numbers, cells[0])
		}
		return numbers
	}
	for _, tt := range []struct {
		from, to string
		want     []string
	}{
		{"2026-11-20", "2026-11-20", []string{"1"}},
		{"2026-11-21", "2026-11-21", []string{"2"}},
		{"2026-11-22", "2026-11-22", []string{"3"}},
		{"2026-11-20", "2026-11-22", []string{"1", "2", "3"}},
		{"2026-11-22", "2026-11-20", nil},
	} {
		if got := of(tt.from, tt.to); !slices.Equal(got, tt.want) {
			t.Errorf("from %s to %s: %q, want %q", tt.from, tt.to, got, tt.want)
		}
	}
}
