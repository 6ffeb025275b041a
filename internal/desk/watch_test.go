package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// told is what the timers said about a report, as minutes:seconds after it was
// sent.
func (h *house) told(t *testing.T, r feedback.Report) []string {
	t.Helper()
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	var out []string
	for _, e := range events {
		if e.ByKind != feedback.BySystem {
			continue
		}
		after := e.At.Sub(r.CreatedAt)
		line := fmt.Sprintf("%d:%02d %s", int(after.Minutes()), int(after.Seconds())%60, e.Kind[len("report."):])
		if e.Kind == feedback.ReportEscalated {
			line += fmt.Sprintf(" %d", e.Data.Level)
		}
		out = append(out, line)
	}
	return out
}

// pass lets time go by in steps of ten seconds.
func (h *house) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for end := h.clk.now().Add(d); h.clk.now().Before(end); {
		h.clk.advance(10 * time.Second)
		h.drain(t)
	}
}

func wantTold(t *testing.T, h *house, r feedback.Report, want ...string) {
	t.Helper()
	if got := h.told(t, r); !slices.Equal(got, want) {
		t.Errorf("the timers said %q, want %q", got, want)
	}
	h.walk(t)
}

func TestWatch_WhatNobodyTakesIsEscalatedUntilSomebodyDoes(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	h.clk.advance(3*time.Minute - time.Millisecond)
	h.drain(t)
	wantTold(t, h, r) // never early
	h.clk.advance(time.Millisecond)
	h.drain(t)
	wantTold(t, h, r, "3:00 escalated 1")
	h.pass(t, 9*time.Minute+30*time.Second)
	want := []string{"3:00 escalated 1", "6:00 escalated 2", "9:00 escalated 3", "12:00 escalated 4"}
	wantTold(t, h, r, want...)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	h.pass(t, 5*time.Minute)
	wantTold(t, h, r, want...)
	if n := h.jobs(t, feedback.JobWatch, r.ID); n != 1 {
		t.Errorf("%d timers watch it, want one", n)
	}
}

func TestWatch_WhatIsTakenInTimeAndAnsweredIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	h.clk.advance(2 * time.Minute)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	h.pass(t, 9*time.Minute)
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "note", Internal: true}))
	h.pass(t, 9*time.Minute)
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	h.pass(t, time.Hour)
	wantTold(t, h, r)
	if n := h.jobs(t, feedback.JobWatch, r.ID); n != 0 {
		t.Errorf("%d timers watch what is over", n)
	}
}

// Taking it to silence the alarm does not help: ten minutes without a word, and
// it is everybody's again.
func TestWatch_TakenAndSilentGoesBack(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	h.clk.advance(time.Minute)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	h.pass(t, 17*time.Minute)
	wantTold(t, h, r, "11:00 released", "11:00 escalated 1", "17:00 escalated 2")
	if got := h.report(t, r.ID); got.Status != feedback.Open || got.TakenBy != "" || got.TakenAt.IsZero() {
		t.Errorf("it is %+v", got)
	}
	wantErr(t, "undo by who was silent", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
}

func TestWatch_NotYetTellsAManagerAtOnceAndGoesOn(t *testing.T) {
	h := newHouse(t)
	r, guest := h.resolved(t, h.waiter)
	h.clk.advance(time.Minute)
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, ""))
	h.pass(t, 10*time.Minute)
	wantTold(t, h, r, "1:00 escalated 1", "7:00 escalated 2", "10:00 escalated 3")
}

// Whatever timers do, one that fires late, twice or for what is gone does no
// harm, and none is left over.
func TestWatch_LateAndDoubleTimersAreHarmless(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	timer := feedback.System(h.owner.Org, h.venue.ID)
	h.clk.advance(20 * time.Minute) // the program was down
	for range 3 {
		must(t, h.Watch(t.Context(), timer, r.ID)) // each catches one step up
	}
	// Four rounds of telling everybody again are made up for by one.
	wantTold(t, h, r, "20:00 escalated 1", "20:00 escalated 2", "20:00 escalated 6")
	h.drain(t)
	told := h.told(t, r)
	for range 3 {
		must(t, h.Watch(t.Context(), timer, r.ID))
	}
	wantTold(t, h, r, told...)
	if n := h.jobs(t, feedback.JobWatch, r.ID); n != 1 {
		t.Errorf("%d timers watch it, want one", n)
	}
	must(t, h.Watch(t.Context(), timer, "gone"))
	must(t, h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "other", ""))
	must(t, h.Watch(t.Context(), timer, r.ID))
	wantTold(t, h, r, told...)
}

