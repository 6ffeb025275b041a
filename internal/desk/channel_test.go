package desk_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// subscription is one that a browser could have made.
func subscription(t *testing.T, endpoint string) feedback.Subscription {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	must(t, err)
	return feedback.Subscription{Endpoint: endpoint, Keys: feedback.SubscriptionKeys{
		P256DH: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(make([]byte, 16)),
	}}
}

func TestSubscribe(t *testing.T) {
	h := inHouse(t, storetest.New(t))
	maria, jonas := h.waiter, storetest.Person(t, h.s, h.owner, h.venue.ID, "Jonas", feedback.Staff)
	maria.Session = "s1"
	phone := subscription(t, "https://fcm.googleapis.com/x")
	of := func(a feedback.Actor) int {
		cs, err := h.s.Org(h.owner).ChannelsOf(t.Context(), a.Person)
		must(t, err)
		return len(cs)
	}
	first, err := h.Subscribe(t.Context(), maria, phone, "Chrome, Android", false)
	must(t, err)
	again, err := h.Subscribe(t.Context(), maria, phone, "Chrome, Android", true) // with each page that is opened
	must(t, err)
	if first != again || of(maria) != 1 {
		t.Errorf("twice: %s and %s, %d channels", first, again, of(maria))
	}
	if _, err := h.Subscribe(t.Context(), jonas, phone, "Chrome, Android", true); err != nil || of(maria) != 0 || of(jonas) != 1 {
		t.Errorf("somebody else signs in: %v, %d and %d channels", err, of(maria), of(jonas))
	}
	own, err := h.s.Org(h.owner).ChannelsOf(t.Context(), jonas.Person)
	must(t, err)
	must(t, h.RemoveChannel(t.Context(), jonas, own[0].ID))
	if _, err := h.Subscribe(t.Context(), jonas, phone, "", true); !errors.Is(err, feedback.ErrConflict) || of(jonas) != 0 {
		t.Errorf("taken back, and brought by the browser: %v", err)
	}
	if _, err := h.Subscribe(t.Context(), jonas, phone, "", false); err != nil || of(jonas) != 1 {
		t.Errorf("taken back, and wanted again: %v", err)
	}
	own, err = h.s.Org(h.owner).ChannelsOf(t.Context(), jonas.Person)
	must(t, err)
	must(t, h.TriedChannel(t.Context(), jonas, own[0].ID, "gone 410"))
	if _, err := h.Subscribe(t.Context(), jonas, phone, "", true); !errors.Is(err, feedback.ErrGone) || of(jonas) != 0 {
		t.Errorf("given up by its push service: %v", err)
	}
}

