package desk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// hook adds a webhook of all venues and returns its id.
func (h *house) hook(t *testing.T, kinds ...feedback.EventKind) string {
	t.Helper()
	id, _, err := h.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://hook.example/x", Events: kinds})
	must(t, err)
	return id
}

// posts are the messages to a webhook, the newest first.
func (h *house) posts(t *testing.T, hook string, f store.DeliveryFilter) []feedback.Delivery {
	t.Helper()
	ds, err := h.s.Org(h.owner).Posts(t.Context(), hook, f)
	must(t, err)
	return ds
}

// What the owner asks for again goes out at once and under the same id, whatever
// became of it, and has 72 hours of its own to arrive.
func TestRedeliver(t *testing.T) {
	h := newHouse(t)
	hook := h.hook(t, feedback.ReportCreated)
	h.send(t)
	dl := h.claim(t)
	if err := h.Redeliver(t.Context(), h.owner, hook, dl.ID); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("while it is being sent: %v, want a conflict", err)
	}
	must(t, h.Delivered(t.Context(), dl, feedback.Try{Outcome: feedback.Accepted}))

	h.clk.advance(100 * time.Hour)
	for who, by := range map[string]feedback.Actor{"a manager": h.manager, "a waiter": h.waiter, "a till": till(h, feedback.ScopeVisits)} {
		if err := h.Redeliver(t.Context(), by, hook, dl.ID); !errors.Is(err, feedback.ErrForbidden) {
			t.Errorf("%s: %v, want forbidden", who, err)
		}
	}
	must(t, h.Redeliver(t.Context(), h.owner, hook, dl.ID))
	again := h.claim(t)
	if again.ID != dl.ID || again.EventSeq != dl.EventSeq || again.Attempts != 2 {
		t.Fatalf("it goes out as %+v, want %s for the second time", again, dl.ID)
	}
	must(t, h.Delivered(t.Context(), again, feedback.Try{Outcome: "http 500"}))
	if got := h.delivery(t, dl.ID); got.State != feedback.Pending {
		t.Fatalf("after one failure it is %s, want it tried on", got.State)
	}
	h.clk.advance(80 * time.Hour)
	must(t, h.Delivered(t.Context(), h.claim(t), feedback.Try{Outcome: "http 500"}))
	if got := h.delivery(t, dl.ID); got.State != feedback.Dead {
		t.Fatalf("after 80 hours it is %s, want it given up", got.State)
	}
	must(t, h.SeeFailures(t.Context(), h.manager, h.venue.ID))
	must(t, h.Redeliver(t.Context(), h.owner, hook, dl.ID))
	if got := h.delivery(t, dl.ID); got.State != feedback.Pending || !got.SeenAt.IsZero() || !got.EndedAt.IsZero() {
		t.Errorf("asked for once more it is %+v", got)
	}
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 10)
	must(t, err)
	if log[0].Action != "webhook.redelivered" || log[0].Target != hook || log[0].Detail["event"] != "report.created" {
		t.Errorf("the audit says %+v", log[0])
	}
}

// A paused webhook is told of nothing, not even of what waited, and stays silent
// about it afterwards; what waited can be asked for.
func TestWebhook_Pauses(t *testing.T) {
	h := newHouse(t)
	hook := h.hook(t, feedback.ReportCreated)
	pause := func(on bool) {
		t.Helper()
		must(t, h.ChangeWebhook(t.Context(), h.owner, hook, desk.WebhookChange{Paused: &on}))
	}
	h.send(t)
	waits := h.claim(t)
	pause(true)
	h.send(t)
	if ds := h.posts(t, hook, store.DeliveryFilter{}); len(ds) != 1 {
		t.Fatalf("%d messages, want none of what happened meanwhile", len(ds))
	}
	if _, send, err := h.Outgoing(t.Context(), waits); err != nil || send {
		t.Errorf("what waited: send %v, %v", send, err)
	}
	if got := h.delivery(t, waits.ID); got.State != feedback.Superseded || got.LastOutcome != feedback.Halted {
		t.Errorf("what waited is %s (%s)", got.State, got.LastOutcome)
	}
	if err := h.Redeliver(t.Context(), h.owner, hook, waits.ID); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("sent again while paused: %v", err)
	}
	pause(false)
	must(t, h.Redeliver(t.Context(), h.owner, hook, waits.ID))
	if _, send, err := h.Outgoing(t.Context(), h.claim(t)); err != nil || !send {
		t.Errorf("after the pause: send %v, %v", send, err)
	}
	h.send(t)
	if ds := h.posts(t, hook, store.DeliveryFilter{}); len(ds) != 2 {
		t.Errorf("%d messages, want the next report told", len(ds))
	}
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 10)
	must(t, err)
	var said []string
	for _, a := range log {
		if a.Action == "webhook.changed" {
			said = append(said, a.Detail["paused"])
		}
	}
	if !slices.Equal(said, []string{"no", "yes"}) {
		t.Errorf("the audit says %q", said)
	}
}

// The log of a webhook holds its own messages of all venues, as they are asked
// for, and nobody else's.
func TestWebhook_Log(t *testing.T) {
	s := storetest.New(t)
	h, stranger := inHouse(t, s), inHouse(t, s)
	hook, other := h.hook(t), h.hook(t, feedback.VisitOpened)
	r, _ := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Delivered(t.Context(), h.claim(t), feedback.Try{Outcome: "http 500"}))
	all := h.posts(t, hook, store.DeliveryFilter{})
	if len(all) != 2 || all[0].Event != feedback.ReportTaken || all[1].Event != feedback.ReportCreated || all[0].TableName == "" || all[0].VenueName != h.venue.Name {
		t.Fatalf("the log is %+v", all)
	}
	for _, tt := range []struct {
		f    store.DeliveryFilter
		want string
	}{
		{store.DeliveryFilter{Event: feedback.ReportCreated}, all[1].ID},
		{store.DeliveryFilter{After: all[0].ID}, all[1].ID},
		{store.DeliveryFilter{Limit: 1}, all[0].ID},
		{store.DeliveryFilter{States: []feedback.DeliveryState{feedback.Dead}}, ""},
	} {
		var got string
		for _, d := range h.posts(t, hook, tt.f) {
			got += d.ID
		}
		if got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.f, got, tt.want)
		}
	}
	if ds := h.posts(t, other, store.DeliveryFilter{}); len(ds) != 0 {
		t.Errorf("another webhook's log: %+v", ds)
	}
	if ds := stranger.posts(t, hook, store.DeliveryFilter{}); len(ds) != 0 {
		t.Errorf("a stranger reads %+v", ds)
	}
	for who, want := range map[*house]int{h: 1, stranger: 0} {
		tries, err := s.Org(who.owner).AttemptsOf(t.Context(), hook, []string{all[0].ID, all[1].ID})
		must(t, err)
		if len(tries) != want {
			t.Errorf("%s reads the attempts %+v, want of %d", who.owner.Name, tries, want)
		}
	}
	if err := h.Redeliver(t.Context(), h.owner, other, all[0].ID); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("through another webhook: %v", err)
	}
}
