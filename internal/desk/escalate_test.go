package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// reachable gives everybody a phone, and lets messages go out.
func (h *house) reachable(t *testing.T) {
	t.Helper()
	h.Carries(allKinds, nil, nil)
	for _, who := range []feedback.Actor{h.owner, h.manager, h.waiter, h.other} {
		h.phone(t, who.Person, feedback.ChannelPush)
	}
}

// messages are those about a report, oldest first, as "3:00 manager waiting".
func (h *house) messages(t *testing.T, r feedback.Report) []string {
	t.Helper()
	ds, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{Report: r.ID, Limit: 200})
	must(t, err)
	slices.Reverse(ds)
	names := map[string]string{h.owner.Person: "owner", h.manager.Person: "manager", h.waiter.Person: "waiter", h.other.Person: "other"}
	var out []string
	for _, d := range ds {
		after := d.CreatedAt.Sub(r.CreatedAt)
		who := names[d.PersonID]
		if who == "" {
			who = string(d.Kind)
		}
		out = append(out, fmt.Sprintf("%d:%02d %s %s", int(after.Minutes()), int(after.Seconds())%60, who, d.What))
	}
	slices.Sort(out)
	return out
}

func wantMessages(t *testing.T, h *house, r feedback.Report, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := h.messages(t, r); !slices.Equal(got, want) {
		t.Errorf("messages\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The story: nobody takes it, so the managers hear at 3:00, the owner at 6:00,
// then everybody again and again, until somebody takes it.
func TestEscalation_WhoIsToldWhen(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, _ := h.send(t)
	h.drain(t)
	wantMessages(t, h, r, "0:00 waiter new", "0:00 other new")
	h.pass(t, 9*time.Minute+30*time.Second)
	want := []string{
		"0:00 waiter new", "0:00 other new", "3:00 manager waiting", "6:00 owner waiting",
		"9:00 waiter waiting", "9:00 other waiting", "9:00 manager waiting", "9:00 owner waiting",
	}
	wantMessages(t, h, r, want...)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	h.pass(t, 5*time.Minute)
	wantMessages(t, h, r, want...)
	wantTold(t, h, r, "3:00 escalated 1", "6:00 escalated 2", "9:00 escalated 3")
}

func TestEscalation_Safety(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} })
	h.drain(t)
	h.pass(t, time.Minute)
	wantMessages(t, h, r, "0:00 waiter urgent", "0:00 other urgent", "0:00 manager urgent", "1:00 owner urgent")
	wantTold(t, h, r, "0:00 escalated 1", "1:00 escalated 2")
}

// A complaint about a person goes to managers, whoever the steps name.
func TestEscalation_ManagersOnly(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	everyone := feedback.DefaultEscalation()
	everyone.Ordinary.Steps[1].To = []feedback.Target{feedback.ToEveryone}
	must(t, h.SetEscalation(t.Context(), h.manager, h.venue.ID, everyone))
	r, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseStaff} })
	h.drain(t)
	h.pass(t, 4*time.Minute)
	wantMessages(t, h, r, "0:00 manager manager", "3:00 manager manager", "3:00 owner manager")
}

// Nobody is called by praise, by what can wait, or by a burst.
func TestEscalation_WhatCallsNobody(t *testing.T) {
	for name, mod := range map[string]func(*desk.NewReport){
		"praise":    func(in *desk.NewReport) { in.Rating, in.Causes, in.Handling = 5, nil, "" },
		"follow-up": func(in *desk.NewReport) { in.Handling, in.Contact.Phone = feedback.ContactLater, "1" },
		"a burst":   func(in *desk.NewReport) { in.Marked = true },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.reachable(t)
			r, _ := h.send(t, mod)
			h.drain(t)
			h.pass(t, 20*time.Minute)
			wantMessages(t, h, r)
			wantTold(t, h, r)
		})
	}
}

// A step that reaches nobody is written down and gives its turn to the next.
func TestEscalation_ASkippedStepGivesItsTurnAway(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	es := feedback.DefaultEscalation()
	es.Ordinary.Steps = []feedback.Step{
		{After: 60, To: []feedback.Target{feedback.ToManagers}, Channel: feedback.ChannelSMS}, // nobody has given a number
		{After: 120, People: []string{h.other.Person}},
		{After: 300, To: []feedback.Target{feedback.ToOwner}},
	}
	must(t, h.SetEscalation(t.Context(), h.owner, h.venue.ID, es))
	must(t, h.ChangePerson(t.Context(), h.owner, h.other.Person, desk.PersonChange{Disabled: new(true)}))
	r, _ := h.send(t)
	h.drain(t)
	h.pass(t, 4*time.Minute+30*time.Second)
	wantMessages(t, h, r, "1:00 owner waiting", "4:00 manager waiting", "4:00 owner waiting")
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	var got []string
	for _, e := range events[1:] {
		got = append(got, fmt.Sprintf("%d %s", e.Data.Level, e.Data.What))
	}
	if want := []string{"1 skipped", "2 skipped", "3 ", "4 "}; !slices.Equal(got, want) {
		t.Errorf("timeline %q, want %q", got, want)
	}
}

