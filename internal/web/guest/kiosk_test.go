package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

// What is said at the door is kept like all else, is trusted as little as a table
// can be, and is never shown to whoever stands there next.
func TestKiosk(t *testing.T) {
	h := open(t)
	h.staffed()
	b, at := h.browser(), "/K/"+h.code.Code
	form := b.get(at).want(http.StatusOK)
	form.shows("h1", "How is everything?")
	if form.header.Get("Cache-Control") != "no-store" || !form.has("form[autocomplete=off]") {
		t.Error("a browser may keep what was typed")
	}
	a := b.post(at, url.Values{"rating": {"2"}, "causes": {"cold"}, "words": {"Cold soup"}, "handling": {"come_over"}, "lang": {"de"}, "phone": {"030 1"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != at+"/thanks" {
		t.Fatalf("answered with %d to %s", a.status, a.header.Get("Location"))
	}
	r := h.reports()[0]
	if r.Rating != 2 || r.Words != "Cold soup" || r.Handling != feedback.ComeOver || r.Language != "de" || r.Trust != feedback.TrustTable || r.ToCheck || !r.Pages() {
		t.Errorf("report = %+v", r)
	}
	thanks := b.get(a.header.Get("Location")).want(http.StatusOK)
	if refresh := thanks.doc().Find(`meta[http-equiv=refresh]`).AttrOr("content", ""); refresh != "20;url="+at+"?lang=en" {
		t.Errorf("the thanks end with %q, want a new form in the venue's first language after 20 s", refresh)
	}
	for where, page := range map[string]answer{
		"form": form, "thanks": thanks, "form afterwards": b.get(at), "a mistake": b.get(at + "?wrong=rating"),
		"an alarm": b.get(at + "/thanks?told=safety"),
	} {
		for _, leaves := range []string{"Cold soup", "example/", "/R/", "/privacy", `href="tel:`} {
			if strings.Contains(page.body, leaves) {
				t.Errorf("%s holds %q", where, leaves)
			}
		}
	}
}

// A mistake is said without what was typed, which would stay behind the back button.
func TestKiosk_Mistakes(t *testing.T) {
	h := open(t)
	at := "/K/" + h.code.Code
	for wrong, form := range map[string]url.Values{
		"rating": {"words": {"Cold soup"}},
		"causes": {"rating": {"1"}, "causes": {"cold", "slow", "taste", "drink"}},
	} {
		a := h.browser().post(at, form).want(http.StatusSeeOther)
		if got := a.header.Get("Location"); got != at+"?wrong="+wrong {
			t.Errorf("%s: leads to %s", wrong, got)
		}
		if page := h.browser().get(at + "?wrong=" + wrong); !page.has(".sum[role=alert]") {
			t.Errorf("%s: nothing is said", wrong)
		}
	}
	if n := len(h.reports()); n != 0 {
		t.Fatalf("%d reports", n)
	}
	h.browser().post(at, url.Values{"rating": {"1"}, "words": {strings.Repeat("ü", 2001)}}).want(http.StatusSeeOther)
	if r := h.reports()[0]; len([]rune(r.Words)) != feedback.MaxWords {
		t.Errorf("%d characters are kept", len([]rune(r.Words)))
	}
}

// A house that leaves at once is one tablet: thirty guests pass unmarked where a
// phone is marked after six, and what is more is kept.
func TestKiosk_HasAQuotaOfItsOwn(t *testing.T) {
	h := open(t)
	b := h.browser()
	b.get("/K/" + h.code.Code)
	for range 31 {
		b.post("/K/"+h.code.Code, url.Values{"rating": {"2"}}).want(http.StatusSeeOther)
	}
	marked := 0
	for _, r := range h.reports() {
		if r.ToCheck {
			marked++
		}
	}
	if n := len(h.reports()); n != 31 || marked != 1 {
		t.Errorf("%d reports, %d of them marked; want 31 and 1", n, marked)
	}
}

// The address is no way round: who keeps no cookies has one quota for the code.
func TestKiosk_IsNoWayRoundTheQuota(t *testing.T) {
	h := open(t)
	for range 40 {
		b := h.browser()
		b.get("/K/" + h.code.Code)
		b.post("/K/"+h.code.Code, url.Values{"rating": {"2"}}).want(http.StatusSeeOther)
	}
	marked := 0
	for _, r := range h.reports() {
		if r.ToCheck {
			marked++
		}
	}
	if n := len(h.reports()); n != 40 || marked != 10 {
		t.Errorf("%d reports, %d of them marked; want 40 and 10", n, marked)
	}
}

func TestKiosk_Alarm(t *testing.T) {
	h := open(t)
	at := "/K/" + h.code.Code
	a := h.browser().post(at+"/urgent", url.Values{"urgent": {"allergy"}}).want(http.StatusSeeOther)
	if got := a.header.Get("Location"); got != at+"/thanks?told=safety" {
		t.Errorf("leads to %s", got)
	}
	if r := h.reports()[0]; r.Urgent != feedback.Allergy || !r.Safety() {
		t.Errorf("report = %+v", r)
	}
}

// A code that has ended leads nowhere, not even to the review links; one of a
// party is no door.
func TestKiosk_Closed(t *testing.T) {
	h := open(t)
	visit, _ := h.visit()
	h.must(h.desk.RevokeCode(t.Context(), h.owner, h.venue.ID, h.code.TableID))
	for _, code := range []string{visit.Code, h.code.Code, "ABCDEFGHJKMNPQRSTVWXYZ0123"} {
		for _, path := range []string{"/K/" + code, "/K/" + code + "/thanks"} {
			if page := h.browser().get(path).want(http.StatusNotFound); strings.Contains(page.body, "g.example") {
				t.Errorf("%s shows review links", path)
			}
		}
		h.browser().post("/K/"+code, url.Values{"rating": {"1"}}).want(http.StatusNotFound)
	}
	if n := len(h.reports()); n != 0 {
		t.Errorf("%d reports", n)
	}
}
