package desk_test

import (
	"testing"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

func TestMark(t *testing.T) {
	h := newHouse(t)
	visit, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "1"})
	must(t, err)
	must(t, h.Mark(t.Context(), h.waiter, h.venue.ID, visit, "mains"))
	got, err := h.s.For(h.owner, h.venue.ID).Visit(t.Context(), visit)
	must(t, err)
	if got.Moment != "mains" {
		t.Errorf("moment = %q, want mains", got.Moment)
	}
	wantProblem(t, "a moment there is not", h.Mark(t.Context(), h.waiter, h.venue.ID, visit, "dessert"), "moment")
	must(t, h.CloseVisit(t.Context(), h.waiter, h.venue.ID, visit))
	wantErr(t, "a party that has left", h.Mark(t.Context(), h.waiter, h.venue.ID, visit, "bill"), feedback.ErrConflict)
}

func TestSubmit_KeepsTheMoment(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, func(in *desk.NewReport) { in.Moment, in.Rating, in.Handling = "mains", 2, "" })
	if got := h.report(t, r.ID); got.Moment != "mains" || got.Kind != feedback.Issue {
		t.Errorf("a poor answer to a question is %s of %q, want an issue of mains", got.Kind, got.Moment)
	}
	r, _ = h.send(t, func(in *desk.NewReport) { in.Moment = "whenever" })
	if got := h.report(t, r.ID); got.Moment != "" {
		t.Errorf("a moment there is not was kept: %q", got.Moment)
	}
}