// Not yet: somebody else and a manager hear at once, not the one who had it.
func TestEscalation_NotYetGoesToSomebodyElse(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, guest := h.resolved(t, h.waiter)
	h.drain(t)
	h.clk.advance(time.Minute)
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, ""))
	h.drain(t)
	wantMessages(t, h, r, "1:00 other not_yet", "1:00 manager not_yet")
	must(t, h.Take(t.Context(), h.other, h.venue.ID, r.ID, ""))
	must(t, h.Resolve(t.Context(), h.other, h.venue.ID, r.ID, remade))
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, ""))
	wantMessages(t, h, r, "1:00 other not_yet", "1:00 manager not_yet", "1:00 manager unhappy")
}

// More reports of one table within ten minutes are one alert; each keeps its
// own status, and the one that nobody took goes on.
func TestEscalation_ReportsOfOneTableJoin(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	first, _ := h.send(t)
	h.drain(t)
	h.pass(t, 2*time.Minute)
	second, _ := h.send(t)
	h.drain(t)
	h.pass(t, 4*time.Minute+30*time.Second) // 6:30 for the first, 4:30 for the second
	wantMessages(t, h, second)
	h.wantKinds(t, second.ID, "created", "merged", "escalated")
	if a, b := h.report(t, first.ID), h.report(t, second.ID); a.AlertID != b.AlertID || a.AlertID == "" {
		t.Errorf("they belong to the alerts %q and %q", a.AlertID, b.AlertID)
	}
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, first.ID, ""))
	h.pass(t, 2*time.Minute)
	wantMessages(t, h, second, "6:00 owner waiting")
	late, _ := h.send(t, func(in *desk.NewReport) { in.Code = h.codeOf(t, h.second.ID).Code }) // another table
	h.drain(t)
	wantMessages(t, h, late, "0:00 waiter new", "0:00 other new")
}

// A report about safety calls by itself, whatever else of its table has called
// people; from then on the older one speaks for it, step by step.
func TestEscalation_EachAboutSafetyCalls(t *testing.T) {
	urgent := []string{"0:00 waiter urgent", "0:00 other urgent", "0:00 manager urgent"}
	safety := func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} }
	tests := map[string]struct {
		before func(t *testing.T, h *house)
		joins  bool // an older one about safety
		more   []string
	}{
		"the first": {func(*testing.T, *house) {}, false, []string{"1:00 owner urgent"}},
		"after another about safety": {func(t *testing.T, h *house) {
			h.send(t, safety)
			h.drain(t)
			h.pass(t, 5*time.Second)
		}, true, nil}, // the owner hears of the table by the older one
		"after one that was taken": {func(t *testing.T, h *house) {
			r, _ := h.send(t, safety)
			h.drain(t)
			h.pass(t, 5*time.Second)
			must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
		}, true, []string{"1:00 owner urgent"}},
		"after one that has long reached the owner": {func(t *testing.T, h *house) {
			h.send(t, safety)
			h.drain(t)
			h.pass(t, 5*time.Minute)
		}, true, nil},
		"after an ordinary one that has reached the owner": {func(t *testing.T, h *house) {
			h.send(t)
			h.drain(t)
			h.pass(t, 7*time.Minute)
		}, false, []string{"1:00 owner urgent"}},
		"after an ordinary one and one about safety, half a minute ago": {func(t *testing.T, h *house) {
			h.send(t)
			h.send(t, safety)
			h.drain(t)
			h.pass(t, feedback.UrgentOnce)
		}, true, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.reachable(t)
			tt.before(t, h)
			r, _ := h.send(t, safety)
			h.drain(t)
			wantMessages(t, h, r, urgent...)
			if slices.Contains(h.kinds(t, r.ID), "merged") != tt.joins {
				t.Errorf("timeline = %q", h.kinds(t, r.ID))
			}
			h.pass(t, 90*time.Second)
			wantMessages(t, h, r, append(tt.more, urgent...)...)
		})
	}
}

