package owner_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Codes that would lead nowhere but to this machine are not printed, in no way.
func TestPrint_RefusesWhatNoPhoneReaches(t *testing.T) {
	for host, want := range map[string]int{
		"localhost:8080": 422, "bar.localhost": 422, "127.0.0.1": 422, "[::1]:8080": 422, "0.0.0.0:80": 422, "192.168.1.5:8080": 200,
	} {
		p := placeIn(houseAt(t, &url.URL{Scheme: "http", Host: host}))
		for _, path := range []string{"/sheet.pdf", "/print", "/sheet.pdf?layout=poster"} {
			a := p.lead.get(p.path(path))
			if a.StatusCode != want || want == 422 && !strings.Contains(a.text, "BASE_URL") {
				t.Errorf("%s%s: %d, want %d", host, path, a.StatusCode, want)
			}
		}
	}
}

func TestPrint_LabelsAndLanguages(t *testing.T) {
	p := newPlace(t)
	for query, want := range map[string]int{
		"labels=L7160": 200, "labels=Avery+5163": 200, "labels=5160": 422, "labels=22805": 422, "labels=L0": 422, "skip=x": 422, "skip=-1": 422,
		"labels=own&columns=2&rows=4&width=90&height=60,5&left=10&top=12": 200, "labels=own&columns=9&rows=4&width=90&height=60": 422,
		"labels=own": 422, "labels=own&columns=2&rows=2&width=1e400&height=10": 422,
		"language=en,de,it": 200, "language=en&language=&language=de": 200, "language=en,de,it,fr": 422, "area=Nowhere": 422,
		"layout=poster": 200, "layout=page&format=letter": 200,
	} {
		for _, page := range []string{"/sheet.pdf?", "/print?"} {
			if a := p.lead.get(p.path(page + query)); a.StatusCode != want {
				t.Errorf("%s%s: %d, want %d", page, query, a.StatusCode, want)
			}
		}
	}
	doc := p.lead.page(p.path("/print?labels=L7163&skip=3&language=ar,en"), http.StatusOK)
	if n := doc.Find(".sheet.labels > span").Length(); n != 3 || doc.Find(".stick.label").Length() != 2 || doc.Find(`.h2[lang="en"]`).Length() != 2 {
		t.Errorf("%d labels are left free, want 3", n)
	}
	style := p.lead.get(doc.Find("link[rel=stylesheet]").Last().AttrOr("href", ""))
	if style.StatusCode != http.StatusOK || !strings.Contains(style.text, "repeat(7,38.100mm)/repeat(2,99.100mm)") {
		t.Errorf("labels are laid out by %d %q", style.StatusCode, style.text)
	}
}

// upload posts a file as a browser does.
func (b *browser) upload(path, field string, file []byte) answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, "logo.png")
	if err != nil {
		b.Fatal(err)
	}
	_, _ = part.Write(file)
	w.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestLogo(t *testing.T) {
	p := newPlace(t)
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 900, 300))); err != nil {
		t.Fatal(err)
	}
	whole := append(file.Bytes(), "<script>alert(1)</script>"...)
	p.lead.goes(p.lead.upload(p.path("/logo"), "logo", whole), p.path("/life?done=saved"))
	got := p.lead.get(p.path("/logo.png"))
	if c, err := png.DecodeConfig(strings.NewReader(got.text)); err != nil || c.Width != 480 || strings.Contains(got.text, "script") || got.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the logo is %d wide, %v, %v", c.Width, err, got.Header)
	}
	if a := p.lead.get(p.path("/sheet.pdf")); a.StatusCode != http.StatusOK || !strings.Contains(a.text, "/Image") {
		t.Errorf("a sheet with it: %d, or no picture in it", a.StatusCode)
	}
	if n := p.lead.page(p.path("/print"), http.StatusOK).Find("img.lg").Length(); n == 0 {
		t.Error("the page to print shows no logo")
	}
	for name, bad := range map[string][]byte{"text": []byte("GIF89a"), "svg": []byte("<svg/>")} {
		if a := p.lead.upload(p.path("/logo"), "logo", bad); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d, want 422", name, a.StatusCode)
		}
	}
	if a := p.lead.upload(p.path("/logo"), "logo", make([]byte, 10<<20)); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %d, want 413", a.StatusCode)
	}
	p.lead.goes(p.lead.post(p.path("/logo"), nil), p.path("/life?done=saved"))
	if a := p.lead.get(p.path("/logo.png")); a.StatusCode != http.StatusNotFound {
		t.Errorf("taken away: %d", a.StatusCode)
	}
}

