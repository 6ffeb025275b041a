package owner_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
)

// scanned reads the QR codes of pictures back, with the reader that phones'
// makers test against.
func scanned(t *testing.T, files ...string) string {
	t.Helper()
	reader, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed (package zbar-tools)")
	}
	out, err := exec.Command(reader, append([]string{"--quiet", "--raw"}, files...)...).Output()
	if err != nil {
		t.Fatalf("zbarimg %v: %v", files, err)
	}
	return strings.TrimSpace(string(out))
}

func save(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pages turns a PDF into pictures.
func pagesOf(t *testing.T, pdf string) []string {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm is not installed (package poppler-utils)")
	}
	file := save(t, "sheet.pdf", pdf)
	if out, err := exec.Command("pdftoppm", "-r", "150", "-png", file, filepath.Dir(file)+"/page").CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	found, err := filepath.Glob(filepath.Dir(file) + "/page*.png")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	return found
}

func TestCodes_EveryPictureReadsBack(t *testing.T) {
	p := newPlace(t)
	code := p.code(p.tables[0])
	want := "HTTPS://FEEDBACK.EXAMPLE/T/" + code.Code
	b := p.lead

	png := b.get(p.path("/codes/" + code.ID + ".png?size=300"))
	if got := scanned(t, save(t, "code.png", png.text)); got != want || png.Header.Get("Content-Type") != "image/png" {
		t.Errorf("PNG reads %q, want %q", got, want)
	}
	svg := b.get(p.path("/codes/" + code.ID + ".svg"))
	if !strings.HasPrefix(svg.text, "<svg") || svg.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(svg.Header.Get("Content-Disposition"), "table-1.svg") {
		t.Errorf("SVG: %v %.60s", svg.Header, svg.text)
	}
	inline := p.lead.page(p.path("/codes"), http.StatusOK).Find("ul.codes svg.qr path").First().AttrOr("d", "")
	printed := p.lead.page(p.path("/print?tables="+p.tables[0]), http.StatusOK).Find("svg.qr path").First().AttrOr("d", "")
	if inline == "" || inline != printed || !strings.Contains(svg.text, inline) {
		t.Error("the pictures on the page, on paper and in the file differ")
	}
	for _, layout := range []string{"tent", "card", "sticker"} {
		pdf := b.get(p.path("/sheet.pdf?format=letter&layout=" + layout + "&tables=1"))
		if pdf.StatusCode != http.StatusOK || pdf.Header.Get("Content-Type") != "application/pdf" {
			t.Fatalf("%s: %d %s", layout, pdf.StatusCode, pdf.text)
		}
		for got := range strings.FieldsSeq(scanned(t, pagesOf(t, pdf.text)...)) {
			if got != want {
				t.Errorf("%s reads %q, want %q", layout, got, want)
			}
		}
	}
}

