package guest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// T19: who complains about a person is offered that it waits until they have
// left, without script too; nobody else is, and not who has left already.
func TestForm_OffersToWaitUntilTheyHaveLeft(t *testing.T) {
	h := open(t)
	const choice = "[name=handling][value=manager_later]"
	a := h.browser().get("/T/" + h.code.Code)
	a.shows("label:has("+choice+")", "Only the manager, after we have left")
	if !strings.Contains(a.attr("label:has("+choice+")", "class"), "wait") {
		t.Error("it is offered to everybody, whatever their cause")
	}
	_, visit := h.visit()
	code, _ := h.view().CodesOf(t.Context(), h.code.TableID, visit, h.now)
	h.must(h.desk.CloseVisit(t.Context(), h.owner, h.venue.ID, visit))
	if h.browser().get("/T/" + code[0].Code).has(choice) {
		t.Error("it is offered to somebody who has left")
	}
	h.change(func(v *feedback.Venue) { v.Causes = []string{"cold", "slow"} })
	if h.browser().get("/T/" + h.code.Code).has(choice) {
		t.Error("it is offered where nobody can name a person")
	}
}

// The page says plainly what happens to what is kept back, and never that the
// team has it, that somebody comes, or that staff should be told.
func TestStatus_KeptBack(t *testing.T) {
	h := open(t)
	h.staffed()
	b := h.browser()
	path := b.post("/T/"+h.code.Code, url.Values{"rating": {"1"}, "causes": {"staff"}, "words": {"He shouted"}, "handling": {"manager_later"}}).want(http.StatusSeeOther).header.Get("Location")
	a := b.get(path)
	a.shows("#l-head h1", "Nobody has been told yet")
	at := h.now.Add(feedback.HoldFor).In(h.venue.Zone()).Format("15:04")
	a.shows("#l-head .lead", "only after you have left: at "+at+" at the latest")
	if got := steps(a); got != "Sent|Waits until you have left|Made right?" {
		t.Errorf("steps = %s", got)
	}
	a.shows("#l-call button", "Tell the manager now")
	if a.has(".note.soon") || a.has("progress") || strings.Contains(a.text("#live"), "The team has it") {
		t.Errorf("the page promises what is not: %s", a.text("#live"))
	}
	if len(h.reports()) > 0 {
		t.Error("the owner can read it already")
	}

	h.now = h.now.Add(feedback.HoldFor)
	id := h.guestOf(path).ID
	h.must(h.desk.PassOn(t.Context(), feedback.System(h.venue.OrgID, h.venue.ID), id))
	a = b.get(path)
	a.shows("#l-head h1", "The manager was told")
	if got := steps(a); got != "Sent|The manager was told|Waiting for someone to take it|Made right?" {
		t.Errorf("steps = %s", got)
	}
	sent{h, b, id, path}.take(h.jonas)
	b.get(path).shows("#l-head h1", "Jonas has seen this and will get back to you")
}

// With one tap the manager is told after all.
func TestStatus_KeptBackNoLonger(t *testing.T) {
	h := open(t)
	h.staffed()
	b := h.browser()
	path := b.post("/T/"+h.code.Code, url.Values{"rating": {"1"}, "causes": {"staff"}, "handling": {"manager_later"}}).want(http.StatusSeeOther).header.Get("Location")
	h.now = h.now.Add(time.Minute)
	b.post(path+"/call", url.Values{"no": {"0"}}).want(http.StatusSeeOther)
	rs := h.reports()
	if len(rs) != 1 || rs[0].Handling != feedback.ManagerOnly {
		t.Fatalf("after the call the manager reads %+v", rs)
	}
	if a := b.get(path); !slices.Contains(strings.Split(steps(a), "|"), "The manager was told") || !a.has("#l-call button") {
		t.Errorf("steps = %s", steps(a))
	}
}

func (h *house) guestOf(path string) feedback.Actor {
	h.Helper()
	guest, err := h.desk.Guest(h.Context(), strings.TrimPrefix(path, "/R/"))
	h.must(err)
	return guest
}
