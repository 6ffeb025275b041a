package owner_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
)

// The shift of a house that never closes is the whole day, on each page that names
// shifts, also when the house has hours since. Addresses and exports keep its key.
func TestShift_OfAWholeDay(t *testing.T) {
	p := newPlace(t)
	p.calls(feedback.ChannelChat, 1, 1)
	pages := map[string]string{
		"?days=7":                               "[aria-labelledby=by-shift] tbody th",
		"/why":                                  "[aria-labelledby=by-shift] tbody th",
		"/budget":                               "[aria-labelledby=by-shift] tbody th",
		"/issues?status=any&by=shift&key=05:00": "main .note b",
	}
	say := func(want string) {
		t.Helper()
		for path, place := range pages {
			doc := p.lead.page(p.path(path), http.StatusOK)
			if got := text(doc.Find(place)); got != want {
				t.Errorf("%s says %q, want %q", path, got, want)
			}
		}
	}
	say("All day")
	links := p.lead.page(p.path("/why"), http.StatusOK).Find("[aria-labelledby=by-shift] a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
	for _, link := range links {
		if !strings.Contains(link, "key=05%3A00") {
			t.Errorf("a link leads to %s", link)
		}
	}
	change := func(spans ...string) {
		t.Helper()
		err := p.desk.ChangeVenue(t.Context(), p.owner, p.venue.ID, func(v *feedback.Venue) { v.Hours.Week = map[string][]string{"mon": spans} })
		if err != nil {
			t.Fatal(err)
		}
	}
	change("11:30-15:00")
	say("All day")
	change("05:00-14:00") // and one that is none begins then too
	say("05:00")
}