// T32: the host of a request decides nothing that is printed or passed on.
func TestLinks_ComeFromTheSettings(t *testing.T) {
	p := newPlace(t)
	for _, path := range []string{"/codes", "/print", "/tables/" + p.tables[0]} {
		r := httptest.NewRequest(http.MethodGet, p.path(path), nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		if a := p.boss.do(r); a.StatusCode != http.StatusOK || strings.Contains(strings.ToLower(a.text), "evil.example") || !strings.Contains(a.text, "feedback.example/") {
			t.Errorf("%s: %d, or another host in it", path, a.StatusCode)
		}
	}
	r := httptest.NewRequest(http.MethodPost, p.path("/team/"+p.staff.Person+"/link"), nil)
	r.Host = "evil.example"
	doc := p.boss.read(p.boss.do(r), http.StatusOK)
	if got := doc.Find("#once").AttrOr("value", ""); !strings.HasPrefix(got, "https://feedback.example/join/") {
		t.Errorf("link = %q", got)
	}
}

func TestCodes_SayWhenTheyLeadNowhere(t *testing.T) {
	for host, local := range map[string]bool{
		"localhost:8080": true, "127.0.0.1": true, "[::1]:8080": true, "0.0.0.0:80": true,
		"192.168.1.5:8080": false, "feedback.example": false,
	} {
		p := placeIn(houseAt(t, &url.URL{Scheme: "http", Host: host}))
		got := p.lead.page(p.path("/codes"), http.StatusOK).Find("main > .note.soon").Length() == 1
		if got != local {
			t.Errorf("%s: warned = %v, want %v", host, got, local)
		}
	}
}

func TestCodes_RotateAndRevoke(t *testing.T) {
	p := newPlace(t)
	old, table := p.code(p.tables[0]), p.path("/tables/"+p.tables[0])
	row := func() *goquery.Selection {
		return p.lead.page(p.path("/codes"), http.StatusOK).Find("ul.codes > li").First()
	}
	p.lead.goes(p.lead.post(table+"/rotate", nil), p.path("/codes?done=rotated"))
	if fresh := p.code(p.tables[0]); fresh.Code == old.Code {
		t.Fatal("the code is the old one")
	}
	if got := text(row()); !strings.Contains(got, "old card works until 22 November 2026, 12:00") {
		t.Errorf("row = %q, want how long the old card works", got)
	}
	if a := p.lead.get(p.path("/codes/" + old.ID + ".svg")); a.StatusCode != http.StatusOK {
		t.Errorf("picture of a code that still works: %d", a.StatusCode)
	}
	p.clock.advance(feedback.RotateGrace)
	if got := text(row()); strings.Contains(got, "old card") {
		t.Errorf("a day later: %q", got)
	}
	if a := p.lead.get(p.path("/codes/" + old.ID + ".svg")); a.StatusCode != http.StatusNotFound {
		t.Errorf("picture of a code that ended: %d", a.StatusCode)
	}
	ask := p.lead.page(table+"/revoke", http.StatusOK)
	if got := text(ask.Find("main")); !strings.Contains(got, "Stop table 1’s code?") || !strings.Contains(got, "The card on the table will no longer work.") {
		t.Errorf("asks %q", got)
	}
	if p.code(p.tables[0]).ID == "" {
		t.Error("asking revoked it")
	}
	p.lead.goes(p.lead.post(ask.Find("main form").AttrOr("action", ""), nil), p.path("/codes?done=revoked"))
	if got := text(row()); !strings.Contains(got, "No code.") || !strings.Contains(got, "stopped on 22 November 2026") || !strings.Contains(got, "Make a new code") {
		t.Errorf("row = %q, want that there is no code", got)
	}
	doc := p.lead.page(p.path("/print"), http.StatusOK)
	if n := doc.Find(".tent").Length(); n != 1 {
		t.Errorf("prints %d tables, want only the one with a code", n)
	}
	if a := p.lead.get(p.path("/sheet.pdf?tables=1")); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.text, "Make a new code first") {
		t.Errorf("printing a table without a code: %d", a.StatusCode)
	}
	p.lead.post(table+"/rotate", nil)
	if got := text(row()); strings.Contains(got, "No code") {
		t.Errorf("after a new code: %q", got)
	}
}

