package staff_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

func TestChannels(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	page := "/board/" + h.venue.ID + "/channels"

	first := b.get(t, page).wants(t, http.StatusOK)
	for _, want := range []string{"This device", "None yet. The board still rings.", "SMS_URL", "then Add to Home Screen", address(h.maria)} {
		if !strings.Contains(first.text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := b.post(t, page, "kind", "email", "address", "not one").wants(t, http.StatusUnprocessableEntity); !strings.Contains(got.text, "doesn’t look like") ||
		!strings.Contains(got.text, `value="not one"`) {
		t.Error("a wrong address is not named and kept")
	}
	b.post(t, page, "kind", "email", "address", "maria@home.example").leadsTo(t, page)
	id := strings.TrimPrefix(b.get(t, page).page(t).Find(`[id^="c-"]`).AttrOr("id", ""), "c-")

	for outcome, says := range map[feedback.Outcome]string{
		"accepted": "The receiver accepted it.", "http 500": "The receiver answered 500", "timeout": "did not answer in time",
	} {
		h.outcome = outcome
		to := b.post(t, page+"/"+id+"/test").wants(t, http.StatusSeeOther).Header.Get("Location")
		if got := b.get(t, to).wants(t, http.StatusOK); !strings.Contains(got.text, says) {
			t.Errorf("after %s the page lacks %q", outcome, says)
		}
	}
	h.outcome = "gone 404"
	to := b.post(t, page+"/"+id+"/test").Header.Get("Location")
	if got := b.get(t, to); !strings.Contains(got.text, "this address does not exist any more") || strings.Contains(got.text, "maria@home.example") {
		t.Error("what is gone is not said, or still listed")
	}
	if got := b.get(t, page+"?outcome=%3Cb%3Eyou+won"); strings.Contains(got.text, "you won") {
		t.Error("the page repeats what stands in the address")
	}
	b.post(t, page, "kind", "email", "address", "maria@home.example")
	id = strings.TrimPrefix(b.get(t, page).page(t).Find(`[id^="c-"]`).AttrOr("id", ""), "c-")
	h.as(t, h.jonas).post(t, page+"/"+id+"/remove").wants(t, http.StatusNotFound)
	b.post(t, page+"/"+id+"/remove").leadsTo(t, page)
	if got := b.get(t, page); strings.Contains(got.text, "maria@home.example") {
		t.Error("it was not removed")
	}
}

func TestPush_Subscribes(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	if got := b.get(t, "/account/push").wants(t, http.StatusOK).text; !strings.Contains(got, `"key":"BKey"`) || !strings.Contains(got, h.maria.Person) {
		t.Errorf("the key: %s", got)
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{
		"endpoint", "https://fcm.googleapis.com/fcm/send/x", "p256dh", base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
		"auth", base64.RawURLEncoding.EncodeToString(make([]byte, 16)), "renew", "",
	}
	b.post(t, "/account/push", fields...).wants(t, http.StatusNoContent)
	page := "/board/" + h.venue.ID + "/channels"
	id := strings.TrimPrefix(b.get(t, page).page(t).Find(`[id^="c-"]`).AttrOr("id", ""), "c-")
	b.post(t, page+"/"+id+"/remove").leadsTo(t, page)
	fields[len(fields)-1] = "1"
	b.post(t, "/account/push", fields...).wants(t, http.StatusConflict) // taken back: the browser does not bring it again
	b.post(t, "/account/push", "endpoint", "https://x.example", "p256dh", "x", "auth", "x").wants(t, http.StatusUnprocessableEntity)
	h.browser().post(t, "/account/push", fields...).wants(t, http.StatusUnauthorized)
}
