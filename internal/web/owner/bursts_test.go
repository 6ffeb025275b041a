package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/desk"
)

// burst sends so many reports to a table that are over its quota, and returns
// the id of their burst.
func (p *place) burst(n int) string {
	p.Helper()
	for range n {
		in := desk.NewReport{Code: p.code(p.tables[0]).Code, Rating: 1, Words: "Forged.", Causes: []string{"cold"}, Language: "en", Marked: true}
		if _, err := p.desk.Submit(p.Context(), in); err != nil {
			p.Fatal(err)
		}
	}
	all, err := p.store.For(p.owner, p.venue.ID).Bursts(p.Context(), p.clock.t)
	if err != nil || len(all) == 0 {
		p.Fatalf("bursts: %+v, %v", all, err)
	}
	return all[0].ID
}

// A manager reads that something is to check, marks it as abuse and takes that
// back; the figures follow.
func TestBursts(t *testing.T) {
	p := newPlace(t)
	p.tells(p.tables[1], 2, "Stone cold.", "cold")
	burst := p.path("/bursts/" + p.burst(7))
	doc := p.lead.page(p.path(""), http.StatusOK)
	if got := text(doc.Find(".note.soon")); !strings.Contains(got, "than its guests can send") {
		t.Errorf("the overview says %q", got)
	}
	says := func(where, want string) {
		t.Helper()
		doc := p.lead.page(p.path("/bursts"), http.StatusOK)
		if got := text(doc.Find(where)); !strings.Contains(got, want) {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	issues := func(want string) {
		t.Helper()
		if got := text(p.lead.page(p.path(""), http.StatusOK).Find(".dash figure .hint")); !strings.Contains(got, want) {
			t.Errorf("the overview says %q, want %q", got, want)
		}
	}
	says(".todo", "Messages at once: 7")
	says(".todo", "Not looked at: 7")
	issues("8 issues")
	if a := p.lead.post(burst+"/abuse", url.Values{}); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("marking: %d", a.StatusCode)
	}
	says(".todo", "Marked as abuse: 7")
	issues("1 issue")
	if got := p.lead.page(p.path("/issues?status=dismissed"), http.StatusOK).Find(".todo .plate").Length(); got != 7 {
		t.Errorf("%d of 7 are in the list of what was set aside", got)
	}
	if a := p.lead.post(burst+"/clear", url.Values{}); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("taking back: %d", a.StatusCode)
	}
	says(".todo", "Not looked at: 7")
	issues("8 issues")
	if got := text(p.boss.page(p.path("/audit"), http.StatusOK).Find("main")); !strings.Contains(got, "Marked a burst as abuse") || !strings.Contains(got, "Took back that a burst is abuse") {
		t.Errorf("the audit trail says %q", got)
	}
}
