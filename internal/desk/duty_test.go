package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// plan writes a shift of every day.
func (h *house) plan(t *testing.T, who feedback.Actor, shift string, areas ...string) {
	t.Helper()
	week := map[string][]string{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		week[day] = []string{shift}
	}
	must(t, h.PlanDuty(t.Context(), h.manager, h.venue.ID, feedback.Duty{PersonID: who.Person, Week: week, Areas: areas}))
}

// Whoever is on duty in the area of the table is called; when nobody is there,
// whoever is on duty at all; when nobody is, the managers take their place.
func TestDuty_WhoIsCalled(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	h.reachable(t)
	must(t, h.ChangeTable(t.Context(), h.owner, h.venue.ID, h.table.ID, desk.NewTable{Name: "1", Area: "Hall"}))
	hall, err := h.s.For(h.owner, h.venue.ID).Table(t.Context(), h.table.ID)
	must(t, err)
	h.plan(t, h.waiter, "18:00-02:00") // past midnight
	h.plan(t, h.other, "20:00-23:00", hall.AreaID)
	terrace := func(in *desk.NewReport) { in.Code = h.codeOf(t, h.second.ID).Code }
	for _, tt := range []struct{ at, hall, terrace string }{ // UTC; in Berlin it is an hour later
		{"2026-11-20 18:30", "waiter", "waiter"},
		{"2026-11-20 19:30", "other waiter", "waiter"},
		{"2026-11-20 22:00", "waiter", "waiter"},
		{"2026-11-21 00:59", "waiter", "waiter"},
		{"2026-11-21 01:30", "manager", "manager"},
	} {
		h.clk.set(moment(t, tt.at))
		inside, _ := h.send(t)
		outside, _ := h.send(t, terrace)
		h.drain(t)
		for r, want := range map[string]string{inside.ID: tt.hall, outside.ID: tt.terrace} {
			var who []string
			for _, m := range h.messages(t, h.report(t, r)) {
				who = append(who, strings.Fields(m)[1])
			}
			if got := strings.Join(who, " "); got != want {
				t.Errorf("at %s %s is called, want %s", tt.at, got, want)
			}
		}
	}
}

// What somebody says on the board counts more than the plan, until the venue
// closes or the shift ends.
func TestDuty_SayingSo(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) {
		v.Hours.Week = map[string][]string{"fri": {"10:00-23:00"}, "sat": {"10:00-23:00"}}
		v.TimeZone = "UTC"
	})
	h.plan(t, h.waiter, "11:00-15:00")
	on := func(at string) bool {
		duties, err := h.s.For(h.owner, h.venue.ID).Duties(t.Context())
		must(t, err)
		for _, d := range duties {
			if d.PersonID == h.waiter.Person {
				return d.On(moment(t, at), time.UTC)
			}
		}
		return false
	}
	h.clk.set(moment(t, "2026-11-20 12:00"))
	must(t, h.SayDuty(t.Context(), h.waiter, h.venue.ID, feedback.SaidOff))
	if on("2026-11-20 14:59") || !on("2026-11-21 12:00") {
		t.Error("off holds for this shift and no other")
	}
	h.clk.set(moment(t, "2026-11-20 20:00"))
	must(t, h.SayDuty(t.Context(), h.waiter, h.venue.ID, feedback.SaidOn))
	if !on("2026-11-20 22:59") || on("2026-11-20 23:00") {
		t.Error("on holds until the venue closes")
	}
	wantProblem(t, "nonsense", h.SayDuty(t.Context(), h.waiter, h.venue.ID, "maybe"), "said")
}

// Half an hour before a venue opens its owner hears that nobody will be there.
func TestDuty_NobodyWhenItOpens(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) {
		v.Hours.Week = map[string][]string{"fri": {"18:00-23:00"}, "sat": {"18:00-23:00"}}
		v.TimeZone = "UTC"
	})
	h.reachable(t)
	h.clk.set(moment(t, "2026-11-20 09:00"))
	h.plan(t, h.waiter, "09:00-12:00")
	warned := func() int {
		ds, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{})
		must(t, err)
		return len(ds)
	}
	h.clk.set(moment(t, "2026-11-20 17:29"))
	h.drain(t)
	if n := warned(); n != 0 {
		t.Errorf("%d warnings before it is time", n)
	}
	h.clk.set(moment(t, "2026-11-20 17:30"))
	h.drain(t)
	if n := warned(); n != 1 {
		t.Errorf("%d warnings, want one to the owner", n)
	}
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.Hours.Week = map[string][]string{"sat": {"12:00-23:00"}}
	}))
	h.clk.set(moment(t, "2026-11-21 11:30"))
	h.drain(t)
	if n := warned(); n != 2 {
		t.Errorf("%d warnings, want a second one before it opens by its new hours", n)
	}
	h.plan(t, h.other, "11:00-23:30")
	h.clk.set(moment(t, "2026-11-28 11:30"))
	h.drain(t)
	if n := warned(); n != 2 {
		t.Errorf("%d warnings, though somebody is planned", n)
	}
}

// Where nobody has shifts everybody on the floor is called, but for who says that
// they are off; as soon as somebody says that they are on, only who does.
func TestDuty_WithoutAPlan(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	calls := func() (who []string) {
		r, _ := h.send(t)
		h.drain(t)
		for _, m := range h.messages(t, r) {
			who = append(who, strings.Fields(m)[1])
		}
		must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
		h.clk.advance(feedback.MergeWithin)
		return who
	}
	must(t, h.SayDuty(t.Context(), h.waiter, h.venue.ID, feedback.SaidOff))
	if got := calls(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("one says off: %q are called", got)
	}
	must(t, h.SayDuty(t.Context(), h.waiter, h.venue.ID, feedback.SaidOn))
	if got := calls(); !slices.Equal(got, []string{"waiter"}) {
		t.Errorf("one says on: %q are called", got)
	}
	h.clk.advance(48 * time.Hour)
	if got := calls(); !slices.Equal(got, []string{"other", "waiter"}) {
		t.Errorf("that was long ago: %q are called", got)
	}
}
