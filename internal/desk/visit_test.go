package desk_test

import (
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// opened opens a visit at table 1 as the till does.
func (h *house) opened(t *testing.T, in desk.NewVisit) string {
	t.Helper()
	in.Table = "1"
	id, _, err := h.OpenVisit(t.Context(), till(h, feedback.ScopeVisits), h.venue.ID, in)
	must(t, err)
	return id
}

func TestTestVisit_CallsNobodyAndIsInNoFigure(t *testing.T) {
	h := newHouse(t)
	visit := h.opened(t, desk.NewVisit{Test: true})
	r, _ := h.send(t, func(in *desk.NewReport) { in.Code, in.Causes = h.visitCode(t, visit).Code, []string{"safety"} })
	if !r.Test || r.VisitID != visit || r.Status != feedback.Open || r.Pages() {
		t.Errorf("test %v, visit %q, status %s, pages %v; want a test of that visit that pages nobody", r.Test, r.VisitID, r.Status, r.Pages())
	}
	h.clk.advance(time.Hour)
	must(t, h.Watch(t.Context(), feedback.System(h.owner.Org, h.venue.ID), r.ID))
	if got := h.report(t, r.ID); got.Level != 0 {
		t.Errorf("escalated %d times, want never", got.Level)
	}
	total, groups, err := h.s.For(h.owner, h.venue.ID).Figures(t.Context(), store.StatsFilter{FromDay: r.Day, ToDay: r.Day, By: "table"})
	must(t, err)
	if total.Issues != 0 || len(groups) != 0 {
		t.Errorf("figures count %d issues in %d groups, want none", total.Issues, len(groups))
	}
	if p, err := h.s.Pulse(t.Context(), h.clk.now()); err != nil || !p.Oldest.IsZero() {
		t.Errorf("the oldest waiting issue is of %s, %v; want none", p.Oldest, err)
	}
}

func TestTestVisit_IsNobodysTable(t *testing.T) {
	h := newHouse(t)
	h.opened(t, desk.NewVisit{Test: true})
	if r, _ := h.send(t); r.Test || r.Trust != feedback.TrustTable || r.VisitID != "" {
		t.Errorf("by the table's code: test %v, trust %s, visit %q; want a real report of no visit", r.Test, r.Trust, r.VisitID)
	}
}

func TestTestVisit_ACheckOfATestIsNotThatOfTheTill(t *testing.T) {
	h := newHouse(t)
	test := h.opened(t, desk.NewVisit{Check: "A-1", Test: true})
	real := h.opened(t, desk.NewVisit{Check: "A-1"})
	if test == real || h.opened(t, desk.NewVisit{Check: "A-1", Test: true}) != test || h.opened(t, desk.NewVisit{Check: "A-1"}) != real {
		t.Errorf("test %s and real %s: want one visit each", test, real)
	}
	if r, _ := h.send(t, func(in *desk.NewReport) { in.Code = h.visitCode(t, real).Code }); r.Test {
		t.Error("a report by the receipt is a test, want a real one")
	}
}
