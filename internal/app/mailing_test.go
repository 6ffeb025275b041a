package app_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// postOffice speaks as much SMTP as a letter needs and keeps the letters.
type postOffice struct {
	mu      sync.Mutex
	letters []string
}

func (p *postOffice) open(t *testing.T) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.talk(c)
		}
	}()
	return &url.URL{Scheme: "smtp", Host: l.Addr().String()}
}

func (p *postOffice) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	_, _ = fmt.Fprint(c, "220 ready\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch word := strings.ToUpper(strings.Fields(line + " .")[0]); word {
		case "DATA":
			_, _ = fmt.Fprint(c, "354 go on\r\n")
			var letter strings.Builder
			for line, err = in.ReadString('\n'); err == nil && line != ".\r\n"; line, err = in.ReadString('\n') {
				letter.WriteString(line)
			}
			p.mu.Lock()
			p.letters = append(p.letters, letter.String())
			p.mu.Unlock()
			_, _ = fmt.Fprint(c, "250 taken\r\n")
		case "QUIT":
			_, _ = fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			_, _ = fmt.Fprint(c, "250 fine\r\n")
		}
	}
}

// read returns the letters so far, each as its subject, address and text.
func (p *postOffice) read(t *testing.T) (letters []string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, raw := range p.letters {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		must(t, err)
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		must(t, err)
		letters = append(letters, m.Header.Get("To")+"\n"+string(text))
	}
	return letters
}

// The morning mail comes once through the operator's mail server, also when the
// program starts anew that morning, and leads to the figures it tells of.
func TestMailings_ArriveOnce(t *testing.T) {
	office, now := &postOffice{}, time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC)
	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "https", Host: "feedback.example"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second,
		Outside: config.Outside{SMTP: office.open(t), From: "alerts@example.com"},
	}
	start := func() *app.App {
		a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
		must(t, err)
		return a
	}
	morning := func(a *app.App) {
		must(t, a.Desk.SendMailings(t.Context()))
		must(t, a.Drain(t.Context()))
	}
	a := start()
	demo, err := a.Desk.FillDemo(t.Context())
	must(t, err)
	owner, err := a.Desk.Operator(t.Context())
	must(t, err)
	_, err = a.Desk.AddChannel(t.Context(), owner, desk.NewChannel{Kind: feedback.ChannelEmail, Address: "olga@example.com"})
	must(t, err)
	must(t, a.Desk.Want(t.Context(), owner, demo.Venue.ID, []feedback.Mailing{{What: feedback.SayDay}}))
	now = now.Add(17*time.Hour - time.Minute) // in Rome, whose clocks are put forward in this night
	morning(a)
	if n := len(office.read(t)); n != 0 {
		t.Fatalf("%d letters before the morning", n)
	}
	now = now.Add(time.Minute)
	morning(a)
	must(t, a.Close())
	a = start()
	morning(a)
	must(t, a.Close())
	letters := office.read(t)
	if len(letters) != 1 {
		t.Fatalf("%d letters, want one: %q", len(letters), letters)
	}
	for _, want := range []string{"olga@example.com", "27 March 2027", "https://feedback.example/owner/" + demo.Venue.ID + "?from=2027-03-27&to=2027-03-27"} {
		if !strings.Contains(letters[0], want) {
			t.Errorf("the letter lacks %q:\n%s", want, letters[0])
		}
	}
}

