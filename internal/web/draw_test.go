package web_test

import (
	"embed"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/web"
	"makeright/static"
)

//go:embed testdata/*.html
var testPages embed.FS

var pages = web.MustPages(testPages, "testdata/[a-z]*.html", "testdata/_*.html")

// samplePage is all that the pages in testdata may use.
type samplePage struct {
	Frame    any
	Words    string
	Money    feedback.Money
	At       time.Time
	Zone     *time.Location
	Problems feedback.Problems
	Rating   int
}

func frames() map[string]any {
	links := []web.Link{
		{Href: "/a", Label: "web.live", Icon: "live", Count: 1234, Current: true},
		{Href: "/b", Label: `Canal <Street>`, Name: true},
		{Href: "/c", Label: "web.sign_out", Icon: "lock", Post: true},
	}
	return map[string]any{
		"guest.html": web.GuestFrame{
			Venue: "Fennel & <Rye>", Area: "Main room", Table: "12", Languages: []string{"en", "de", "ar"},
			Script: "guest.js", Privacy: "/privacy", Skip: "q",
		},
		"staff.html": web.StaffFrame{Venue: "Fennel & <Rye>", Home: "/board", Person: "Maria", Menu: links, Live: true, Skip: "board"},
		"owner.html": web.OwnerFrame{
			Venue: "Fennel & <Rye>", VenueSub: "Canal Street", Venues: links, Nav: links, Person: "Ines", Role: "role.owner", SignOut: "/sign-out",
		},
		"gate.html":  web.GateFrame{Sub: "Fennel & <Rye>", Wide: true, Scripts: []string{"guest.js"}},
		"paper.html": nil,
		"part.html":  nil,
	}
}

func sample(frame any) samplePage {
	return samplePage{
		Frame: frame, Words: "Cold <soup>\u202e", Money: feedback.Money{Amount: 1250, Currency: "EUR"},
		At: start, Zone: time.FixedZone("", 3600), Problems: feedback.Problems{"words": "problem.words.long"}, Rating: 2,
	}
}

