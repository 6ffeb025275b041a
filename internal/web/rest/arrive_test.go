package rest_test

import (
	"testing"

	"makeright/api"
)

// A till that opens a visit at a table where a guest's scan opened one gets that one.
func TestOpenVisit_TakesOverThatOfAScan(t *testing.T) {
	h := newHouse(t)
	ctx, v, on := t.Context(), h.venue.ID, true
	if venue := first(h.admin.ChangeVenue(ctx, v, api.ChangeVenue{VisitOnScan: &on})); !venue.VisitOnScan {
		t.Fatal("the setting was not kept")
	}
	must(t, h.desk.Arrive(ctx, h.codes[0].Code))
	open, err := h.store.For(h.owner, v).OpenVisits(ctx, h.clock.now())
	must(t, err)
	mains := api.MomentMains
	if got := first(h.admin.ChangeVisit(ctx, v, open[0].ID, api.ChangeVisit{Moment: mains})); !got.ByScan || got.Check != "" || got.Receipt.Address == "" {
		t.Errorf("visit %+v, want that of a scan, with a code", got)
	}
	got := first(h.admin.OpenVisit(ctx, v, api.NewVisit{Table: h.tables[0].Name, Check: "A1", Covers: 2}))
	if got.ID != open[0].ID || got.ByScan || got.Check != "A1" || got.Covers != 2 || got.Moment != mains || got.Code.ExpiresAt == nil || !got.Code.ExpiresAt.Equal(got.ExpiresAt) {
		t.Errorf("the till got %+v, want visit %s as its own", got, open[0].ID)
	}
	if again := first(h.admin.OpenVisit(ctx, v, api.NewVisit{Table: h.tables[0].Name, Check: "A1"})); again.ID != got.ID || again.Code.ID != got.Code.ID {
		t.Errorf("the same check is %s with code %s, want %s with %s", again.ID, again.Code.ID, got.ID, got.Code.ID)
	}
}
