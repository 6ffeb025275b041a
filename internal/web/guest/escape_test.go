package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

// T09, T07: what guests write is text wherever it stands, and no page loads or
// tells anything to others.
func TestForm_Escapes(t *testing.T) {
	h := open(t, func(v *feedback.Venue) { v.Name = `<img src=x onerror=alert(1)>` })
	evil := `</textarea><script>alert(1)</script>"'` + "\u202e"
	b := h.browser()
	a := b.post("/T/"+h.code.Code, url.Values{"words": {evil}, "name": {evil}, "causes": {evil}}).want(http.StatusUnprocessableEntity)
	s := h.send(url.Values{"rating": {"1"}, "words": {evil}})
	s.post(s.path+"/messages", url.Values{"text": {evil}}).want(http.StatusSeeOther)
	for _, a := range []answer{a, b.get("/T/" + h.code.Code), s.page(), s.get(s.path + "/live?frame=1")} {
		if a.has("img") || a.doc().Find("script").Length() > 1 || strings.Contains(a.doc().Find("script").Text(), "alert(1)") {
			t.Errorf("a page runs what a guest wrote: %s", a.body)
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || a.header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("headers = %v", a.header)
		}
	}
	if page := s.page(); page.header.Get("Cache-Control") != "no-store" || page.attr("meta[name=robots]", "content") != "noindex" {
		t.Error("the status page may be kept or found")
	}
}
