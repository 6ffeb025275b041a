package rest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// TestSubmit_TwiceIsOnce sends one report a hundred times at once (T06).
func TestSubmit_TwiceIsOnce(t *testing.T) {
	h := newHouse(t)
	const many = 100
	answers := make([]api.Submitted, many)
	replayed := make([]bool, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			c := h.client("")
			answers[i], _ = c.SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{Rating: 2, Words: "Once."},
				api.Idempotent("one-key"), api.Replayed(&replayed[i]))
		})
	}
	all.Wait()
	firsts := 0
	for i, a := range answers {
		if a != answers[0] || a.ID == "" {
			t.Errorf("answer %d = %+v, want %+v", i, a, answers[0])
		}
		if !replayed[i] {
			firsts++
		}
	}
	if n := h.reports(); n != 1 || firsts != 1 {
		t.Errorf("%d reports, %d first answers, want one of each", n, firsts)
	}
	// The first answer stays, whatever became of the report.
	first(h.admin.TakeReport(t.Context(), h.venue.ID, answers[0].ID, api.TakeReport{}))
	again := first(h.client("").SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{Rating: 2, Words: "Once."}, api.Idempotent("one-key")))
	if again != answers[0] {
		t.Errorf("later = %+v, want %+v", again, answers[0])
	}
	_, err := h.client("").SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{Rating: 3}, api.Idempotent("one-key"))
	if code(err) != "invalid" {
		t.Errorf("another body under the key: %v", err)
	}
	other := first(h.client("").SubmitReport(t.Context(), h.codes[1].Code, api.SubmitReport{Rating: 2, Words: "Once."}, api.Idempotent("one-key")))
	if other.ID == answers[0].ID {
		t.Error("a key counts at another table too")
	}
}

// TestPost_TwiceIsOnce repeats every kind of POST after the world has moved on:
// the answer is the first one, without its secrets.
func TestPost_TwiceIsOnce(t *testing.T) {
	h := newHouse(t)
	admin := []string{"Authorization", "Bearer " + h.key(h.owner, feedback.ScopeAdmin)}
	sent := h.submit("Cold.")
	own := h.belongings(h.owner, h.venue.ID, h.tables[0].ID)
	v, report := "/api/v1/venues/"+h.venue.ID, "/api/v1/venues/"+h.venue.ID+"/reports/"+sent.ID
	steps := []struct{ path, body, secret string }{
		{"/api/v1/venues", `{"name":"Osteria"}`, ""},
		{v + "/tables", `{"name":"21"}`, ""},
		{v + "/tables", `{"tables":[{"name":"22"},{"name":"23"}]}`, ""},
		{v + "/file", `{"format":"makeright venue","version":1,"tables":[{"name":"24"}]}`, ""},
		{v + "/tables/" + own["table"] + "/rotate", `{"grace_minutes":5}`, ""},
		{v + "/visits", `{"table":"21","check":"A-1"}`, ""},
		{v + "/visits", `{"table":"21","check":"A-1","covers":2}`, ""},
		{v + "/reports", `{"table":"21","rating":1}`, ""},
		{report + "/take", ``, ""},
		{report + "/messages", `{"text":"Coming!"}`, ""},
		{report + "/release", ``, ""},
		{report + "/take", `{}`, ""},
		{report + "/resolve", `{"actions":["remade"]}`, ""},
		{report + "/reopen", ``, ""},
		{report + "/dismiss", `{"reason":"test"}`, ""},
		{v + "/tables/" + own["table"] + "/revoke", ``, ""},
		{"/api/v1/keys", `{"name":"Till","scope":"visits"}`, `"key":`},
		{"/api/v1/people", `{"name":"Maria","email":"maria@example.com","role":"staff"}`, `"url":`},
		{"/api/v1/people/" + own["person"] + "/reset_password", ``, `"url":`},
		{"/api/v1/people/" + own["person"] + "/reset_pin", ``, `"pin":`},
	}
	answers := make([]answer, len(steps))
	post := func(i int, body string) answer {
		return h.do("POST", steps[i].path, []byte(body), append(admin, "Idempotency-Key", fmt.Sprintf("step %d", i))...)
	}
	for i, s := range steps {
		answers[i] = post(i, s.body)
		if answers[i].status/100 != 2 || answers[i].header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("%s: %d %s", s.path, answers[i].status, answers[i].body)
		}
		h.clock.advance(time.Second)
	}
	head, err := h.store.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	for i, s := range steps {
		again := post(i, s.body)
		want := string(answers[i].body)
		if s.secret != "" {
			want = without(t, want, s.secret)
		}
		if again.status != answers[i].status || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s again: %d, replayed %q", s.path, again.status, again.header.Get("Idempotent-Replayed"))
		}
		if diff := cmp.Diff(want, string(again.body)); diff != "" {
			t.Errorf("%s again (-first +again):\n%s", s.path, diff)
		}
		if other := post(i, ` {"name":"other"}`); other.status != 422 || other.problem(t).Problems["Idempotency-Key"] == "" {
			t.Errorf("%s with another body: %d %s", s.path, other.status, other.body)
		}
	}
	after, err := h.store.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	if after != head {
		t.Errorf("repeating wrote %d events", after-head)
	}
}

