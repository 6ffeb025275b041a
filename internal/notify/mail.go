package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Mail sends e-mail through the operator's mail server.
type Mail struct {
	// Server is smtp://user:password@host:587, with STARTTLS where the server has
	// it, or smtps://host:465.
	Server *url.URL
	From   string
	Now    func() time.Time
}

// Send implements [Sender].
func (s Mail) Send(ctx context.Context, m Message) error {
	letter, err := s.letter(m)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(s.Server.Hostname(), s.options(ctx)...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return mailError(err)
}

func (s Mail) letter(m Message) (*mail.Msg, error) {
	letter := mail.NewMsg()
	if err := letter.From(s.From); err != nil {
		return nil, errAddress
	}
	if err := letter.To(m.To.Address); err != nil {
		return nil, errAddress
	}
	id := sha256.Sum256([]byte(m.Key))
	letter.SetMessageIDWithValue(hex.EncodeToString(id[:16]) + "@makeright.invalid")
	letter.SetDateWithValue(s.Now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("Content-Language", m.Lang)
	if m.Urgent {
		letter.SetImportance(mail.ImportanceUrgent)
	}
	letter.Subject(m.Title)
	letter.SetBodyString(mail.TypeTextPlain, strings.TrimSpace(m.Text+"\n\n"+m.Link)+"\n"+stopLine(m))
	if m.Stop == "" {
		return letter, nil
	}
	text, err := page(m)
	if err != nil {
		return nil, err
	}
	letter.AddAlternativeString(mail.TypeTextHTML, text)
	letter.SetListUnsubscribe(m.Stop)
	if strings.HasPrefix(m.Stop, "https://") { // RFC 8058 asks for it
		letter.SetListUnsubscribePost()
	}
	return letter, nil
}

// stopLine is the end of a plain letter that can be stopped.
func stopLine(m Message) string {
	if m.Stop == "" {
		return ""
	}
	return "\n" + m.StopText + ":\n" + m.Stop + "\n"
}

// options never send a password unencrypted: the library finds out what the
// server offers, and leaves out what would show it.
func (s Mail) options(ctx context.Context) []mail.Option {
	options := []mail.Option{
		mail.WithTimeout(Patience), mail.WithTLSPolicy(mail.TLSOpportunistic), mail.WithPort(s.port()), mail.WithDialContextFunc(s.dial(ctx)),
	}
	if user := s.Server.User; user != nil {
		password, _ := user.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user.Username()), mail.WithPassword(password))
	}
	return options
}

func (s Mail) port() int {
	port, err := strconv.Atoi(s.Server.Port())
	switch {
	case err == nil:
		return port
	case s.Server.Scheme == "smtps":
		return 465
	}
	return 587
}

// dial connects, and hangs up when whole is over: the library's own deadline
// begins anew with each line of the server.
func (s Mail) dial(whole context.Context) mail.DialContextFunc {
	plain := &net.Dialer{Timeout: 5 * time.Second}
	dial := plain.DialContext
	if s.Server.Scheme == "smtps" {
		dial = (&tls.Dialer{NetDialer: plain, Config: &tls.Config{ServerName: s.Server.Hostname()}}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			context.AfterFunc(whole, func() { _ = conn.Close() })
		}
		return conn, err
	}
}

// mailError finds the number that the server answered with. Its words may hold
// the address and are left out.
func mailError(err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*mail.SendError](err); ok && refused.ErrorCode() > 0 {
		return StatusError{Status: refused.ErrorCode(), Mail: true}
	}
	if refused, ok := errors.AsType[*textproto.Error](err); ok {
		return StatusError{Status: refused.Code, Mail: true}
	}
	return err
}
