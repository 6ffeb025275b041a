package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

// One tap on the form is enough: no rating, no script, no limit.
func TestAlarm_OneTap(t *testing.T) {
	h := open(t)
	b := h.browser()
	form := b.get("/T/" + h.code.Code)
	if form.attr("details.urgent button", "form") != "u" || form.attr("#u", "action") != "/T/"+h.code.Code+"/urgent" || form.has("form.ask #u") {
		t.Error("the buttons of alarm are part of the form")
	}
	first := b.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {"allergy"}}).want(http.StatusSeeOther).header.Get("Location")
	if r := h.reports()[0]; r.Urgent != feedback.Allergy || r.ToCheck {
		t.Errorf("report = %+v", r)
	}
	for range 30 {
		if again := b.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {"allergy"}}).header.Get("Location"); again != first {
			t.Fatalf("a second tap leads to %q, want %q", again, first)
		}
	}
	other := h.browser()
	a := other.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {"allergy"}}).want(http.StatusOK)
	a.shows("h1", "The team was told a moment ago")
	if a.attr(".stack a", "href") != "tel:112" || strings.Contains(a.body, "/R/") {
		t.Error("somebody else at the table gets no number, or the page of who tapped first")
	}
	if n := len(h.reports()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
	b.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {"fire"}}).want(http.StatusUnprocessableEntity)
	b.get("/T/" + h.code.Code + "/urgent?lang=de").want(http.StatusSeeOther)
	b.post("/T/NOPE/urgent", url.Values{"urgent": {"ill"}}).want(http.StatusNotFound)
}

// What a guest reads after an alarm: who knows, and what to do now. Nobody is
// said to come before somebody took it.
func TestAlarm_CalmPath(t *testing.T) {
	h := open(t)
	tap := func(kind string) sent {
		b := h.browser()
		b.get("/T/" + h.code.Code)
		where := b.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {kind}}).want(http.StatusSeeOther).header.Get("Location")
		return sent{h, b, h.reports()[0].ID, where}
	}
	s := tap("allergy")
	s.page().shows("h1", "Your alert has arrived.")
	s.page().shows(".hero .note", "tell a member of staff")
	h.staffed()
	p := s.page()
	p.shows("h1", "Everyone on shift knows.")
	p.shows(".lead", "Allergic reaction")
	p.shows("#l-calm", "Is someone unwell now?")
	p.shows("#l-calm", "aloud")
	p.shows("#l-call", "Alert everyone again")
	if p.attr("#l-calm a", "href") != "tel:112" || strings.Contains(p.text("main"), "on the way") || strings.Contains(p.text("main"), "Bad") {
		t.Errorf("calm path: %s", p.text("main"))
	}
	s.take(h.maria)
	s.page().shows("h1", "Maria has seen this and is on the way")
	s.page().shows("#l-calm", "Call 112")
	s.resolve(h.maria)
	if s.page().has("#l-calm div") {
		t.Error("the calm path stays when it is over")
	}

	u := tap("unsafe").page()
	u.shows("h1", "A manager is being told.")
	if strings.Contains(u.text("#l-calm"), "unwell") {
		t.Error("who does not feel safe is asked for illness")
	}
	h.must(h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.SafetyWords = map[string][]string{"en": {"glass"}}
	}))
	h.send(url.Values{"rating": {"4"}, "words": {"There was GLASS in it"}}).page().shows("#l-calm", "Is someone unwell now?")
	if h.unhappy().page().has("#l-calm div") {
		t.Error("a cold risotto opens the calm path")
	}
}

// A tap by mistake is told to the team, and the alarm stands.
func TestAlarm_Mistake(t *testing.T) {
	h := open(t)
	b := h.browser()
	b.get("/T/" + h.code.Code)
	where := b.post("/T/"+h.code.Code+"/urgent", url.Values{"urgent": {"ill"}}).header.Get("Location")
	form := b.get(where).doc().Find(`form:has(input[type=hidden][name=text])`)
	b.post(form.AttrOr("action", ""), url.Values{"text": {form.Find("[name=text]").AttrOr("value", "")}}).want(http.StatusSeeOther)
	if r := h.reports()[0]; r.Status != feedback.Open || r.LastText != "I tapped by mistake" {
		t.Errorf("report = %+v", r)
	}
}
