package guest_test

import (
	"context"
	"net/http"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

func onScan(v *feedback.Venue) { v.VisitOnScan = true }

// here is how many visits are open.
func (h *house) here() int {
	h.Helper()
	visits, err := h.view().OpenVisits(h.Context(), h.now)
	h.must(err)
	return len(visits)
}

// T06: looking at an address opens nothing, however often.
func TestScan_OnlyWhoSeesTheFormOpensAVisit(t *testing.T) {
	h := open(t, onScan)
	form := "/T/" + h.code.Code
	for range 50 {
		for _, path := range []string{form, form + "/scan", "/t/" + h.code.Short} {
			h.browser().get(path)
			h.browser().do(http.MethodHead, path, nil)
		}
	}
	h.browser().post(form+"/scan", nil).want(http.StatusNoContent) // of nobody who opened the form
	if n := h.here(); n != 0 {
		t.Fatalf("%d visits are open, want none", n)
	}
	b := h.browser()
	if to := b.get(form).attr("form", "data-scan"); to != form+"/scan" {
		t.Fatalf("the form tells %q of who sees it, want %s/scan", to, form)
	}
	for range 2 {
		b.post(form+"/scan", nil).want(http.StatusNoContent)
		if n := h.here(); n != 1 {
			t.Fatalf("%d visits are open, want one", n)
		}
	}
}

func TestScan_OpensNoneForTheTeamOrAtTheDoor(t *testing.T) {
	h := open(t, onScan)
	form := "/T/" + h.code.Code
	b := h.browser()
	b.get(form)
	b.cookies["mr_walk"] = h.venue.ID + "." + h.code.TableID
	b.post(form+"/scan", nil).want(http.StatusNoContent)
	door := h.browser()
	if a := door.get("/K/" + h.code.Code).want(http.StatusOK); a.has("[data-scan]") {
		t.Error("the tablet by the door tells of who sees it")
	}
	door.post("/K/"+h.code.Code+"/scan", nil).want(http.StatusMethodNotAllowed)
	visit, _ := h.visit()
	if a := h.browser().get("/T/" + visit.Code).want(http.StatusOK); a.has("[data-scan]") {
		t.Error("the form of a visit tells of who sees it")
	}
	if n := h.here(); n != 1 {
		t.Errorf("%d visits are open, want only that of the till", n)
	}
	h.must(h.desk.RevokeCode(t.Context(), h.owner, h.venue.ID, h.code.TableID))
	delete(b.cookies, "mr_walk")
	b.post(form+"/scan", nil).want(http.StatusNotFound)
}

// Somebody of the team who is signed in looks at a form as a guest sees it.
func TestScan_OpensNoneForWhoIsSignedIn(t *testing.T) {
	h := open(t, onScan)
	h.e.Use(web.Authenticate(func(context.Context, string, string) (feedback.Actor, error) { return h.maria, nil }, nil))
	b := h.browser()
	b.get("/T/" + h.code.Code)
	b.cookies["mr"] = "somebody"
	b.post("/T/"+h.code.Code+"/scan", nil).want(http.StatusNoContent)
	if n := h.here(); n != 0 {
		t.Errorf("%d visits are open, want none", n)
	}
	delete(b.cookies, "mr")
	b.post("/T/"+h.code.Code+"/scan", nil).want(http.StatusNoContent)
	if n := h.here(); n != 1 {
		t.Errorf("%d visits are open once they are a guest, want one", n)
	}
}

func TestScan_FormTellsOnlyWhereTheVenueWants(t *testing.T) {
	h := open(t)
	path := "/T/" + h.code.Code
	if h.browser().get(path).has("[data-scan]") {
		t.Error("the form tells of who sees it, and nobody asked")
	}
	b := h.browser()
	b.get(path)
	b.post(path+"/scan", nil).want(http.StatusNoContent)
	if n := h.here(); n != 0 {
		t.Errorf("%d visits are open, want none", n)
	}
	h.must(h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, onScan))
	if !h.browser().get(path).has("[data-scan]") {
		t.Error("the form does not tell once the venue wants it")
	}
}

// Staff who try a sticker on their walk are led back to the walk, and are no scan.
func TestScan_OfWhoWalksTheFloorIsNotCounted(t *testing.T) {
	h := open(t)
	b := h.browser()
	b.cookies["mr_walk"] = h.venue.ID + "." + h.code.TableID
	to := b.get("/T/" + h.code.Code).want(http.StatusSeeOther).header.Get("Location")
	if want := "/board/" + h.venue.ID + "/walk?table=" + h.code.TableID + "&saw=" + h.code.Code; to != want {
		t.Errorf("led to %q, want %q", to, want)
	}
	h.must(h.desk.WriteScans(t.Context()))
	if n := h.codes()[0].Scans; n != 0 {
		t.Errorf("%d scans, want none", n)
	}
}
