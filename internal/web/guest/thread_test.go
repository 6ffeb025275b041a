package guest_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

// answer writes to the guest and returns the id of the message.
func (s sent) answer(text string) string {
	s.Helper()
	s.must(s.desk.Say(s.Context(), s.maria, s.venue.ID, s.id, feedback.Message{Text: text}))
	return s.newest()
}

// newest is the id of the newest message.
func (s sent) newest() string {
	s.Helper()
	all, err := s.view().Messages(s.Context(), s.id, false)
	s.must(err)
	return all[len(all)-1].ID
}

// The guest reads that the team saw what they wrote, under the newest that was
// seen, and hears of it over the stream.
func TestSeen_ByTheTeam(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	s.post(s.path+"/messages", url.Values{"text": {"No bread"}}).want(http.StatusSeeOther)
	first := s.newest()
	s.post(s.path+"/messages", url.Values{"text": {"No water"}}).want(http.StatusSeeOther)
	if s.page().has(".seen") {
		t.Error("seen before anybody looked")
	}
	srv := httptest.NewServer(h.e)
	defer srv.Close()
	defer h.hub.Close()
	res, err := http.Get(srv.URL + s.path + "/events?after=" + s.page().attr("#live", "data-version"))
	h.must(err)
	defer res.Body.Close()
	s.must(h.desk.Saw(t.Context(), h.maria, h.venue.ID, s.id, first))
	if got := next(bufio.NewScanner(res.Body)); got == "" {
		t.Error("the page is not told")
	}
	part := s.get(s.path + "/live").want(http.StatusOK)
	part.shows(".talk li:nth-child(1) .seen", "Seen by the team")
	if part.doc().Find(".seen").Length() != 1 {
		t.Error("what came later counts as seen too")
	}
	s.must(h.desk.Saw(t.Context(), h.maria, h.venue.ID, s.id, s.newest()))
	s.page().shows(".talk li:nth-child(2) .seen", "Seen by the team")
	if s.page().doc().Find(".seen").Length() != 1 {
		t.Error("every message says that it was seen")
	}
}

// What was only sent to a page is not seen: the page's script says so, or a
// browser that tells that a person opened it.
func TestSeen_ByTheGuest(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	id := s.answer("Coming")
	for _, path := range []string{s.path, s.path + "/live", s.path + "/live?frame=1"} {
		a := s.get(path).want(http.StatusOK)
		if got := a.attr(".talk", "data-unseen"); got != id {
			t.Errorf("%s asks to be told of %q", path, got)
		}
	}
	s.do(http.MethodHead, s.path, nil)
	ahead := h.browser("Sec-Fetch-User", "?1", "Sec-Purpose", "prefetch")
	ahead.get(s.path).want(http.StatusOK)
	if s.report().GuestSaw != "" {
		t.Fatal("a page that nobody opened was seen")
	}
	s.post(s.path+"/seen", url.Values{"message": {id}}).want(http.StatusNoContent)
	s.post(s.path+"/seen", url.Values{"message": {id}}).want(http.StatusNoContent) // twice is once
	if s.report().GuestSaw != id || s.page().has("[data-unseen]") {
		t.Error("the script said so in vain")
	}
	again := s.answer("At your table")
	h.browser("Sec-Fetch-User", "?1").get(s.path).want(http.StatusOK)
	if s.report().GuestSaw != again {
		t.Error("a page that somebody opened was not seen")
	}
}

func TestSeen_NothingOfOthers(t *testing.T) {
	h := open(t)
	s, other := h.unhappy(), h.unhappy()
	id := s.answer("Coming")
	s.post(other.path+"/seen", url.Values{"message": {id}}).want(http.StatusNotFound)
	s.post("/R/"+h.desk.StatusToken("01890000-0000-7000-8000-000000000001")+"/seen", url.Values{"message": {id}}).want(http.StatusNotFound)
	s.post(s.path+"/seen", nil).want(http.StatusNotFound)
	s.post(s.path+"/withdraw", nil).want(http.StatusSeeOther)
	s.post(s.path+"/seen", url.Values{"message": {id}}).want(http.StatusNotFound)
	if s.report().GuestSaw != "" {
		t.Error("seen all the same")
	}
}

