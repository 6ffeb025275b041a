package notify_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/notify"
)

// home lets receivers be on this machine.
var home = notify.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// hook sends one webhook to an address and says what became of it.
func hook(t *testing.T, ctx context.Context, g notify.Guard, address string) feedback.Outcome {
	t.Helper()
	err := notify.Senders{feedback.ChannelWebhook: notify.Webhook{Client: g.Client(), Now: time.Now}}.
		Send(ctx, notify.Message{To: feedback.Channel{Kind: feedback.ChannelWebhook, Address: address, Secret: newSecret}, Key: "k", Body: []byte("{}")})
	if err != nil && strings.Contains(err.Error(), "secret-path") {
		t.Errorf("the error holds the address: %v", err)
	}
	return notify.Outcome(err)
}

// tcp is a receiver that does with a connection what it likes.
func tcp(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + l.Addr().String() + "/secret-path"
}

// TestReceivers_ThatMisbehave names what went wrong, whatever a receiver does.
func TestReceivers_ThatMisbehave(t *testing.T) {
	answer := func(status int, header ...string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(srv.Close)
		return srv.URL + "/secret-path"
	}
	selfSigned := httptest.NewUnstartedServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = log.New(io.Discard, "", 0)
	selfSigned.StartTLS()
	t.Cleanup(selfSigned.Close)
	late := httptest.NewUnstartedServer(http.NotFoundHandler())
	late.Config.ErrorLog = log.New(io.Discard, "", 0)
	late.TLS = &tls.Config{Certificates: []tls.Certificate{expired(t)}}
	late.StartTLS()
	t.Cleanup(late.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	endless := tcp(t, func(c net.Conn) {
		_, _ = fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
		for range 4000 {
			if _, err := fmt.Fprintf(c, "X-More: %s\r\n", strings.Repeat("x", 1000)); err != nil {
				break
			}
		}
		_ = c.Close()
	})
	tests := map[string]struct {
		address string
		want    feedback.Outcome
	}{
		"takes it":               {answer(204), feedback.Accepted},
		"fails":                  {answer(500), "http 500"},
		"does not know it":       {answer(404), "http 404"},
		"asks to wait":           {answer(429, "Retry-After", "120"), "later 429"},
		"is overloaded":          {answer(503), "later 503"},
		"sends elsewhere":        {answer(302, "Location", "http://127.0.0.1:1/"), "http 302"},
		"answers garbage":        {tcp(t, func(c net.Conn) { _, _ = fmt.Fprint(c, "\x00\xff garbage\r\n\r\n"); _ = c.Close() }), "failed"},
		"hangs up":               {tcp(t, func(c net.Conn) { _ = c.Close() }), "failed"},
		"is not there":           {"http://" + closed.Addr().String() + "/secret-path", "refused"},
		"proves nothing":         {selfSigned.URL, "tls"},
		"proved it until lately": {late.URL, "tls"},
		"speaks no TLS":          {strings.Replace(answer(200), "http:", "https:", 1), "tls"},
		"has no such name":       {"https://receiver.invalid/secret-path", "name"},
		"lies inside":            {"http://10.0.0.1/secret-path", "guarded"},
		"headers without an end": {endless, "failed"},
	}
	guard := home
	guard.Resolver = names(t, func(string, int64) []netip.Addr { return nil })
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hook(t, t.Context(), guard, tt.address); got != tt.want {
				t.Errorf("outcome %q, want %q", got, tt.want)
			}
		})
	}
}

// expired is a certificate whose time is over.
func expired(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	like := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestReceivers_ThatKeepUsWaiting end with the time that is allowed, whether
// they say nothing or a byte at a time.
func TestReceivers_ThatKeepUsWaiting(t *testing.T) {
	drip := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			defer c.Close()
			i := 0
			for range time.Tick(5 * time.Millisecond) {
				if _, err := c.Write([]byte{text[i%len(text)]}); err != nil {
					return
				}
				i++
			}
		}
	}
	for name, serve := range map[string]func(net.Conn){
		"says nothing":              func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _, _ = io.Copy(io.Discard, c) },
		"a header a byte at a time": drip("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<16)),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			if got := hook(t, ctx, home, tcp(t, serve)); got != "timeout" {
				t.Errorf("outcome %q, want timeout", got)
			}
		})
	}
}