func TestCodes_ScansAndSilence(t *testing.T) {
	p := newPlace(t)
	p.desk.Scanned(p.code(p.tables[0]).ID, p.venue)
	p.desk.Scanned(p.code(p.tables[0]).ID, p.venue)
	if err := p.desk.WriteScans(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.clock.advance(20 * 24 * time.Hour)
	p.desk.Scanned(p.code(p.tables[1]).ID, p.venue)
	if err := p.desk.WriteScans(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.clock.advance(2 * 24 * time.Hour)
	b := p.signIn(p.manager, "")
	rows := b.page(p.path("/codes"), http.StatusOK).Find("ul.codes > li")
	if got := text(rows.Eq(0)); !strings.Contains(got, "2 scans in 28 days") || !strings.Contains(got, "no scans for 22 days, is the card there?") {
		t.Errorf("table 1 = %q", got)
	}
	if got := text(rows.Eq(1)); !strings.Contains(got, "1 scan in 28 days") || strings.Contains(got, "is the card there?") {
		t.Errorf("table 2 = %q", got)
	}
}

func TestTables(t *testing.T) {
	p := newPlace(t)
	names := func() string {
		var all []string
		p.lead.page(p.path("/codes"), http.StatusOK).Find("ul.codes .plate").Each(func(_ int, s *goquery.Selection) { all = append(all, text(s)) })
		return strings.Join(all, " ")
	}
	p.lead.goes(p.lead.post(p.path("/tables"), values("tables", "3–5, T1..T2; Booth", "area", "Terrace")), p.path("/codes?done=added"))
	if got := names(); got != "1 2 3 4 5 T1 T2 Booth" {
		t.Errorf("tables = %s", got)
	}
	for typed, want := range map[string]string{
		"6, 2":                  "There is already a table with this name.",
		"2":                     "There is already a table with this name.",
		"":                      "Please give the table a name of up to 20 characters.",
		"9-1":                   "A range counts up, as in 1-24.",
		"1-600":                 "problem.table.many",
		strings.Repeat("x", 21): "Please give the table a name of up to 20 characters.",
	} {
		doc := p.lead.read(p.lead.post(p.path("/tables"), values("tables", typed, "area", "Bar")), http.StatusUnprocessableEntity)
		got := text(doc.Find("#tables-err"))
		if got == "" || got != want && !strings.HasPrefix(want, "problem.") {
			t.Errorf("%.20q: %q, want %q", typed, got, want)
		}
		if doc.Find("#tables").Text() != typed || doc.Find("#area").AttrOr("value", "") != "Bar" {
			t.Errorf("%.20q: what was typed is lost", typed)
		}
	}
	if got := names(); got != "1 2 3 4 5 T1 T2 Booth" {
		t.Errorf("after mistakes: %s", got)
	}
	p.lead.goes(p.lead.post(p.path("/tables"), values("tables", "テラス：６〜７、個室")), p.path("/codes?done=added"))
	if got := names(); !strings.HasSuffix(got, "6 7 個室") {
		t.Errorf("typed on a wide keyboard: %s", got)
	}
	at := p.path("/tables/" + p.tables[0])
	doc := p.lead.read(p.lead.post(at, values("name", "2", "area", "Bar")), http.StatusUnprocessableEntity)
	if text(doc.Find("#name-err")) == "" || doc.Find("#name").AttrOr("value", "") != "2" {
		t.Error("a name that is taken: nothing said, or lost")
	}
	p.lead.goes(p.lead.post(at, values("name", "One", "area", "Bar")), p.path("/codes?done=saved"))
	if got := names(); !strings.HasPrefix(got, "One 2") {
		t.Errorf("renamed: %s", got)
	}
	p.lead.page(at+"/remove", http.StatusOK)
	p.lead.goes(p.lead.post(at+"/remove", nil), p.path("/codes?done=removed"))
	if got := names(); strings.Contains(got, "One") {
		t.Errorf("removed: %s", got)
	}
	for _, path := range []string{"", "/revoke", "/remove"} {
		if a := p.lead.get(at + path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a removed table: %d", path, a.StatusCode)
		}
	}
	if a := p.lead.post(at+"/rotate", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("a new code for a removed table: %d", a.StatusCode)
	}
}

// What the PDF has no letters for is printed by a browser: no language is left
// without its cards, or gets boxes instead of words.
func TestPrint_InEveryLanguage(t *testing.T) {
	p := newPlace(t)
	for _, l := range i18n.Languages() {
		query := "language=" + l.Tag + "&layout=card"
		sheet := p.lead.get(p.path("/sheet.pdf?" + query))
		if sheet.StatusCode == http.StatusOK {
			if !strings.HasPrefix(sheet.text, "%PDF") || slices.Contains([]string{"ar", "he", "hi", "ja", "ko", "zh"}, l.Tag) {
				t.Errorf("%s is no PDF that can be read", l.Tag)
			}
			continue
		}
		p.lead.goes(sheet, p.path("/print?"+query))
		card := p.lead.page(sheet.Header.Get("Location"), http.StatusOK).Find(".cut .tf").First()
		if card.AttrOr("lang", "") != l.Tag || card.AttrOr("dir", "") != l.Dir || !strings.Contains(text(card), i18n.For(l.Tag).T("paper.question")) {
			t.Errorf("card in %s = %q", l.Tag, text(card))
		}
	}
}

func TestPrint(t *testing.T) {
	p := newPlace(t)
	arabic := p.lead.get(p.path("/sheet.pdf?language=ar&layout=card"))
	p.lead.goes(arabic, p.path("/print?language=ar&layout=card"))
	doc := p.lead.page(arabic.Header.Get("Location"), http.StatusOK)
	card := doc.Find(".cut .tf").First()
	if card.AttrOr("lang", "") != "ar" || card.AttrOr("dir", "") != "rtl" || !strings.Contains(text(card), "طاولة") {
		t.Errorf("card = %q", text(card))
	}
	if doc.Find("html").AttrOr("lang", "") != "en" || !strings.Contains(text(doc.Find("h1")), "Cards to print") {
		t.Error("the page around it is not in the reader's language")
	}
	if tents := p.lead.page(p.path("/print?format=letter"), http.StatusOK); tents.Find("body.letter .tent").Length() != 2 || tents.Find(".turn").Length() != 2 {
		t.Error("tents on Letter: want two, each with a face turned round")
	}
	tests := map[string]struct {
		query string
		code  int
	}{
		"paper":           {"format=a5", http.StatusUnprocessableEntity},
		"layout":          {"layout=banner", http.StatusUnprocessableEntity},
		"language":        {"language=xx", http.StatusUnprocessableEntity},
		"another's table": {"tables=nowhere", http.StatusNotFound},
		"one of two":      {"tables=1,nowhere", http.StatusNotFound},
		"by name and id":  {"tables=1&tables=" + p.tables[1], http.StatusOK},
	}
	for name, tt := range tests {
		for _, page := range []string{"/sheet.pdf?", "/print?"} {
			if a := p.lead.get(p.path(page + tt.query)); a.StatusCode != tt.code {
				t.Errorf("%s %s: %d, want %d", page, name, a.StatusCode, tt.code)
			}
		}
	}
	code := p.code(p.tables[0])
	for path, want := range map[string]int{".png?size=9": 422, ".png?size=x": 422, ".png?size=99999": 422, ".gif": 404, "": 404} {
		if a := p.lead.get(p.path("/codes/" + code.ID + path)); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
		}
	}
	if !bytes.HasPrefix([]byte(p.lead.get(p.path("/sheet.pdf")).text), []byte("%PDF")) {
		t.Error("the sheet is no PDF")
	}
}