// The morning mail comes in the reader's language, as plain text and beside it in
// HTML that fetches nothing, and the mail program's own button ends it: without a
// session, once or twice, and for nobody else.
func TestMailings_CanBeStoppedByTheMailProgram(t *testing.T) {
	office, now := &postOffice{}, time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC)
	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "https", Host: "feedback.example"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second,
		Outside: config.Outside{SMTP: office.open(t), From: "alerts@example.com"},
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	demo, err := a.Desk.FillDemo(t.Context())
	must(t, err)
	owner, err := a.Desk.Operator(t.Context())
	must(t, err)
	id, err := a.Desk.AddPerson(t.Context(), owner, desk.NewPerson{Name: "Amal", Email: "amal@example.com", Role: feedback.Manager, Venue: demo.Venue.ID, Language: "ar"})
	must(t, err)
	amal := feedback.Actor{Kind: feedback.ByPerson, Org: owner.Org, ID: id, Person: id, Venues: map[string]feedback.Role{demo.Venue.ID: feedback.Manager}}
	_, err = a.Desk.AddChannel(t.Context(), amal, desk.NewChannel{Kind: feedback.ChannelEmail, Address: "amal@example.com"})
	must(t, err)
	must(t, a.Desk.Want(t.Context(), amal, demo.Venue.ID, []feedback.Mailing{{What: feedback.SayDay}, {What: feedback.SayWeek}}))
	morning := func() []string {
		now = now.Add(24 * time.Hour)
		must(t, a.Desk.SendMailings(t.Context()))
		must(t, a.Drain(t.Context()))
		office.mu.Lock()
		defer office.mu.Unlock()
		letters := office.letters
		office.letters = nil
		return letters
	}
	letters := morning()
	if len(letters) != 1 {
		t.Fatalf("%d letters, want one", len(letters))
	}
	letter, err := mail.ReadMessage(strings.NewReader(letters[0]))
	must(t, err)
	link := strings.Trim(letter.Header.Get("List-Unsubscribe"), "<>")
	if !strings.HasPrefix(link, "https://feedback.example/stop/") || letter.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("it is stopped at %q by %q", link, letter.Header.Get("List-Unsubscribe-Post"))
	}
	kind, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	must(t, err)
	if kind != "multipart/alternative" {
		t.Fatalf("it is %s", kind)
	}
	parts := multipart.NewReader(letter.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := parts.NextPart() // decodes quoted-printable
		must(t, err)
		body, err := io.ReadAll(part)
		must(t, err)
		text := string(body)
		if !strings.HasPrefix(part.Header.Get("Content-Type"), want) || !strings.Contains(text, "لا أحد ينتظر الآن.") || !strings.Contains(text, link) {
			t.Errorf("as %s it says:\n%s", want, text)
		}
		if want == "text/html" {
			if !strings.Contains(text, `<html lang="ar" dir="rtl">`) || !strings.Contains(text, "color-scheme:light dark") {
				t.Errorf("it is not written from right to left, or for light alone:\n%s", text)
			}
			rest := strings.ReplaceAll(text, `href="https://feedback.example/`, "")
			for _, fetched := range []string{"://", "src=", "url(", "<link", "@import", "<script"} {
				if strings.Contains(rest, fetched) {
					t.Errorf("%q in it: a mail program would fetch something", fetched)
				}
			}
		}
	}

	path := strings.TrimPrefix(link, "https://feedback.example")
	ask := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "https://feedback.example"+path, strings.NewReader("List-Unsubscribe=One-Click"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		a.Handler().ServeHTTP(rec, r)
		return rec
	}
	if rec := ask("GET", path); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `<form method="post">`) {
		t.Errorf("who follows the link sees %d:\n%s", rec.Code, rec.Body)
	}
	if len(morning()) != 2 { // it is Monday: of the day, and of the week
		t.Error("to look at the page stopped the mail")
	}
	wrong := []byte(path)
	wrong[len(wrong)-5] ^= 1
	for _, path := range []string{string(wrong), "/stop/x", path + "A"} {
		if got := ask("POST", path).Code; got != http.StatusNotFound {
			t.Errorf("POST %s = %d, want 404", path, got)
		}
	}
	for range 2 {
		if rec := ask("POST", path); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "<form") || rec.Header().Get("Set-Cookie") != "" {
			t.Errorf("the button answers %d:\n%s", rec.Code, rec.Body)
		}
	}
	if letters = morning(); len(letters) != 0 {
		t.Errorf("mailed after it was stopped: %q", letters)
	}
	now = now.Add(5 * 24 * time.Hour)
	if letters = morning(); len(letters) != 1 {
		t.Errorf("%d letters next Monday, want the week's alone", len(letters))
	}
	stop, err := a.Desk.Stoppable(t.Context(), strings.TrimPrefix(path, "/stop/"))
	if err != nil || stop.On || stop.What != feedback.SayDay {
		t.Errorf("the link is of %q, on: %v, %v", stop.What, stop.On, err)
	}
}
