package desk_test

import (
	"testing"

	"makeright/internal/feedback"
)

// thread are the ids of what was written about a report, oldest first.
func (h *house) thread(t *testing.T, report string) (ids []string) {
	t.Helper()
	all, err := h.s.For(h.manager, h.venue.ID).Messages(t.Context(), report, true)
	must(t, err)
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	return ids
}

func (h *house) say(t *testing.T, report string, m feedback.Message) string {
	t.Helper()
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, report, m))
	ids := h.thread(t, report)
	return ids[len(ids)-1]
}

func (h *house) write(t *testing.T, guest feedback.Actor, text string) string {
	t.Helper()
	must(t, h.Write(t.Context(), guest, text))
	ids := h.thread(t, guest.ID)
	return ids[len(ids)-1]
}

// Each side learns that the other saw what it wrote, once, however many screens
// say so, and never of what came later.
func TestSaw_BothWays(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	first := h.write(t, guest, "No bread yet")
	second := h.write(t, guest, "And no water")
	saw := func(by feedback.Actor, message string) error {
		return h.Saw(t.Context(), by, h.venue.ID, r.ID, message)
	}
	must(t, saw(h.waiter, first))
	if got := h.report(t, r.ID); got.TeamSaw != first || got.GuestSaw != "" || got.LastUnseen() != second {
		t.Errorf("the team saw %q, the guest %q, and has not seen %q", got.TeamSaw, got.GuestSaw, got.LastUnseen())
	}
	for _, by := range []feedback.Actor{h.waiter, h.other, h.manager} {
		must(t, saw(by, second))
		must(t, saw(by, first)) // a screen that is behind takes nothing back
	}
	answer := h.say(t, r.ID, feedback.Message{Text: "Coming"})
	if h.report(t, r.ID).LastSeen() {
		t.Error("an answer counts as seen that nobody opened")
	}
	must(t, saw(guest, answer))
	must(t, saw(guest, answer))
	if got := h.report(t, r.ID); got.TeamSaw != second || got.GuestSaw != answer || !got.LastSeen() || got.Unread != 0 {
		t.Errorf("seen: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "message", "message", "changed seen", "changed seen", "message", "changed seen")
	if h.report(t, r.ID).AnsweredAt.IsZero() || !h.report(t, r.ID).TakenAt.IsZero() {
		t.Error("to see is not to take")
	}
}

// A side sees only what the other wrote, and of that only what its pages show.
func TestSaw_OnlyWhatTheOtherSideWrote(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	mine := h.write(t, guest, "No bread yet")
	note := h.say(t, r.ID, feedback.Message{Text: "Regular", Internal: true})
	answer := h.say(t, r.ID, feedback.Message{Text: "Coming"})
	other, stranger := h.send(t)
	for what, try := range map[string]struct {
		by              feedback.Actor
		report, message string
	}{
		"the guest's own":           {guest, r.ID, mine},
		"a note of the team":        {guest, r.ID, note},
		"one that never was":        {guest, r.ID, "0"},
		"none":                      {guest, r.ID, ""},
		"another guest's":           {stranger, r.ID, answer},
		"of another report":         {h.waiter, other.ID, mine},
		"the team's own, by a till": {feedback.Actor{Kind: feedback.BySystem, Org: h.owner.Org, Venue: h.venue.ID}, r.ID, answer},
		"the team's own":            {h.manager, r.ID, answer},
	} {
		if err := h.Saw(t.Context(), try.by, h.venue.ID, try.report, try.message); err == nil {
			t.Errorf("%s counts as seen", what)
		}
	}
	must(t, h.Withdraw(t.Context(), guest))
	wantErr(t, "after it was taken back", h.Saw(t.Context(), guest, h.venue.ID, r.ID, answer), feedback.ErrNotFound)
	wantErr(t, "by the team", h.Saw(t.Context(), h.waiter, h.venue.ID, r.ID, mine), feedback.ErrNotFound)
	if got := h.report(t, r.ID); got.TeamSaw+got.GuestSaw != "" {
		t.Errorf("seen: %q, %q", got.TeamSaw, got.GuestSaw)
	}
}