// What a venue has in another language alone says so, to eyes and to screen readers.
func TestTalk_MarksTheLanguage(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	s.must(h.desk.Say(t.Context(), h.maria, h.venue.ID, s.id, feedback.Message{Text: "Arriva il cuoco", Language: "it"}))
	a := s.page()
	a.shows(".talk small", "Italiano")
	if a.attr(".talk .said", "lang") != "it" {
		t.Error("a screen reader would read it as English")
	}
	s.answer("Coming")
	if s.page().doc().Find(".talk [lang]").Length() != 2 {
		t.Error("the guest's own language is marked too")
	}
}

// The guest ends it with one tap, without a script too, as often as they tap.
func TestDone(t *testing.T) {
	h := open(t)
	h.staffed()
	s := h.unhappy()
	s.take(h.maria)
	if !s.page().has(`details form[action="` + s.path + `/done"]`) {
		t.Fatal("the page does not offer to end it")
	}
	s.post(s.path+"/done", nil).want(http.StatusSeeOther)
	s.post(s.path+"/done", nil).want(http.StatusSeeOther)
	a := s.page()
	a.shows("#l-head h1", "You ended this conversation")
	if a.has("#say") || a.has("#l-call button") || a.has("progress") || a.has(`form[action$="/done"]`) || a.has(`form[action$="/table"]`) {
		t.Error("the conversation goes on")
	}
	if got := steps(a); got != "Sent|Maria took care of it|You ended the conversation" {
		t.Errorf("steps = %s", got)
	}
	if r := s.report(); r.Status != feedback.Taken || r.Verdict != feedback.NoVerdict {
		t.Errorf("it is %s, %q", r.Status, r.Verdict)
	}
	s.resolve(h.maria)
	s.page().shows("#l-head h1", "Did we make it right?")
}

func TestDone_NotByOthersNorTooLate(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	s.post("/R/"+h.desk.StatusToken("01890000-0000-7000-8000-000000000001")+"/done", nil).want(http.StatusNotFound)
	s.post("/R/"+strings.ToLower(h.code.Code)+"/done", nil).want(http.StatusNotFound)
	s.post(s.path+"/withdraw", nil).want(http.StatusSeeOther)
	late := s.post(s.path+"/done", nil).want(http.StatusConflict)
	late.shows("h1", "Your note is deleted")
	if s.report().Done() {
		t.Error("ended all the same")
	}
	unwell := h.send(url.Values{"rating": {"1"}, "causes": {"safety"}})
	if unwell.page().has(`form[action$="/done"]`) {
		t.Error("what is about safety can be hushed")
	}
	unwell.post(unwell.path+"/done", nil).want(http.StatusConflict)
}

// The page can be kept without a script, and without telling us where.
func TestKeep_ThePage(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	address := "http://example.com" + s.path
	mail, err := url.Parse(s.page().attr("#keep", "href"))
	h.must(err)
	if mail.Scheme != "mailto" || mail.Opaque != "" || mail.Query().Get("body") != address {
		t.Errorf("the link is %s, want a mail to nobody with %s", mail, address)
	}
	s.page().shows("#keep", "Keep this page")
}

// A word of alarm in a message opens the calm path, with or without a script.
func TestAlarm_InALaterMessage(t *testing.T) {
	h := open(t, func(v *feedback.Venue) { v.SafetyWords = map[string][]string{"en": {"swelling"}} })
	s := h.unhappy()
	s.take(h.maria)
	s.post(s.path+"/messages", url.Values{"text": {"My lip is swelling"}}).want(http.StatusSeeOther)
	a := s.page()
	a.shows("#l-calm", "Is someone unwell now?")
	if a.attr("#l-calm a", "href") != "tel:"+h.venue.Emergency() || a.has(`form[action$="/done"]`) {
		t.Error("the number is not there, or the alarm can be ended")
	}
	if got := steps(a); !strings.Contains(got, "The team was alarmed at once") || strings.Contains(a.text("#live"), "on the way") {
		t.Errorf("steps = %s", got)
	}
}