// At the end of the opening hours, by the venue's own clock, what is still open
// has been answered by nobody. Moments are UTC.
func TestWatch_EndOfService(t *testing.T) {
	late := map[string][]string{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		late[day] = []string{"11:30-14:30", "22:00-06:00"}
	}
	tests := map[string]struct{ zone, sent, ends string }{
		"at lunch in Berlin":                    {"Europe/Berlin", "2026-11-20 12:00", "2026-11-20 13:30"},
		"between the openings":                  {"Europe/Berlin", "2026-11-20 15:00", "2026-11-21 05:00"},
		"past midnight":                         {"Europe/Berlin", "2026-11-21 01:00", "2026-11-21 05:00"},
		"the night Berlin gains an hour":        {"Europe/Berlin", "2026-10-24 23:00", "2026-10-25 05:00"},
		"the night Berlin loses an hour":        {"Europe/Berlin", "2026-03-28 23:00", "2026-03-29 04:00"},
		"the night New York gains an hour":      {"America/New_York", "2026-11-01 05:30", "2026-11-01 11:00"},
		"the night Auckland loses an hour":      {"Pacific/Auckland", "2026-09-26 12:00", "2026-09-26 17:00"},
		"lunch in Kathmandu, at a crooked hour": {"Asia/Kathmandu", "2026-11-20 06:00", "2026-11-20 08:45"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(v *feedback.Venue) { v.TimeZone, v.Hours.Week = tt.zone, late })
			h.clk.set(moment(t, tt.sent))
			r, _ := h.send(t, func(in *desk.NewReport) { in.Marked = true }) // no escalations in between
			end := moment(t, tt.ends)
			h.clk.set(end.Add(-time.Millisecond))
			h.drain(t)
			if got := h.report(t, r.ID); got.Status != feedback.Open {
				t.Fatalf("before the end it is %s", got.Status)
			}
			h.clk.set(end)
			h.drain(t)
			got := h.report(t, r.ID)
			if got.Status != feedback.Unresolved || got.Reason != feedback.NobodyCame || !got.EndedAt.Equal(end) {
				t.Errorf("at the end it is %s (%s) at %s", got.Status, got.Reason, got.EndedAt)
			}
			h.clk.advance(48 * time.Hour)
			h.drain(t)
			h.wantKinds(t, r.ID, "created", "unresolved")
		})
	}
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", s)
	must(t, err)
	return at
}

// Escalation ends with the service, also for what somebody took just before and
// then forgot: nobody is called at night.
func TestWatch_NobodyIsCalledAfterTheService(t *testing.T) {
	evening := map[string][]string{"fri": {"11:00-14:00"}, "sat": {"11:00-14:00"}} // until 13:00 UTC
	h := newHouse(t, func(v *feedback.Venue) { v.Hours.Week = evening })
	h.clk.set(moment(t, "2026-11-20 12:55"))
	open, _ := h.send(t)
	taken, _ := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, taken.ID, ""))
	h.pass(t, 2*time.Hour)
	wantTold(t, h, open, "3:00 escalated 1", "5:00 unresolved")
	wantTold(t, h, taken, "10:00 unresolved")
	for _, r := range []feedback.Report{open, taken} {
		if got := h.report(t, r.ID); got.Reason != feedback.NobodyCame {
			t.Errorf("it is %s (%s)", got.Status, got.Reason)
		}
	}
}

// What the guest wants to hear about later waits for its answer, and calls
// nobody to the table.
func TestWatch_TheFollowUpLaneDoesNotPage(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, func(in *desk.NewReport) {
		in.Handling, in.Contact = feedback.ContactLater, feedback.Contact{Phone: "1"}
	})
	h.clk.advance(24 * time.Hour)
	h.drain(t)
	wantTold(t, h, r)
	if got := h.report(t, r.ID); got.Status != feedback.Open {
		t.Errorf("it is %s", got.Status)
	}
	unsafe, _ := h.send(t, func(in *desk.NewReport) {
		in.Handling, in.Contact, in.Causes = feedback.ContactLater, feedback.Contact{Phone: "1"}, []string{feedback.CauseSafety}
	})
	h.drain(t)
	wantTold(t, h, unsafe, "0:00 escalated 1")
}

// Nobody is called at night for what can wait: the clock of a report sent while
// the venue is closed starts when it opens.
func TestWatch_TheClockStandsStillWhileClosed(t *testing.T) {
	evenings := func(v *feedback.Venue) {
		v.TimeZone = "Europe/Rome"
		v.Hours.Week = map[string][]string{}
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			v.Hours.Week[day] = []string{"18:00-23:00"}
		}
	}
	h := newHouse(t, evenings)
	h.clk.set(time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)) // three at night in Rome
	calm, _ := h.send(t)
	unsafe, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} })
	h.drain(t)
	h.pass(t, 90*time.Second)
	wantTold(t, h, calm)
	wantTold(t, h, unsafe, "0:00 escalated 1", "1:00 escalated 2")
	h.clk.set(time.Date(2026, 11, 20, 16, 59, 0, 0, time.UTC))
	h.drain(t)
	wantTold(t, h, calm)
	h.pass(t, 8*time.Minute) // they open at 17:00 UTC
	wantTold(t, h, calm, "903:00 escalated 1", "906:00 escalated 2")
}

// What is about safety calls people also when the guest has left.
func TestWatch_SafetyPagesAfterTheVisit(t *testing.T) {
	h := newHouse(t)
	id, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "1"})
	must(t, err)
	code := h.visitCode(t, id)
	must(t, h.CloseVisit(t.Context(), h.owner, h.venue.ID, id))
	r, _ := h.send(t, func(in *desk.NewReport) { in.Code, in.Causes = code.Code, []string{feedback.CauseSafety} })
	if !r.FollowUp {
		t.Fatalf("the report is %+v, want one that follows up", r)
	}
	h.drain(t)
	wantTold(t, h, r, "0:00 escalated 1")
}
