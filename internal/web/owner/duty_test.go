package owner_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/feedback"
)

// A manager plans shifts past midnight and by area, sees who is on now, and is
// warned of openings for which nobody is.
func TestDuty(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) {
		v.TimeZone = "Europe/Berlin"
		v.Hours.Week = map[string][]string{"sat": {"12:00-15:00", "17:00-01:00"}, "sun": {"12:00-15:00"}}
	})
	says := func() string { return text(p.lead.page(p.path("/duty"), http.StatusOK).Find("main")) }
	if got := says(); !strings.Contains(got, "No shifts are planned") || strings.Contains(got, "Nobody is on duty when you open") {
		t.Errorf("without shifts it says %q", got)
	}
	sam := p.path("/duty/" + p.staff.Person)
	form := filled(p.lead.page(sam, http.StatusOK).Find("form[action='" + sam + "']"))
	form.Set("hours_sat", "11:30–15, 16.30-1")
	form.Set("hours_sun", "noon")
	doc := p.lead.read(p.lead.post(sam, form), http.StatusUnprocessableEntity)
	if text(doc.Find("#hours_sun-err")) == "" || doc.Find("#hours_sat").AttrOr("value", "") != "11:30–15, 16.30-1" {
		t.Errorf("a shift that is none: %q", text(doc.Find("main")))
	}
	form.Set("hours_sun", "")
	form.Set("areas", doc.Find("[name=areas]").AttrOr("value", ""))
	p.lead.goes(p.lead.post(sam, form), p.path("/duty?done=saved"))
	if got := says(); !strings.Contains(got, "Sam Okoro on dutySat 11:30-15:00, 16:30-01:00Window") ||
		!strings.Contains(got, "Nobody is on duty when you open:Sunday") || strings.Contains(got, "Saturday") {
		t.Errorf("with shifts, at noon on a saturday, it says %q", got)
	}
	if p.clock.t = p.clock.t.AddDate(0, 0, 1); !strings.Contains(says(), "Nobody. Alerts call the managers at once.") {
		t.Errorf("on sunday it says %q", says())
	}
	if got := text(p.boss.page(p.path("/audit"), http.StatusOK).Find("main")); !strings.Contains(got, "Changed who is on duty") {
		t.Errorf("the audit says %q", got)
	}
	form.Set("areas", p.venue.ID)
	if doc := p.lead.read(p.lead.post(sam, form), http.StatusUnprocessableEntity); text(doc.Find("#areas-err")) == "" {
		t.Error("an area of nowhere is accepted")
	}
}