func TestSubscribe_RefusesWhatIsNone(t *testing.T) {
	h := inHouse(t, storetest.New(t))
	good := subscription(t, "https://fcm.googleapis.com/x")
	for name, change := range map[string]func(*feedback.Subscription){
		"no address":     func(s *feedback.Subscription) { s.Endpoint = "" },
		"a script":       func(s *feedback.Subscription) { s.Endpoint = "javascript:alert(1)" },
		"an endless one": func(s *feedback.Subscription) { s.Endpoint += strings.Repeat("x", feedback.MaxAddress) },
		"no point":       func(s *feedback.Subscription) { s.Keys.P256DH = base64.RawURLEncoding.EncodeToString(make([]byte, 65)) },
		"half a secret":  func(s *feedback.Subscription) { s.Keys.Auth = s.Keys.Auth[:8] },
	} {
		s := good
		change(&s)
		if _, err := h.Subscribe(t.Context(), h.waiter, s, "", false); !errors.Is(err, feedback.ErrInvalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	shared := h.waiter
	shared.Shared = true
	if _, err := h.Subscribe(t.Context(), shared, good, "", false); !errors.Is(err, feedback.ErrForbidden) {
		t.Errorf("on a tablet that everybody holds: %v", err)
	}
}

func TestAddChannel(t *testing.T) {
	h := inHouse(t, storetest.New(t))
	tests := map[string]struct {
		by   feedback.Actor
		in   desk.NewChannel
		want error
		kept string
	}{
		"an e-mail address":   {h.waiter, desk.NewChannel{Kind: feedback.ChannelEmail, Address: " Maria@Example.com "}, nil, "maria@example.com"},
		"a number":            {h.waiter, desk.NewChannel{Kind: feedback.ChannelSMS, Address: "0049 (170) 123-4567"}, nil, "+491701234567"},
		"a number at home":    {h.waiter, desk.NewChannel{Kind: feedback.ChannelSMS, Address: "0170 1234567"}, feedback.ErrInvalid, ""},
		"a room":              {h.waiter, desk.NewChannel{Kind: feedback.ChannelChat, Address: "https://hooks.slack.com/x"}, nil, "https://hooks.slack.com/x"},
		"no room":             {h.waiter, desk.NewChannel{Kind: feedback.ChannelChat, Address: "file:///etc/passwd"}, feedback.ErrInvalid, ""},
		"nothing":             {h.waiter, desk.NewChannel{Kind: feedback.ChannelEmail}, feedback.ErrInvalid, ""},
		"a push by hand":      {h.waiter, desk.NewChannel{Kind: feedback.ChannelPush, Address: "{}"}, feedback.ErrInvalid, ""},
		"the venue's, waiter": {h.waiter, desk.NewChannel{Venue: h.venue.ID, Kind: feedback.ChannelChat, Address: "https://c.example/x"}, feedback.ErrForbidden, ""},
		"the venue's":         {h.manager, desk.NewChannel{Venue: h.venue.ID, Kind: feedback.ChannelChat, Address: "https://c.example/x"}, nil, "https://c.example/x"},
		"a program's own":     {till(h, feedback.ScopeAdmin), desk.NewChannel{Kind: feedback.ChannelEmail, Address: "a@b.example"}, feedback.ErrForbidden, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			id, err := h.AddChannel(t.Context(), tt.by, tt.in)
			if !errors.Is(err, tt.want) {
				t.Fatalf("AddChannel() = %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			if c, err := h.Channel(t.Context(), tt.by, id); err != nil || c.Address != tt.kept {
				t.Errorf("kept %q, %v; want %q", c.Address, err, tt.kept)
			}
			if again, err := h.AddChannel(t.Context(), tt.by, tt.in); err != nil || again != id {
				t.Errorf("a second time: %s, %v; want the first", again, err)
			}
			if _, err := h.Channel(t.Context(), storetest.Person(t, h.s, h.owner, h.venue.ID, "Noah", feedback.Staff), id); err == nil {
				t.Error("a colleague reaches it")
			}
		})
	}
}

func TestAddChannel_HasAnEnd(t *testing.T) {
	h := inHouse(t, storetest.New(t))
	var err error
	for i := 0; i <= feedback.MaxChannels && err == nil; i++ {
		_, err = h.AddChannel(t.Context(), h.waiter, desk.NewChannel{Kind: feedback.ChannelEmail, Address: strings.Repeat("x", i+1) + "@b.example"})
	}
	if ps, ok := errors.AsType[feedback.Problems](err); !ok || ps["address"] != "channels.problem.many" {
		t.Errorf("after %d: %v", feedback.MaxChannels, err)
	}
}

func TestWebhook_SecretsOverlap(t *testing.T) {
	h := inHouse(t, storetest.New(t))
	id, first, err := h.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://h.example/x", Events: []feedback.EventKind{feedback.ReportCreated}})
	must(t, err)
	second, err := h.RotateWebhook(t.Context(), h.owner, id)
	must(t, err)
	c, err := h.Channel(t.Context(), h.owner, id)
	must(t, err)
	now := h.Now()
	if got := c.Secrets(now); len(got) != 2 || got[0] != second || got[1] != first || first == second {
		t.Errorf("after the change: %q, want the new and the old", got)
	}
	if got := c.Secrets(now.Add(feedback.SecretOverlap)); len(got) != 1 || got[0] != second {
		t.Errorf("a day later: %q, want the new alone", got)
	}
	if !c.Wants(feedback.ReportCreated) || c.Wants(feedback.VisitOpened) || !(feedback.Channel{}).Wants(feedback.VisitOpened) {
		t.Error("it is told of what it did not choose, or not of what it did")
	}
	for name, in := range map[string]desk.Webhook{
		"url":    {URL: "ftp://h.example"},
		"events": {URL: "https://h.example", Events: []feedback.EventKind{"report.eaten"}},
		"venue":  {URL: "https://h.example", Venue: "nowhere"},
	} {
		_, _, err := h.AddWebhook(t.Context(), h.owner, in)
		if ps, ok := errors.AsType[feedback.Problems](err); !ok || ps[name] == "" {
			t.Errorf("%s: %v, want a problem with it", name, err)
		}
	}
	if _, _, err := h.AddWebhook(t.Context(), h.manager, desk.Webhook{URL: "https://h.example"}); !errors.Is(err, feedback.ErrForbidden) {
		t.Errorf("a manager: %v", err)
	}
	h.clk.advance(time.Hour)
	must(t, h.RemoveChannel(t.Context(), h.owner, id))
	if _, err := h.RotateWebhook(t.Context(), h.owner, id); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}
