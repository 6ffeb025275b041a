package app_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
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