func TestLater_SaysHowLong(t *testing.T) {
	for header, want := range map[string]time.Duration{"120": 2 * time.Minute, "": 0, "x": 0, "-5": 0, "99999999999": 24 * time.Hour, "999999": 24 * time.Hour} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		err := notify.Webhook{Client: home.Client(), Now: time.Now}.
			Send(t.Context(), notify.Message{To: feedback.Channel{Address: srv.URL, Secret: newSecret}, Key: "k"})
		if later, ok := errors.AsType[*notify.Later](err); !ok || later.After != want {
			t.Errorf("Retry-After %q: %v, want %v", header, err, want)
		}
		srv.Close()
	}
}

// mailServer speaks as much SMTP as a letter needs and keeps what it was told.
func mailServer(t *testing.T, refuse string) (address string, letter <-chan string) {
	t.Helper()
	got := make(chan string, 1)
	at := tcp(t, func(c net.Conn) {
		defer c.Close()
		lines, data, all := bufio.NewScanner(c), false, ""
		fmt.Fprint(c, "220 mail.example\r\n")
		for lines.Scan() {
			line := lines.Text()
			all += line + "\n"
			word, _, _ := strings.Cut(line, " ")
			switch {
			case data && line == ".":
				data = false
				fmt.Fprint(c, "250 taken\r\n")
				got <- all
			case data:
			case refuse != "" && strings.HasPrefix(line, refuse):
				fmt.Fprint(c, "550 no such mailbox\r\n")
			case word == "DATA":
				data = true
				fmt.Fprint(c, "354 go on\r\n")
			case word == "QUIT":
				fmt.Fprint(c, "221 bye\r\n")
				return
			default:
				fmt.Fprint(c, "250 fine\r\n")
			}
		}
	})
	return strings.TrimSuffix(strings.TrimPrefix(at, "http://"), "/secret-path"), got
}

func post(t *testing.T, ctx context.Context, server string) error {
	t.Helper()
	u, err := url.Parse(server)
	must(t, err)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	mail := notify.Mail{Server: u, From: "Makeright <alerts@makeright.example>", Now: func() time.Time { return now }}
	return mail.Send(ctx, alert(feedback.ChannelEmail, "olga@example.com"))
}

func TestMail(t *testing.T) {
	at, letter := mailServer(t, "")
	must(t, post(t, t.Context(), "smtp://"+at))
	got := <-letter
	for _, want := range []string{
		"MAIL FROM:<alerts@makeright.example>", "RCPT TO:<olga@example.com>", "Subject: Table 12: waiting too long\n",
		"Date: Fri, 20 Nov 2026 12:00:00 +0000\n", "Auto-Submitted: auto-generated\n", "Content-Language: en\n",
		"Message-ID: <", "Open the board.\n\nhttps://makeright.example/board/v/reports/r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the letter lacks %q:\n%s", want, got)
		}
	}
	again, second := mailServer(t, "")
	must(t, post(t, t.Context(), "smtp://"+again))
	id := func(s string) string {
		_, s, _ = strings.Cut(s, "Message-ID: ")
		s, _, _ = strings.Cut(s, "\n")
		return s
	}
	if other := <-second; id(other) != id(got) || id(got) == "" {
		t.Errorf("the second try is letter %s, the first was %s", id(other), id(got))
	}
}

func TestMail_ThatIsRefused(t *testing.T) {
	at, _ := mailServer(t, "RCPT")
	err := post(t, t.Context(), "smtp://"+at)
	if got := notify.Outcome(err); got != "smtp 550" || strings.Contains(err.Error(), "olga") {
		t.Errorf("%q (%v), want smtp 550 and no address", got, err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	if got := notify.Outcome(post(t, t.Context(), "smtp://"+closed.Addr().String())); got != "refused" {
		t.Errorf("nobody there: %q", got)
	}
	// A password is never shown to a server that does not encrypt.
	at, _ = mailServer(t, "")
	if err := post(t, t.Context(), "smtp://user:password@"+at); err == nil {
		t.Error("the password was sent in the open")
	}
}

func TestMail_ThatHangs(t *testing.T) {
	at := tcp(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	server := strings.TrimSuffix(strings.TrimPrefix(at, "http://"), "/secret-path")
	if got := notify.Outcome(post(t, ctx, "smtp://"+server)); got != "timeout" {
		t.Errorf("outcome %q, want timeout", got)
	}
}
