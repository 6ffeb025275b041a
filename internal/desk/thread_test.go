package desk_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/desk"
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

// What nobody took ends with it, and calls nobody any more; no verdict is made up.
func TestDone_WhatNobodyTook(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Done(t.Context(), guest))
	h.clk.advance(time.Second)
	must(t, h.Done(t.Context(), guest)) // twice is once
	got := h.report(t, r.ID)
	if got.Status != feedback.Unresolved || got.Reason != "other" || got.Verdict != feedback.NoVerdict || !got.Done() || got.DoneAt.Equal(h.clk.now()) {
		t.Errorf("it is %+v", got)
	}
	if h.jobs(t, feedback.JobWatch, r.ID) != 0 {
		t.Error("it still calls people")
	}
	wantErr(t, "call", h.Call(t.Context(), guest), feedback.ErrConflict)
	h.wantKinds(t, r.ID, "created", "unresolved", "changed done")
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, r.ID))
	if h.report(t, r.ID).Done() {
		t.Error("what waits again is still at its end")
	}
}

// Whoever took it closes it as what it was; nobody else is called, and nobody
// writes to the guest any more.
func TestDone_WhatSomebodyTook(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Done(t.Context(), guest))
	wantErr(t, "taken back", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	wantErr(t, "put back", h.Release(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	wantErr(t, "call", h.Call(t.Context(), guest), feedback.ErrConflict)
	wantProblem(t, "written to", h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "Wait!"}), "text")
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "Was friendly", Internal: true}))
	h.clk.advance(feedback.SilentAfter + time.Minute)
	h.drain(t)
	if got := h.report(t, r.ID); got.Status != feedback.Taken || got.TakenBy != h.waiter.Person || got.Level != 0 {
		t.Errorf("after a silence: %+v", got)
	}
	out := remade
	out.Tell = "Bye"
	wantProblem(t, "a last word", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, out), "text")
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, "Wrong table"))
	if got := h.report(t, r.ID); got.Status != feedback.Open || got.Done() {
		t.Errorf("after \"not yet\": %+v", got)
	}
}

// What is never closed ends with the service, and not as if nobody had come.
func TestDone_NeverClosed(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Done(t.Context(), guest))
	h.clk.advance(25 * time.Hour)
	h.drain(t)
	if got := h.report(t, r.ID); got.Status != feedback.Unresolved || got.Reason != "other" {
		t.Errorf("the next day: %+v", got)
	}
}

// A message from a page that was left open takes the conversation up again.
func TestDone_AndAWordAfterAll(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Done(t.Context(), guest))
	h.write(t, guest, "The bill, please")
	if h.report(t, r.ID).Done() || h.jobs(t, feedback.JobWatch, r.ID) != 1 {
		t.Error("a guest who writes has ended nothing")
	}
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "Coming"}))
}

func TestDone_NotWhatIsOverOrAboutSafety(t *testing.T) {
	h := newHouse(t)
	_, withdrawn := h.send(t)
	must(t, h.Done(t.Context(), withdrawn))
	must(t, h.Withdraw(t.Context(), withdrawn))
	wantErr(t, "after it was taken back", h.Done(t.Context(), withdrawn), feedback.ErrConflict)
	_, praise := h.send(t, func(in *desk.NewReport) { in.Rating, in.Causes, in.Handling = 5, nil, "" })
	wantErr(t, "praise", h.Done(t.Context(), praise), feedback.ErrConflict)
	_, resolved := h.resolved(t, h.waiter)
	wantErr(t, "what is resolved", h.Done(t.Context(), resolved), feedback.ErrConflict)
	ill, unwell := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} })
	wantErr(t, "what is about safety", h.Done(t.Context(), unwell), feedback.ErrConflict)
	if h.report(t, ill.ID).Status != feedback.Open {
		t.Error("nobody looks at it any more")
	}
	dismissed, abuser := h.send(t)
	must(t, h.Dismiss(t.Context(), h.manager, h.venue.ID, dismissed.ID, "abuse"))
	wantErr(t, "what was set aside", h.Done(t.Context(), abuser), feedback.ErrConflict)
}

func alarmedBy(words ...string) func(*feedback.Venue) {
	return func(v *feedback.Venue) { v.SafetyWords = map[string][]string{"en": words} }
}

