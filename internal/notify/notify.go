// Package notify sends messages out of the house: web push, e-mail, chat, text
// messages and signed webhooks. It decides nothing: who is told what, and when,
// is the desk's business. Everything that leaves goes through one guarded HTTP
// client, see [Guard].
package notify

import (
	"context"
	"errors"
	"net/http"
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
	Key    string // same key, same message: a receiver may drop the second
	Urgent bool   // about safety
	Take   string // path to post to in order to take it; empty where there is nothing to take
	Acts   Acts
	Body   []byte // of a webhook: the exact JSON
}

// Acts are the words on the buttons of a notification.
type Acts struct{ Take, Open string }

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

// StatusError is an answer that is no success.
type StatusError struct{ Status int }

func (e StatusError) Error() string { return "the receiver answered " + http.StatusText(e.Status) }

// Is makes errors.Is(e, ErrGone) true where the status says so.
func (e StatusError) Is(target error) bool {
	return target == ErrGone && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}
