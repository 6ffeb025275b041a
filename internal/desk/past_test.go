package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// What days said that are over stays so, whatever an owner changes afterwards: as it
// came, as it was kept before the change or after it, and as it is made again.
func TestFigures_OfDaysThatAreOverStay(t *testing.T) {
	for when, kept := range map[string]bool{"changed as it came": false, "changed when it was kept": true} {
		t.Run(when, func(t *testing.T) { daysThatAreOver(t, kept) })
	}
}

func daysThatAreOver(t *testing.T, kept bool) {
	h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	h.at(t, "2027-03-27 23:30") // the night in which the clocks change
	must(t, h.ChangeTable(t.Context(), h.owner, h.venue.ID, h.table.ID, desk.NewTable{Name: "1", Area: "Hall"}))
	for range 4 {
		_, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: h.table.ID, Covers: 3})
		must(t, err)
		_, guest := h.resolved(t, h.waiter)
		must(t, h.Judge(t.Context(), guest, feedback.Partly, ""))
		r, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{"slow", "taste"} })
		h.clk.advance(4 * time.Minute) // beyond the promise
		must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
		h.clk.advance(time.Hour)
	}
	h.clk.advance(24 * time.Hour)
	figures := func() string {
		t.Helper()
		all := []string{h.visitsOf(t, "2027-03-27")}
		for _, by := range []string{"day", "hour", "table", "area", "shift", "cause", "handling", "trust", "took", "stage"} {
			f := store.StatsFilter{FromDay: "2027-03-20", ToDay: "2027-04-03", By: by}
			total, groups, err := h.s.For(h.owner, h.venue.ID).Figures(t.Context(), f)
			must(t, err)
			all = append(all, fmt.Sprintf("%s: %+v", by, total))
			for _, g := range groups { // a table's name is that of today
				all = append(all, fmt.Sprintf("%s %s: %+v", by, g.Key, g.Figures))
			}
		}
		return strings.Join(all, "\n")
	}
	keep := func() {
		t.Helper()
		must(t, h.s.Roll(t.Context()))
		must(t, h.s.KeepDays(t.Context(), h.clk.now()))
	}
	if kept {
		keep()
	}
	was := figures()
	for _, part := range []string{
		"day 2027-03-27: {Issues:8 Resolved:4", "hour 03: {Issues:2", "area Hall: {Issues:8", "shift 05:00: {Issues:8", "4 visits, 12 covers, 4 beside others",
	} {
		if !strings.Contains(was, part) {
			t.Fatalf("%q is not in the figures:\n%s", part, was)
		}
	}
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.TimeZone, v.PromiseMinutes = "Asia/Tokyo", 9
		v.Hours.Week = map[string][]string{"mon": {"10:00-14:00"}}
		v.Causes = []string{"cold", "other"}
	}))
	must(t, h.ChangeTable(t.Context(), h.owner, h.venue.ID, h.table.ID, desk.NewTable{Name: "Garden 1", Area: "Garden"}))
	stay := func(what string) {
		t.Helper()
		if got := figures(); got != was {
			t.Errorf("%s, figures of days that are over became\n%s\nthey were\n%s", what, got, was)
		}
	}
	stay("changed")
	h.clk.advance(24 * time.Hour)
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) { v.TimeZone, v.Hours = "Pacific/Auckland", feedback.Hours{} }))
	must(t, h.ChangeTable(t.Context(), h.owner, h.venue.ID, h.table.ID, desk.NewTable{Name: "Hall 1"}))
	stay("changed again")
	keep()
	stay("kept")
	must(t, h.s.Rebuild(t.Context(), feedback.System(h.owner.Org, h.venue.ID), h.venue.ID))
	stay("made again")
	keep()
	stay("made again and kept")
}

// visitsOf is what figures say of the visits of a day.
func (h *house) visitsOf(t *testing.T, day string) string {
	t.Helper()
	at, visits := h.s.For(h.owner, h.venue.ID), 0
	reach, err := at.Reach(t.Context(), day, day)
	must(t, err)
	for _, of := range reach {
		visits += of.Visits
	}
	covers, err := at.Covers(t.Context(), day, day)
	must(t, err)
	venues, err := h.s.Org(h.owner).Compare(t.Context(), day, day)
	must(t, err)
	sum, err := at.VisitFigures(t.Context(), store.StatsFilter{FromDay: day, ToDay: day})
	must(t, err)
	return fmt.Sprintf("%d visits, %d covers, %d beside others, %+v", visits, covers, venues[0].Visits, sum)
}