// without is an answer whose secret is null.
func without(t *testing.T, body, name string) string {
	t.Helper()
	i := strings.LastIndex(body, name)
	if i < 0 || strings.HasPrefix(body[i+len(name):], "null") {
		t.Fatalf("no secret %s in %s", name, body)
	}
	value := body[i+len(name):]
	end := strings.Index(value[1:], `"`) + 2
	return body[:i+len(name)] + "null" + value[end:]
}

// TestKeptAnswers_HoldNothingOfTheGuest: what a guest erases is gone from
// answers that are kept, too (T34), and so are secrets.
func TestKeptAnswers_HoldNothingOfTheGuest(t *testing.T) {
	h := newHouse(t)
	sent := h.submit("CANARY words")
	admin := "Bearer " + h.key(h.owner, feedback.ScopeAdmin)
	actor, err := h.desk.Key(t.Context(), hashOf(admin))
	must(t, err)
	report := "/api/v1/venues/" + h.venue.ID + "/reports/" + sent.ID
	take := func() answer {
		return h.do("POST", report+"/take", nil, "Authorization", admin, "Idempotency-Key", "k")
	}
	if got := take(); !strings.Contains(string(got.body), "CANARY") {
		t.Fatalf("take = %s", got.body)
	}
	kept, found, err := h.store.Repeated(t.Context(), "key "+actor.ID, feedback.Request{Key: "k", Hash: requestHash("POST", report+"/take", "")})
	must(t, err)
	if !found || kept.Status != 200 || strings.Contains(string(kept.Body), "CANARY") {
		t.Errorf("kept: %v %d %s", found, kept.Status, kept.Body)
	}
	if got := take(); !strings.Contains(string(got.body), "CANARY") || got.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("repeated = %s", got.body)
	}
	must(t, h.client("").WithdrawReport(t.Context(), sent.Token))
	if got := take(); strings.Contains(string(got.body), "CANARY") || got.status != 200 {
		t.Errorf("repeated after withdrawal = %d %s", got.status, got.body)
	}
}

// TestAnswerThatWasNotKept is drawn anew.
func TestAnswerThatWasNotKept(t *testing.T) {
	h := newHouse(t)
	admin := "Bearer " + h.key(h.owner, feedback.ScopeAdmin)
	actor, err := h.desk.Key(t.Context(), hashOf(admin))
	must(t, err)
	path, body := "/api/v1/keys", `{"name":"Till","scope":"visits"}`
	post := func() answer {
		return h.do("POST", path, []byte(body), "Authorization", admin, "Idempotency-Key", "k")
	}
	made := post()
	must(t, h.store.Keep(t.Context(), "key "+actor.ID, "k", 0, nil)) // as when the program ended before it was kept
	again := post()
	if again.status != 201 || again.header.Get("Idempotent-Replayed") != "true" || without(t, string(made.body), `"key":`) != string(again.body) {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	keys, err := h.store.Org(h.owner).Keys(t.Context())
	must(t, err)
	if len(keys) != 3 { // the one of the house, the one that asks, the till's
		t.Errorf("%d keys, want 3", len(keys))
	}
}

// TestGuest_TwiceIsOnce repeats what a guest does.
func TestGuest_TwiceIsOnce(t *testing.T) {
	h := newHouse(t)
	guest, sent := h.client(""), h.submit("Cold.")
	var replayed bool
	say := func() api.GuestMessage {
		return first(guest.SendGuestMessage(t.Context(), sent.Token, "Bread?", api.Idempotent("m"), api.Replayed(&replayed)))
	}
	one := say()
	if two := say(); two != one || !replayed {
		t.Errorf("again = %+v, replayed %v, want %+v", two, replayed, one)
	}
	first(guest.CallAgain(t.Context(), sent.Token, api.Idempotent("c")))
	first(guest.CallAgain(t.Context(), sent.Token, api.Idempotent("c"), api.Replayed(&replayed)))
	if got := first(guest.GetGuestReport(t.Context(), sent.Token)); len(got.Messages) != 1 || !replayed {
		t.Errorf("%d messages, want 1", len(got.Messages))
	}
	_, err := guest.CallAgain(t.Context(), sent.Token)
	p, _ := errors.AsType[api.Problem](err)
	if p.Code != "too_many" || !strings.Contains(p.Detail, "You can call again in 2:00.") || p.RetryAfter != 2*time.Minute {
		t.Errorf("calling at once again: %+v, want a sentence of its own, and when", p)
	}
}

func hashOf(bearer string) string { return web.Hash(strings.TrimPrefix(bearer, "Bearer ")) }

// requestHash is how a request is known again.
func requestHash(method, path, body string) string {
	sum := sha256.Sum256([]byte(method + " " + path + "\x00" + body))
	return hex.EncodeToString(sum[:])
}