// Every frame and partial of the kit, in every language: complete, marked with
// language and direction, everything typed escaped and isolated.
func TestDraw_EveryFrame(t *testing.T) {
	for name, frame := range frames() {
		for _, l := range i18n.Languages() {
			body, err := pages.Render(l.Tag, name, sample(frame))
			if err != nil {
				t.Fatalf("%s in %s: %v", name, l.Tag, err)
			}
			html := string(body)
			for _, bad := range []string{"⟦", "<no value>", "ZgotmplZ", "<soup>", "<Rye>", "<Street>", " style=", "onclick", "javascript:"} {
				if strings.Contains(html, bad) {
					t.Errorf("%s in %s holds %q:\n%s", name, l.Tag, bad, html)
				}
			}
			if name == "part.html" {
				continue
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
			if err != nil {
				t.Fatal(err)
			}
			root := doc.Find("html")
			if root.AttrOr("lang", "") != l.Tag || root.AttrOr("dir", "") != l.Dir {
				t.Errorf("%s in %s: lang=%q dir=%q, want dir=%q", name, l.Tag, root.AttrOr("lang", ""), root.AttrOr("dir", ""), l.Dir)
			}
			if doc.Find("title").Text() == "" || doc.Find("main").Length() > 1 {
				t.Errorf("%s in %s: title %q, %d mains", name, l.Tag, doc.Find("title").Text(), doc.Find("main").Length())
			}
			if frame != nil && doc.Find(`bdi:contains("Fennel & <Rye>")`).Length() == 0 {
				t.Errorf("%s in %s: the venue's name is not isolated", name, l.Tag)
			}
			doc.Find("script, link[rel=stylesheet]").Each(func(_ int, s *goquery.Selection) {
				url := s.AttrOr("src", s.AttrOr("href", ""))
				if name != "guest.html" && !strings.HasPrefix(url, static.Prefix) {
					t.Errorf("%s loads %q", name, url)
				}
			})
		}
	}
	if got, want := len(pages.Names()), len(frames()); got != want {
		t.Errorf("%d pages in testdata, %d tested", got, want)
	}
}

func TestDraw_Functions(t *testing.T) {
	e := house(t, nil)
	e.GET("/", func(c echo.Context) error { return web.Draw(c, http.StatusTeapot, pages, "part.html", sample(nil)) })
	res := visit(e, "GET", "/", "", "Accept-Language", "de-AT")
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusTeapot || res.Header.Get("Content-Language") != "de" || res.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("answer = %d %v", res.StatusCode, res.Header)
	}
	for id, want := range map[string]string{
		"rich": "in <b>1:30</b> noch", "money": "12,50\u00a0€", "time": "20:30", "iso": "2026-03-04T19:30:00Z",
		"num": "12.345", "percent": "43\u00a0%", "problem": i18n.For("de").T("problem.words.long"), "none": "",
		"clock": "1:05", "words": "Cold &lt;soup&gt;\u202e", "dict": "b",
	} {
		got, err := doc.Find("#" + id).Html()
		if err != nil || !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
	if doc.Find("svg.face").Length() != 1 || doc.Find("svg.i.flip").Length() != 1 || doc.Find("svg.mark").Length() != 1 {
		t.Error("a drawing is missing")
	}
	if id := doc.Find("p.err").AttrOr("id", ""); id != "words-err" {
		t.Errorf("the problem's id = %q", id)
	}
}

// A page that breaks in the middle never reaches anybody half-drawn.
func TestDraw_BuffersFirst(t *testing.T) {
	e := house(t, nil)
	e.GET("/", func(c echo.Context) error {
		page := sample(nil)
		page.Rating = 9 // there is no such face
		return web.Draw(c, http.StatusOK, pages, "part.html", page)
	})
	e.GET("/none", func(c echo.Context) error { return web.Draw(c, http.StatusOK, pages, "none.html", nil) })
	for _, path := range []string{"/", "/none"} {
		res := visit(e, "GET", path, "", "Accept-Language", "en")
		if body := text(t, res); res.StatusCode != 500 || strings.Contains(body, "begins") || !strings.Contains(body, "on our side") {
			t.Errorf("%s = %d %s", path, res.StatusCode, body)
		}
	}
}

// The policy of guest pages allows exactly the style and the script inside.
func TestDraw_PolicyFitsThePage(t *testing.T) {
	e := house(t, nil)
	e.GET("/", func(c echo.Context) error {
		return web.Draw(c, 200, pages, "guest.html", sample(frames()["guest.html"]))
	}, web.GuestHeaders("guest.js"))
	e.GET("/error", fails(errors.New("no")))
	for _, path := range []string{"/", "/error"} {
		res := visit(e, "GET", path, "")
		doc, err := goquery.NewDocumentFromReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		elements := doc.Find("style, script")
		if elements.Length() == 0 {
			t.Errorf("%s: no style inside", path)
		}
		elements.Each(func(_ int, s *goquery.Selection) {
			if !strings.Contains(res.Header.Get("Content-Security-Policy"), hashSource(s.Text())) {
				t.Errorf("%s: the policy does not allow its %s", path, goquery.NodeName(s))
			}
		})
		if doc.Find("link[rel=stylesheet], script[src]").Length() != 0 {
			t.Errorf("%s loads something the policy forbids", path)
		}
	}
}

func TestWrite_Compresses(t *testing.T) {
	e := house(t, nil)
	body := []byte(strings.Repeat("long ", 1000))
	e.GET("/long", func(c echo.Context) error { return web.Write(c, 200, body) })
	e.GET("/short", func(c echo.Context) error { return web.Write(c, 200, body[:100]) })
	for _, tt := range []struct{ path, accepts, want string }{
		{"/long", "br, gzip", "gzip"}, {"/long", "gzip;q=0", ""}, {"/long", "", ""}, {"/long", "gzip;q=0.5", "gzip"}, {"/short", "gzip", ""},
	} {
		res := visit(e, "GET", tt.path, "", "Accept-Encoding", tt.accepts)
		got := text(t, res)
		if res.Header.Get("Content-Encoding") != tt.want {
			t.Errorf("%s for %q: encoding %q, want %q", tt.path, tt.accepts, res.Header.Get("Content-Encoding"), tt.want)
		}
		if tt.want == "gzip" && unzip(t, got) != string(body) {
			t.Error("the compressed page is another")
		}
	}
}

func TestLanguage(t *testing.T) {
	tests := map[string]struct {
		target, cookie, likes string
		offered               []string
		want, remembers       string
	}{
		"browser":           {"/", "", "ar-EG, en;q=0.5", nil, "ar", ""},
		"unknown":           {"/", "", "tlh", nil, "en", ""},
		"nothing":           {"/", "", "", nil, "en", ""},
		"chosen":            {"/?lang=de", "", "ar", nil, "de", "de"},
		"chosen again":      {"/?lang=de", "de", "ar", nil, "de", ""},
		"remembered":        {"/", "de", "ar", nil, "de", ""},
		"made up":           {"/?lang=xx", "", "ar", nil, "ar", ""},
		"made up, long":     {"/?lang=" + strings.Repeat("x", 200), "", "ar", nil, "ar", ""},
		"not offered":       {"/", "de", "", []string{"ar", "en"}, "ar", ""},
		"offered, chosen":   {"/?lang=en", "de", "de", []string{"ar", "en"}, "en", "en"},
		"garbled cookie":    {"/", `"\\`, "de", nil, "de", ""},
		"regional, chosen":  {"/?lang=de-CH", "", "", nil, "de", "de"},
		"longer than usual": {"/", "", strings.Repeat("de,", 2000), nil, "en", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := house(t, nil)
			e.GET("/", func(c echo.Context) error {
				if tt.offered != nil {
					web.Offer(c, tt.offered)
				}
				return c.String(200, web.Lang(c)+" "+web.T(c, "web.table"))
			})
			res := visit(e, "GET", tt.target, "", "Accept-Language", tt.likes, "Cookie", "mr_lang="+tt.cookie)
			if got, want := text(t, res), tt.want+" "+i18n.For(tt.want).T("web.table"); got != want {
				t.Errorf("language = %q, want %q", got, want)
			}
			remembers := ""
			for _, c := range res.Cookies() {
				remembers = c.Value
			}
			if remembers != tt.remembers {
				t.Errorf("remembers %q, want %q", remembers, tt.remembers)
			}
		})
	}
}

func BenchmarkDraw(b *testing.B) {
	page := sample(frames()["guest.html"])
	for b.Loop() {
		if _, err := pages.Render("de", "guest.html", page); err != nil {
			b.Fatal(err)
		}
	}
}
