package feedback

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ChannelKind is a way out of the house.
type ChannelKind string

// Kinds of channels. The board itself is none: it needs no address.
const (
	ChannelPush    ChannelKind = "push"
	ChannelEmail   ChannelKind = "email"
	ChannelChat    ChannelKind = "chat"
	ChannelSMS     ChannelKind = "sms"
	ChannelWebhook ChannelKind = "webhook"
)

// Limits of channels.
const (
	MaxAddress  = 2000
	MaxChannels = 20 // of one person, of one venue, and webhooks of an organisation
)

// SecretOverlap is how long the old secret of a webhook signs beside the new one.
const SecretOverlap = 24 * time.Hour

// Channel is one address outside of the house: a person's own, a venue's (a
// chat room) or an organisation's (a webhook, of one venue or of all).
type Channel struct {
	ID       string `gorm:"primaryKey"`
	OrgID    string
	VenueID  string // empty for a person's own, and for a webhook of all venues
	PersonID string // empty for what belongs to nobody in particular
	Kind     ChannelKind
	Name     string
	Address  string      // secret: e-mail address, number, chat or webhook URL, or a push subscription as JSON
	Session  string      // of a push subscription: the session that made it, with which it ends
	Events   []EventKind `gorm:"serializer:json"` // of a webhook: what it is told; none means everything

	Secret    string // of a webhook; of a push subscription the hash of its endpoint
	OldSecret string
	OldUntil  time.Time `gorm:"serializer:ms"`

	CreatedAt time.Time `gorm:"serializer:ms"`
	PausedAt  time.Time `gorm:"serializer:ms"` // of a webhook: it is told of nothing since then; zero when it is
	GoneAt    time.Time `gorm:"serializer:ms"` // removed, or the receiver said that there is no such address
	LastAt    time.Time `gorm:"serializer:ms"` // of the last try
	LastOK    time.Time `gorm:"serializer:ms"` // of the last one that was accepted
	LastErr   Outcome   // of the last try when it was not accepted
}

// Live says whether the channel may be used.
func (c Channel) Live() bool { return c.GoneAt.IsZero() }

// Paused says whether a webhook is told of nothing for the time being.
func (c Channel) Paused() bool { return !c.PausedAt.IsZero() }

// Wants says whether a webhook is told of events of this kind.
func (c Channel) Wants(kind EventKind) bool {
	return !c.Paused() && (len(c.Events) == 0 || slices.Contains(c.Events, kind))
}

// Secrets are the secrets that sign at now, the newest first.
func (c Channel) Secrets(now time.Time) []string {
	if c.OldSecret != "" && now.Before(c.OldUntil) {
		return []string{c.Secret, c.OldSecret}
	}
	return []string{c.Secret}
}

// Check reports every problem with a channel at once, but for what only
// the senders know.
func (c Channel) Check() error {
	ps := Problems{}
	if n := len([]rune(c.Name)); n > MaxName {
		ps["name"] = "problem.name.long"
	}
	switch {
	case c.Address == "":
		ps["address"] = "channels.problem.missing"
	case len(c.Address) > MaxAddress:
		ps["address"] = "channels.problem.wrong"
	case c.Kind == ChannelEmail && !emailLike(c.Address):
		ps["address"] = "problem.email.wrong"
	case c.Kind == ChannelSMS && !numberLike(c.Address):
		ps["address"] = "channels.problem.phone"
	case c.Kind == ChannelChat && !urlLike(c.Address, ChatSchemes), c.Kind == ChannelWebhook && !urlLike(c.Address, webSchemes):
		ps["address"] = "channels.problem.wrong"
	}
	for _, k := range c.Events {
		if !slices.Contains(EventKinds, k) {
			ps["events"] = "channels.problem.events"
		}
	}
	return ps.OrNil()
}

