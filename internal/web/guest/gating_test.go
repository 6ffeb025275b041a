package guest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
)

// T39, rule 1: every guest gets the same links, in the same order, words, place
// and size, before and after anything they say.
func TestReviews_AreTheSameForEverybody(t *testing.T) {
	h := open(t)
	want := block(t, h.browser().get("/T/"+h.code.Code))
	same := func(when string, a answer) {
		t.Helper()
		if got := block(t, a); got != want {
			t.Errorf("%s: the links differ:\n%s\nwant\n%s", when, got, want)
		}
	}
	same("form with a mistake", h.browser().post("/T/"+h.code.Code, nil).want(http.StatusUnprocessableEntity))
	place := ""
	for _, rating := range []string{"1", "2", "3", "4", "5"} {
		for _, cause := range append([]string{""}, feedback.Causes...) {
			s := h.send(url.Values{"rating": {rating}, "causes": {cause}})
			a := s.page()
			same("rated "+rating+" for "+cause, a)
			if at := around(a); place == "" {
				place = at
			} else if at != place {
				t.Errorf("rated %s: the links stand %s, want %s", rating, at, place)
			}
		}
	}
	for _, verdict := range []string{"", "yes", "partly", "no"} {
		s := h.unhappy()
		s.take(h.maria)
		same("taken", s.page())
		s.resolve(h.maria)
		if verdict != "" {
			s.says(verdict)
		}
		same("verdict "+verdict, s.page())
		if verdict == "no" {
			s.resolve(h.jonas)
			s.says("no")
			same("not yet twice", s.page())
		}
	}
	for _, handling := range feedback.Handlings {
		same("wants "+handling, h.send(url.Values{"rating": {"2"}, "handling": {handling}, "phone": {"030 1"}}).page())
	}
	for _, reason := range feedback.Reasons {
		s := h.unhappy()
		s.must(h.desk.Unresolved(t.Context(), h.jonas, h.venue.ID, s.id, reason, ""))
		same("unresolved, "+reason, s.page())
	}
	late := h.unhappy()
	h.now = h.now.Add(time.Hour)
	same("over the promise", late.page())
	h.must(h.desk.Watch(t.Context(), feedback.System(h.venue.OrgID, h.venue.ID), late.id))
	same("a manager was alerted", late.page())
	code, visit := h.visit()
	same("form of a visit", h.browser().get("/T/"+code.Code))
	h.must(h.desk.CloseVisit(t.Context(), h.owner, h.venue.ID, visit))
	same("form of a visit that is closed", h.browser().get("/T/"+code.Code))
	h.now = h.now.Add(4 * time.Hour)
	same("code that has expired", h.browser().get("/T/"+code.Code).want(http.StatusGone))
	h.staffed()
	same("form while a screen lives", h.browser().get("/T/"+h.code.Code))
	s := h.unhappy()
	s.must(h.desk.Dismiss(t.Context(), h.jonas, h.venue.ID, s.id, "abuse"))
	same("dismissed", s.page())
	s = h.unhappy()
	same("a call too early", func() answer {
		s.post(s.path+"/call", nil)
		return s.post(s.path+"/call", nil).want(http.StatusTooManyRequests)
	}())
	s.post(s.path+"/withdraw", nil)
	same("withdrawn", s.page())
	same("ended", s.post(s.path+"/end", nil).want(http.StatusOK))
	h.must(h.desk.RevokeCode(t.Context(), h.owner, h.venue.ID, h.code.TableID))
	same("withdrawn code", h.browser().get("/T/"+h.code.Code).want(http.StatusNotFound))
}

// block is the review links as they are sent.
func block(t *testing.T, a answer) string {
	t.Helper()
	links := a.doc().Find("#reviews")
	if links.Length() != 1 || links.Find("a").Length() != 2 {
		t.Fatalf("no review links in %s", a.body)
	}
	html, err := goquery.OuterHtml(links)
	if err != nil {
		t.Fatal(err)
	}
	return html
}

// around is where the links stand on a page: behind what, and before what.
func around(a answer) string {
	links := a.doc().Find("#reviews")
	return "in " + links.Parent().AttrOr("class", "") + ", after " + links.Prev().Find("h2").Text() + ", before " + links.Next().Find("h2").Text()
}
