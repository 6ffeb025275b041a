package notify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"makeright/internal/feedback"
	"makeright/internal/notify"
)

const (
	newSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// delivered is one request as a receiver got it.
type delivered struct {
	Secret  string            `json:"secret"` // that the receiver knows
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
	want    bool
}

// deliver sends one event at the time and returns it as it arrived.
func deliver(t *testing.T, at time.Time, c feedback.Channel) delivered {
	t.Helper()
	w := &wire{}
	c.Address = "https://hook.example/x"
	m := notify.Message{To: c, Key: "0190-delivery", Body: []byte(`{"seq":7,"kind":"report.created","words":"naïve — 日本"}`)}
	must(t, notify.Webhook{Client: w.client(), Now: func() time.Time { return at }}.Send(t.Context(), m))
	if w.body != string(m.Body) || w.header.Get("Content-Type") != "application/json" {
		t.Errorf("sent %s as %s", w.body, w.header.Get("Content-Type"))
	}
	d := delivered{Secret: newSecret, Body: w.body, Headers: map[string]string{}, want: true}
	for _, h := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		d.Headers[h] = w.header.Get(h)
	}
	return d
}

// deliveries are what a receiver must take and what it must refuse.
func deliveries(t *testing.T) map[string]delivered {
	now := time.Now()
	rotated := feedback.Channel{Secret: newSecret, OldSecret: oldSecret, OldUntil: now.Add(time.Hour)}
	with := func(d delivered, change func(*delivered)) delivered {
		headers := map[string]string{}
		for k, v := range d.Headers {
			headers[k] = v
		}
		d.Headers = headers
		change(&d)
		return d
	}
	good := deliver(t, now, feedback.Channel{Secret: newSecret})
	all := map[string]delivered{
		"as it is":                      good,
		"rotated, the new secret":       deliver(t, now, rotated),
		"rotated, the old secret":       with(deliver(t, now, rotated), func(d *delivered) { d.Secret = oldSecret }),
		"the old one after the overlap": with(deliver(t, now.Add(2*time.Hour), rotated), func(d *delivered) { d.Secret, d.want = oldSecret, false }),
		"another secret":                with(good, func(d *delivered) { d.Secret, d.want = oldSecret, false }),
		"six minutes old":               with(deliver(t, now.Add(-6*time.Minute), feedback.Channel{Secret: newSecret}), func(d *delivered) { d.want = false }),
		"six minutes early":             with(deliver(t, now.Add(6*time.Minute), feedback.Channel{Secret: newSecret}), func(d *delivered) { d.want = false }),
		"another id":                    with(good, func(d *delivered) { d.Headers["webhook-id"], d.want = "other", false }),
		"a later time, signature kept": with(good, func(d *delivered) {
			d.Headers["webhook-timestamp"], d.want = strconv.FormatInt(now.Unix()+1, 10), false
		}),
		"no signature": with(good, func(d *delivered) { d.Headers["webhook-signature"], d.want = "", false }),
		"a signature of another version": with(good, func(d *delivered) {
			d.Headers["webhook-signature"], d.want = "v2"+strings.TrimPrefix(d.Headers["webhook-signature"], "v1"), false
		}),
	}
	for i := range good.Body { // one byte changed, everywhere
		all[fmt.Sprintf("byte %d changed", i)] = with(good, func(d *delivered) {
			b := []byte(d.Body)
			b[i] ^= 1
			d.Body, d.want = string(b), false
		})
	}
	return all
}

func TestWebhook_VerifiedInGo(t *testing.T) {
	for name, d := range deliveries(t) {
		hook, err := standardwebhooks.NewWebhook(d.Secret)
		must(t, err)
		h := http.Header{}
		for k, v := range d.Headers {
			h.Set(k, v)
		}
		if err := hook.Verify([]byte(d.Body), h); (err == nil) != d.want {
			t.Errorf("%s: %v, want accepted: %t", name, err, d.want)
		}
	}
}

// TestWebhook_VerifiedInJavaScript asks the reference library of another
// language, so that the two cannot share a mistake.
func TestWebhook_VerifiedInJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing (Debian: nodejs)")
	}
	var names []string
	var lines bytes.Buffer
	all := deliveries(t)
	for name, d := range all {
		if !utf8.ValidString(d.Body) {
			continue // text that is no UTF-8 does not survive the way to node
		}
		line, err := json.Marshal(d)
		must(t, err)
		names = append(names, name)
		lines.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/standardwebhooks.js")
	cmd.Stdin = &lines
	out, err := cmd.Output()
	must(t, err)
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(said) != len(names) || len(said) < 40 {
		t.Fatalf("%d answers for %d deliveries", len(said), len(names))
	}
	for i, name := range names {
		if (said[i] == "ok") != all[name].want {
			t.Errorf("%s: %s, want accepted: %t", name, said[i], all[name].want)
		}
	}
}

func TestWebhook_OnlyGoneIsForgotten(t *testing.T) {
	for status, want := range map[int]string{200: "accepted", 204: "accepted", 404: "http 404", 410: "gone 410", 302: "http 302", 503: "later 503"} {
		w := &wire{status: status}
		err := notify.Webhook{Client: w.client(), Now: time.Now}.
			Send(t.Context(), notify.Message{To: feedback.Channel{Address: "https://h.example", Secret: newSecret}, Key: "k", Body: []byte("{}")})
		if got := notify.Outcome(err); string(got) != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
}
