package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

func (h *house) change(change func(*feedback.Venue)) {
	h.Helper()
	h.must(h.desk.ChangeVenue(h.Context(), h.owner, h.venue.ID, change))
}

// The page that a code opens asks about the moment of the visit, by the clock or
// because staff say so, and the answer keeps it.
func TestForm_AsksAtMoments(t *testing.T) {
	h := open(t)
	h.change(func(v *feedback.Venue) {
		v.CheckIns = []feedback.CheckIn{{Moment: "starters", Minutes: 20}, {Moment: "bill"}}
	})
	code, visit := h.visit()
	path := "/T/" + code.Code
	asks := func(question, moment string) {
		t.Helper()
		page := h.browser().get(path)
		page.shows("h1", question)
		if got := page.attr("input[name=moment]", "value"); got != moment {
			t.Errorf("the form answers %q, want %q", got, moment)
		}
	}
	asks("How is everything?", "")
	h.now = h.now.Add(20 * time.Minute)
	asks("How are the starters?", "starters")
	h.must(h.desk.Mark(t.Context(), h.maria, h.venue.ID, visit, "bill"))
	asks("before the bill", "bill")
	if page := h.browser().get("/T/" + h.code.Code); page.attr("input[name=moment]", "value") != "bill" {
		t.Error("the code on the table does not ask the one party that is there")
	}
	if _, _, err := h.desk.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "7", Check: "2"}); err != nil {
		t.Fatal(err)
	}
	if page := h.browser().get("/T/" + h.code.Code); page.has("input[name=moment]") {
		t.Error("with two parties at the table nobody knows whose moment it is")
	}
	h.must(h.desk.CloseVisit(t.Context(), h.maria, h.venue.ID, visit))
	asks("How was everything?", "")
}

func TestForm_ShowsWhatToExpect(t *testing.T) {
	h := open(t)
	if h.browser().get("/T/" + h.code.Code).has("details.below") {
		t.Error("the card is there though the venue wrote none")
	}
	h.change(func(v *feedback.Venue) {
		v.Wording = v.Wording.With(feedback.ExpectText, "en", "We remake <any> dish.")
	})
	h.browser().get("/T/"+h.code.Code).shows("details.below p", "We remake <any> dish.")
}

// An insult gets one kind question, with everything that was typed; sending
// again sends it.
func TestSend_NudgesOnce(t *testing.T) {
	h := open(t)
	b := h.browser()
	b.get("/T/" + h.code.Code)
	form := url.Values{"rating": {"1"}, "words": {"You bastards"}, "causes": {"cold"}, "lang": {"en"}}
	a := b.post("/T/"+h.code.Code, form)
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d, want the form again", a.status)
	}
	a.shows("[role=alert]", "People will read this")
	if !strings.Contains(a.text("#w"), "You bastards") || a.attr("#r1", "checked") == "" && !a.has("#r1[checked]") || a.has(".sum") {
		t.Error("what was typed is lost, or it is called a mistake")
	}
	form.Set("sure", a.attr("input[name=sure]", "value"))
	if a = b.post("/T/"+h.code.Code, form); a.status != http.StatusSeeOther {
		t.Errorf("sending it again is answered with %d", a.status)
	}
	form.Set("words", "The soup was cold")
	form.Del("sure")
	if a = b.post("/T/"+h.code.Code, form); a.status != http.StatusSeeOther {
		t.Errorf("kind words are answered with %d", a.status)
	}
}
