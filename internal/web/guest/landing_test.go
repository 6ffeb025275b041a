package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestLanding(t *testing.T) {
	h := open(t)
	a := h.browser().get("/").want(http.StatusOK)
	if a.attr("form", "action") != "/" || !a.has(`a[href="/sign-in"]`) || a.doc().Find(".menu a[hreflang]").Length() < 3 {
		t.Errorf("landing = %s", a.body)
	}
	spoken := strings.ToLower(h.code.Short[:4]) + "-" + h.code.Short[4:]
	to := h.browser().post("/", url.Values{"code": {spoken}}).want(http.StatusSeeOther).header.Get("Location")
	h.browser().get(to).want(http.StatusOK).shows(".plate", "7")
	wrong := h.browser().post("/", url.Values{"code": {`"><b>`}}).want(http.StatusUnprocessableEntity)
	wrong.shows("#code-err", "code")
	if wrong.attr("#c", "value") != `"><b>` || !strings.HasPrefix(wrong.text("title"), "Error: ") {
		t.Error("what was typed is lost")
	}
	if a := h.browser("Accept-Language", "ar").get("/privacy").want(http.StatusOK); a.attr("html", "dir") != "rtl" {
		t.Error("privacy is not in Arabic")
	}
}

// T05: short codes are short enough to guess, so guessing is slow; who scanned
// never notices.
func TestForm_GuessingIsSlow(t *testing.T) {
	h := open(t)
	refused := 0
	for range 100 {
		if h.browser().get("/T/00000000").status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("100 guesses in a moment, none refused")
	}
	h.browser().get("/T/" + h.code.Code).want(http.StatusOK)
	h.browser().post("/T/"+h.code.Code, url.Values{"rating": {"1"}}).want(http.StatusSeeOther)
}