// A word of alarm in a later message alarms everybody at once, whatever became of
// the report until then, and whoever has it.
func TestHeed_ALaterMessage(t *testing.T) {
	tests := map[string]struct {
		before func(t *testing.T, h *house, r feedback.Report, guest feedback.Actor)
		status bool // it had moved on, and waits again
	}{
		"while it waits": {func(*testing.T, *house, feedback.Report, feedback.Actor) {}, false},
		"taken": {func(t *testing.T, h *house, r feedback.Report, _ feedback.Actor) {
			must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
		}, true},
		"resolved": {func(t *testing.T, h *house, r feedback.Report, _ feedback.Actor) {
			must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
		}, true},
		"ended by the guest": {func(t *testing.T, h *house, r feedback.Report, guest feedback.Actor) {
			must(t, h.Done(t.Context(), guest))
		}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, alarmedBy("swelling"))
			h.reachable(t)
			r, guest := h.send(t)
			h.drain(t)
			tt.before(t, h, r, guest)
			h.clk.advance(2 * time.Minute)
			h.write(t, guest, "My tongue is SWELLING!")
			got := h.report(t, r.ID)
			if got.Status != feedback.Open || !got.Safety() || got.Level != 1 || !got.Since.Equal(h.clk.now()) || got.NotFor != "" || got.Done() || !got.Promised() {
				t.Errorf("it is %+v", got)
			}
			wantMessages(t, h, r, "0:00 waiter new", "0:00 other new", "2:00 waiter urgent", "2:00 other urgent", "2:00 manager urgent")
			if _, err := h.Incident(t.Context(), h.manager, h.venue.ID, r.ID); err != nil {
				t.Errorf("there is no record: %v", err)
			}
			tail := []string{"message", "changed alarm", "escalated"}
			if tt.status {
				tail = []string{"message", "reopened", "changed alarm", "escalated"}
			}
			if kinds := h.kinds(t, r.ID); !slices.Equal(kinds[len(kinds)-len(tail):], tail) {
				t.Errorf("timeline = %q", kinds)
			}
			must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
			h.write(t, guest, "Swelling more")
			if h.report(t, r.ID).Status != feedback.Taken {
				t.Error("a second word takes it from who went there")
			}
		})
	}
}

// A verdict is read for it too; other words, and what was taken back, raise no alarm.
func TestHeed_AVerdictAndOtherWords(t *testing.T) {
	h := newHouse(t, alarmedBy("glass"))
	r, guest := h.resolved(t, h.waiter)
	h.write(t, guest, "A glass-like shine, glasses and Glasgow")
	if got := h.report(t, r.ID); !got.Safety() {
		t.Error("\"glass-like\" holds the word") // a hyphen ends a word
	}
	r, guest = h.resolved(t, h.waiter)
	h.write(t, guest, "Two glasses in Glasgow")
	if h.report(t, r.ID).Safety() {
		t.Error("a part of a word raises the alarm")
	}
	must(t, h.Judge(t.Context(), guest, feedback.Yes, "But there was glass in it"))
	if got := h.report(t, r.ID); got.Status != feedback.Open || !got.Safety() || got.Said == "" {
		t.Errorf("after the verdict: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "taken", "resolved", "message", "verdict", "reopened", "changed alarm", "merged", "escalated") // with the alarm of the report before
	r, guest = h.resolved(t, h.waiter)
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, "Glass again"))
	if got := h.report(t, r.ID); got.Status != feedback.Open || !got.Safety() || got.NotFor != "" {
		t.Errorf("after \"not yet\": %+v", got)
	}
	_, guest = h.send(t)
	must(t, h.Withdraw(t.Context(), guest))
	wantErr(t, "after it was taken back", h.Write(t.Context(), guest, "glass"), feedback.ErrConflict)
}

// One that came in a burst calls nobody until its guest is in danger.
func TestHeed_OneOfABurst(t *testing.T) {
	h := newHouse(t, alarmedBy("glass"))
	h.reachable(t)
	r, guest := h.send(t, func(in *desk.NewReport) { in.Marked = true })
	h.write(t, guest, "There is glass in it")
	if got := h.report(t, r.ID); got.ToCheck || got.BurstID != "" || !got.Pages() {
		t.Errorf("it is %+v", got)
	}
	wantMessages(t, h, r, "0:00 waiter urgent", "0:00 other urgent", "0:00 manager urgent")
}
