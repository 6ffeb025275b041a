package owner_test

import (
	"net/url"
	"slices"
	"testing"

	"makeright/internal/feedback"
)

// A venue turns on the moments it wants, by the clock or by a tap, and off again.
func TestCheckIns(t *testing.T) {
	p := newPlace(t)
	b := p.lead
	saved := func(form url.Values) []feedback.CheckIn {
		t.Helper()
		b.goes(b.post(p.path("/checkins"), form), p.path("/checkins"))
		v, err := p.store.For(p.owner, p.venue.ID).Details(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v.CheckIns
	}
	got := saved(url.Values{"on": {"starters", "bill"}, "minutes_starters": {"20"}, "minutes_mains": {"45"}})
	if want := []feedback.CheckIn{{Moment: "starters", Minutes: 20}, {Moment: "bill"}}; !slices.Equal(got, want) {
		t.Errorf("the venue asks at %+v, want %+v", got, want)
	}
	doc := b.page(p.path("/checkins"), 200)
	if doc.Find("[name=on][checked]").Length() != 2 || doc.Find("[name=minutes_starters]").AttrOr("value", "") != "20" {
		t.Error("the page does not show what was saved")
	}
	if got := saved(url.Values{}); len(got) > 0 {
		t.Errorf("turned off it still asks at %+v", got)
	}
}
