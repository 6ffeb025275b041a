// Package notify sends messages out of the house: web push, e-mail, chat, text
// messages and signed webhooks. It decides nothing: who is told what, and when,
// is the desk's business. Everything that leaves goes through one guarded HTTP
// client, see [Guard].
package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"makeright/internal/feedback"
)

// Message is one thing to tell one recipient.
type Message struct {
	To     feedback.Channel
	Title  string
	Text   string
	Link   string // a full address
	Lang   string // of title and text
	Dir    string // in which it is written: "ltr" or "rtl"
	Key    string // same key, same message: a receiver may drop the second
	Urgent bool   // about safety
	Take   string // path to post to in order to take it; empty where there is nothing to take
	Acts   Acts
	Body   []byte // of a webhook: the exact JSON

	// Of a mail that somebody asked for: a full address at which it can be stopped
	// without signing in, and what to call it. Such a mail has a part in HTML too.
	Stop, StopText string
}

// Acts are the words on the buttons of a notification, and what it says when
// taking did not work.
type Acts struct{ Take, Open, Failed string }

// Sender delivers messages over one kind of channel. [ErrGone] says that the
// address is no more: never try again and forget it. A [*Later] says when to
// try again; after any other error the sender may be tried again.
type Sender interface {
	Send(context.Context, Message) error
}

// Senders are those that the operator has set up, by kind of channel.
type Senders map[feedback.ChannelKind]Sender

// ErrGone says that the receiver does not know the address any more.
var ErrGone = errors.New("the address is gone")

// ErrUnset says that the operator has not set this kind of channel up.
var ErrUnset = errors.New("this kind of channel is not set up")

// Send delivers m over its channel's kind; [ErrUnset] when there is no such
// sender.
func (s Senders) Send(ctx context.Context, m Message) error {
	sender, ok := s[m.To.Kind]
	if !ok {
		return ErrUnset
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	return sender.Send(ctx, m)
}

// Patience is how long one delivery may take: from looking up the name to the
// end of the answer.
const Patience = 10 * time.Second

// Later asks to be tried again after a while.
type Later struct {
	Status int // of HTTP; 429 or 503
	After  time.Duration
}

func (l *Later) Error() string { return "the receiver asks to wait " + l.After.String() }

// StatusError is an answer that is no success: of HTTP, or of a mail server.
type StatusError struct {
	Status int
	Mail   bool
}

func (e StatusError) Error() string { return fmt.Sprintf("the receiver answered %d", e.Status) }

// Outcome says in a word what an error of [Senders.Send] means.
func Outcome(err error) feedback.Outcome {
	status, answered := errors.AsType[StatusError](err)
	later, waits := errors.AsType[*Later](err)
	var name *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return feedback.Accepted
	case errors.Is(err, ErrGone):
		return numbered("gone", status.Status)
	case answered && status.Mail:
		return numbered("smtp", status.Status)
	case answered:
		return numbered("http", status.Status)
	case waits:
		return numbered("later", later.Status)
	case errors.Is(err, ErrUnset):
		return "unset"
	case errors.Is(err, errAddress):
		return "address"
	case errors.Is(err, ErrGuarded):
		return "guarded"
	case errors.As(err, &name) && !name.IsTimeout:
		return "name"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "refused"
	case encryption(err):
		return "tls"
	}
	return "failed"
}

func numbered(word string, n int) feedback.Outcome {
	if n == 0 {
		return feedback.Outcome(word)
	}
	return feedback.Outcome(word + " " + strconv.Itoa(n))
}

// encryption says whether the receiver could not prove who it is, or spoke no TLS.
func encryption(err error) bool {
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	_, header := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return cert || header || alert || errors.Is(err, http.ErrSchemeMismatch)
}

// errAddress says that the address is of no form that we know.
var errAddress = errors.New("not an address we can send to")
