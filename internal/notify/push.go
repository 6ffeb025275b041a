package notify

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// Push shows notifications on phones and computers, also locked ones.
type Push struct {
	Client *http.Client
	// Subject is how a push service reaches who runs this: an https address, or
	// an e-mail address without "mailto:", which the library puts before it.
	Subject string
	Keys    PushKeys
	Guard   Guard // for push services in the operator's own network
}

// PushKeys are the installation's VAPID keys. What has subscribed to them
// cannot be pushed to with others, so they are kept.
type PushKeys struct {
	Public  string `json:"public"`
	Private string `json:"private"`
}

// NewPushKeys makes keys for a new installation.
func NewPushKeys() (PushKeys, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return PushKeys{}, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return PushKeys{Public: encode(key.PublicKey().Bytes()), Private: encode(key.Bytes())}, nil
}

const (
	// pushLife is how long a push service keeps a message for a phone that is
	// off. What is older was escalated meanwhile.
	pushLife = 30 * 60
	// pushRoom is how much text the encryption of RFC 8291 leaves.
	pushRoom = 3900
)

// pushServices are the hosts of browsers' push services. A subscription comes
// from a browser, so from whoever sits before it.
var pushServices = []string{
	"fcm.googleapis.com", "android.googleapis.com", "jmt17.google.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com",
}

// declarative is a message that iOS shows without any script of ours, and that
// our service worker reads too (Declarative Web Push).
type declarative struct {
	WebPush      int          `json:"web_push"` // 8030, always
	Notification notification `json:"notification"`
}

type notification struct {
	Title    string   `json:"title"`
	Body     string   `json:"body"`
	Lang     string   `json:"lang,omitempty"`
	Navigate string   `json:"navigate"`
	Tag      string   `json:"tag"`
	Renotify bool     `json:"renotify"`
	Require  bool     `json:"requireInteraction"`
	Silent   bool     `json:"silent"`
	Vibrate  []int    `json:"vibrate,omitempty"`
	Actions  []action `json:"actions,omitempty"`
	Data     data     `json:"data"`
}

type action struct {
	Action   string `json:"action"`
	Title    string `json:"title"`
	Navigate string `json:"navigate"`
}

type data struct {
	Take   string `json:"take,omitempty"`
	Failed string `json:"failed,omitempty"`
}

// Send implements [Sender]. What the push service does not know any more is gone.
func (p Push) Send(ctx context.Context, m Message) error {
	var s webpush.Subscription
	if err := json.Unmarshal([]byte(m.To.Address), &s); err != nil || !p.knows(s.Endpoint) {
		return errAddress
	}
	text, err := json.Marshal(declare(m))
	if err != nil {
		return err
	}
	if len(text) > pushRoom {
		return fmt.Errorf("push of %d bytes", len(text))
	}
	topic := sha256.Sum256([]byte(m.Key))
	res, err := webpush.SendNotificationWithContext(ctx, text, &s, &webpush.Options{
		HTTPClient: p.Client, Subscriber: p.Subject, TTL: pushLife, Urgency: webpush.UrgencyHigh,
		Topic:          base64.RawURLEncoding.EncodeToString(topic[:])[:32],
		VAPIDPublicKey: p.Keys.Public, VAPIDPrivateKey: p.Keys.Private,
	})
	if err != nil {
		return discreet(err)
	}
	defer res.Body.Close()
	return goneFor(judged(res), http.StatusNotFound, http.StatusGone)
}

// knows says whether the endpoint is of a push service, by the host as it was
// parsed.
func (p Push) knows(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return p.Guard.names(host) || u.Scheme == "https" && slices.ContainsFunc(pushServices, func(s string) bool {
		return host == s || strings.HasSuffix(host, "."+s)
	})
}

func declare(m Message) declarative {
	n := notification{
		Title: m.Title, Body: m.Text, Lang: m.Lang, Navigate: m.Link, Tag: m.Link, Renotify: true, Require: true,
		Vibrate: []int{200, 100, 200},
	}
	if m.Urgent {
		n.Vibrate = []int{400, 100, 400, 100, 400}
	}
	if m.Take != "" {
		n.Actions = append(n.Actions, action{"take", m.Acts.Take, m.Link})
		n.Data = data{m.Take, m.Acts.Failed}
	}
	if m.Acts.Open != "" {
		n.Actions = append(n.Actions, action{"open", m.Acts.Open, m.Link})
	}
	return declarative{8030, n}
}