// Who printed what is written down and shown.
func TestLife_WhoPrintedWhat(t *testing.T) {
	p := newPlace(t)
	p.lead.get(p.path("/sheet.pdf?layout=card&tables=1"))
	p.boss.get(p.path("/print?format=letter"))
	p.lead.get(p.path("/sheet.pdf?layout=banner"))
	rows := p.lead.page(p.path("/life"), http.StatusOK).Find("table.t tbody tr")
	if rows.Length() != 2 {
		t.Fatalf("%d prints, want 2: %s", rows.Length(), text(rows))
	}
	if got := text(rows.Eq(1)); !strings.Contains(got, p.manager.Name) || !strings.Contains(got, "1") || !strings.Contains(got, "Cards Paper: A4") {
		t.Errorf("the first is %q", got)
	}
	if got := text(rows.Eq(0)); !strings.Contains(got, p.owner.Name) || !strings.Contains(got, "Tents to fold US Letter") {
		t.Errorf("the second is %q", got)
	}
}

func TestLife_NewCodesForMany(t *testing.T) {
	p := newPlace(t)
	was := []string{p.code(p.tables[0]).Code, p.code(p.tables[1]).Code}
	if a := p.lead.post(p.path("/life/rotate"), values("area", "")); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without being sure: %d", a.StatusCode)
	}
	if a := p.lead.post(p.path("/life/rotate"), values("area", "Nowhere", "sure", "1")); a.StatusCode != http.StatusNotFound {
		t.Errorf("an area that is not there: %d", a.StatusCode)
	}
	p.lead.goes(p.lead.post(p.path("/life/rotate"), values("sure", "1")), p.path("/codes?done=rotated"))
	for n, code := range was {
		if p.code(p.tables[n]).Code == code {
			t.Errorf("table %d has its old code", n)
		}
	}
}

// A table that was scanned every day and is scanned no more alarms after a day
// of service; one that was always quiet does not.
func TestLife_ScansFallToNone(t *testing.T) {
	p := newPlace(t)
	said := func() string {
		t.Helper()
		return text(p.signIn(p.manager, "").page(p.path("/life"), http.StatusOK).Find("section.life").First())
	}
	if got := said(); !strings.Contains(got, "No card has been scanned yet.") {
		t.Errorf("where nobody scanned, the page says %q", got)
	}
	scan := func(table string, n int) {
		for range n {
			p.desk.Scanned(p.code(table).ID, p.venue)
		}
		if err := p.desk.WriteScans(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		scan(p.tables[0], 8)
		scan(p.tables[1], 3)
		p.clock.advance(24 * time.Hour)
	}
	fell := func() int {
		b := p.signIn(p.manager, "")
		return b.page(p.path("/codes"), http.StatusOK).Find("main > .note.late").Length()
	}
	if fell() != 0 {
		t.Error("alarmed before anything was missing")
	}
	if got := said(); !strings.Contains(got, "Every card has been scanned lately.") {
		t.Errorf("where all are scanned, the page says %q", got)
	}
	scan(p.tables[1], 3) // the day on which somebody pastes another code over table 1
	p.clock.advance(24 * time.Hour)
	if fell() != 1 {
		t.Fatal("a day without a scan: nobody is alarmed")
	}
	if got := said(); !strings.Contains(got, "Scans have stopped") {
		t.Errorf("the page says %q", got)
	}
	scan(p.tables[0], 1)
	if fell() != 0 {
		t.Error("scanned again, and still alarmed")
	}
}