// What waits to be sent of a later step is not given up because another report of
// the table calls those of an earlier one.
func TestEscalation_ACallEndsNoneOfALaterStep(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	safety := func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} }
	first, _ := h.send(t, safety)
	h.drain(t)
	h.pass(t, 90*time.Second) // nothing is sent meanwhile
	h.send(t, safety)
	h.drain(t)
	ds, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{Report: first.ID})
	must(t, err)
	for _, d := range ds {
		if (d.State == feedback.Pending) != (d.PersonID == h.owner.Person) {
			t.Errorf("to %s: %s", d.PersonID, d.State)
		}
	}
}

// Passing it around without a word buys no time; a dot is no word; a manager
// who takes it decides.
func TestWatch_NothingButAWordIsHeard(t *testing.T) {
	tests := map[string]struct {
		after func(h *house, r feedback.Report) error
		back  bool // it goes back ten minutes after it was first taken
	}{
		"nothing": {func(*house, feedback.Report) error { return nil }, true},
		"an empty note": {func(h *house, r feedback.Report) error {
			return h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "...", Internal: true})
		}, true},
		"handed over": {func(h *house, r feedback.Report) error {
			return h.HandOver(t.Context(), h.waiter, h.venue.ID, r.ID, h.other.Person)
		}, true},
		"released and taken": {func(h *house, r feedback.Report) error {
			if err := h.Release(t.Context(), h.waiter, h.venue.ID, r.ID); err != nil {
				return err
			}
			return h.Take(t.Context(), h.other, h.venue.ID, r.ID, "")
		}, true},
		"a note": {func(h *house, r feedback.Report) error {
			return h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "soup is on", Internal: true})
		}, false},
		"a manager takes it over": {func(h *house, r feedback.Report) error {
			return h.HandOver(t.Context(), h.manager, h.venue.ID, r.ID, h.manager.Person)
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			r, _ := h.send(t)
			must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
			h.pass(t, 9*time.Minute)
			must(t, tt.after(h, r))
			h.pass(t, 90*time.Second)
			if got := h.report(t, r.ID); (got.Status == feedback.Open) != tt.back {
				t.Errorf("after ten minutes it is %s", got.Status)
			}
		})
	}
}

// The steps come after as many minutes as they say, also in the nights in which
// the venue's clocks change, and not before when ours was set back (I5).
func TestEscalation_WhileClocksChange(t *testing.T) {
	for name, at := range map[string]string{"an hour less": "2026-03-29 00:58", "an hour more": "2026-10-25 00:58"} { // two minutes before
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
			h.reachable(t)
			h.clk.set(moment(t, at))
			r, _ := h.send(t)
			h.drain(t)
			want := []string{"0:00 waiter new", "0:00 other new"}
			h.pass(t, 2*time.Minute+50*time.Second)
			wantMessages(t, h, r, want...)
			h.pass(t, 10*time.Second)
			want = append(want, "3:00 manager waiting")
			wantMessages(t, h, r, want...)
			h.clk.advance(-time.Hour)
			h.drain(t)
			wantMessages(t, h, r, want...)
			h.clk.advance(time.Hour)
			h.pass(t, 3*time.Minute)
			wantMessages(t, h, r, append(want, "6:00 owner waiting")...)
		})
	}
}

// A clock that jumps ahead makes no step come twice or out of order: those that
// are due by then come at once. When it is set right again nothing is repeated,
// the steps go on from where they were, and new reports are told of as always
// (R8, I5).
func TestEscalation_WhenTheClockJumpsAhead(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, _ := h.send(t)
	h.drain(t)
	h.pass(t, time.Minute)
	h.clk.advance(time.Hour)
	h.drain(t)
	want := []string{
		"0:00 waiter new", "0:00 other new", "61:00 manager waiting", "61:00 owner waiting", // the two steps
		"61:00 manager waiting", "61:00 owner waiting", "61:00 waiter waiting", "61:00 other waiting", // and everybody, once
	}
	wantMessages(t, h, r, want...)

	h.clk.advance(-time.Hour)
	h.pass(t, 2*time.Minute)
	wantMessages(t, h, r, want...)
	second, _ := h.send(t, func(in *desk.NewReport) { in.Code = h.codeOf(t, h.second.ID).Code })
	h.drain(t)
	h.pass(t, 6*time.Minute)
	wantMessages(t, h, second, "0:00 waiter new", "0:00 other new", "3:00 manager waiting", "6:00 owner waiting")
	wantMessages(t, h, r, want...)

	h.clk.advance(53 * time.Minute) // to a minute after the call
	h.pass(t, 2*time.Minute)
	everybody := []string{"63:00 manager waiting", "63:00 owner waiting", "63:00 waiter waiting", "63:00 other waiting"}
	wantMessages(t, h, r, append(want, everybody...)...)
}
