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

// What days said that are over stays so, whatever an owner changes afterwards:
// as it was kept, and as it is made again.
func TestFigures_OfDaysThatAreOverStay(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	h.at(t, "2027-03-27 23:30") // the night in which the clocks change
	for range 4 {
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
		must(t, h.s.Roll(t.Context()))
		var all []string
		for _, by := range []string{"day", "hour", "table", "cause", "handling", "trust", "took", "stage"} {
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
	was := figures()
	if !strings.Contains(was, "day 2027-03-27: {Issues:8 Resolved:4") || !strings.Contains(was, "hour 03: {Issues:2") {
		t.Fatalf("the night is not in the figures:\n%s", was)
	}
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.TimeZone, v.PromiseMinutes = "Asia/Tokyo", 9
		v.Hours.Week = map[string][]string{"mon": {"10:00-14:00"}}
		v.Causes = []string{"cold", "other"}
	}))
	must(t, h.ChangeTable(t.Context(), h.owner, h.venue.ID, h.table.ID, desk.NewTable{Name: "Garden 1", Area: "Garden"}))
	for _, what := range []string{"kept", "made again"} {
		if got := figures(); got != was {
			t.Errorf("as they are %s, figures of days that are over became\n%s\nthey were\n%s", what, got, was)
		}
		must(t, h.s.Rebuild(t.Context(), feedback.System(h.owner.Org, h.venue.ID), h.venue.ID))
	}
}