// CleanAddress brings what somebody typed into the one form that is kept.
func CleanAddress(kind ChannelKind, s string) string {
	s = CleanLine(s)
	switch kind {
	case ChannelEmail:
		return strings.ToLower(s)
	case ChannelSMS:
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -()./", r) {
				return -1
			}
			return r
		}, s)
		if rest, ok := strings.CutPrefix(s, "00"); ok {
			return "+" + rest
		}
	}
	return s
}

// Shown is an address as it may stand on a screen: an e-mail address and a
// number whole, of a room or a webhook the host alone, for the rest is a secret.
func (c Channel) Shown() string {
	switch c.Kind {
	case ChannelEmail, ChannelSMS:
		return c.Address
	case ChannelChat, ChannelWebhook:
		if u, err := url.Parse(c.Address); err == nil {
			return u.Host
		}
	}
	return ""
}

// Subscription is what a browser hands out for push messages.
type Subscription struct {
	Endpoint string           `json:"endpoint"`
	Keys     SubscriptionKeys `json:"keys"`
}

// SubscriptionKeys are what push messages to a browser are encrypted with.
type SubscriptionKeys struct {
	P256DH string `json:"p256dh"`
	Auth   string `json:"auth"`
}

// Check says whether it is one: an https address, a point of P-256 and 16
// bytes, in base64 for addresses.
func (s Subscription) Check() error {
	point, err1 := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Keys.P256DH, "="))
	auth, err2 := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Keys.Auth, "="))
	_, err3 := ecdh.P256().NewPublicKey(point)
	if errors.Join(err1, err2, err3) != nil || len(auth) != 16 || len(s.Endpoint) > MaxAddress/2 || !urlLike(s.Endpoint, webSchemes) {
		return Problems{"endpoint": "channels.problem.wrong"}
	}
	return nil
}

// numberLike says whether s is a telephone number with its country: +, then 7
// to 15 digits (E.164).
func numberLike(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "" && digits[0] != '0'
}

// ChatSchemes are how chat addresses may begin: those that services hand out,
// which are https, and short forms for services that hand out a token.
var ChatSchemes = []string{"https", "http", "telegram", "matrix", "mattermost", "ntfy", "gotify"}

var webSchemes = []string{"https", "http"}

// urlLike says whether s is a full address of one of the schemes, in printable
// ASCII, as addresses of machines are.
func urlLike(s string, schemes []string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && u.Fragment == "" && slices.Contains(schemes, u.Scheme)
}

// Outcome is what became of one try to send: a word and, where the receiver
// answered with one, its number. It holds no address, so that it may be shown
// and logged.
type Outcome string

// Halted stands in place of an outcome where a webhook was paused while a message
// to it waited.
const Halted Outcome = "paused"

// Removed stands in place of an outcome where somebody took an address back, so
// that a browser does not bring it again by itself.
const Removed Outcome = "removed"

// Accepted is the outcome of a message that the receiver took. That is not to
// say that anybody saw it.
const Accepted Outcome = "accepted"

// Outcomes are the words of outcomes.
var Outcomes = strings.Fields("accepted gone http later timeout refused name guarded tls smtp unset address failed")

// Word is the kind of outcome, one of [Outcomes].
func (o Outcome) Word() string {
	word, _, _ := strings.Cut(string(o), " ")
	return word
}

// Number is what the receiver answered with; 0 when it did not.
func (o Outcome) Number() int {
	_, n, _ := strings.Cut(string(o), " ")
	number, _ := strconv.Atoi(n)
	return number
}

// EventKinds lists what a webhook can be told of.
var EventKinds = []EventKind{
	ReportCreated, ReportTaken, ReportReleased, ReportMessage, ReportEscalated, ReportResolved, ReportUnresolved,
	ReportDismissed, ReportReopened, ReportVerdict, ReportMerged, ReportChanged, AlertDelivered, AlertFailed, VisitOpened, VisitScanned, VisitClosed, CodeRotated, CodeRevoked,
	ScreenLost, ScreenBack, BurstMarked, BurstCleared, DigestDaily, DigestWeekly,
}
