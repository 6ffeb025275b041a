package feedback_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// Shifts are in the venue's own time: past midnight, and over changes of its
// clocks, which make a night longer or shorter and move no shift.
func TestDuty_On(t *testing.T) {
	night := map[string][]string{"sat": {"22:00-06:00"}}
	day := map[string][]string{"sun": {"09:00-17:00"}}
	for name, tt := range map[string]struct {
		week map[string][]string
		at   string // UTC
		on   bool
	}{
		"before":                  {night, "2026-11-21 20:59", false},
		"at its beginning":        {night, "2026-11-21 21:00", true},
		"past midnight":           {night, "2026-11-22 04:59", true},
		"at its end":              {night, "2026-11-22 05:00", false},
		"a day without a shift":   {night, "2026-11-20 22:00", false},
		"in a night that is long": {night, "2026-10-25 04:59", true}, // ten hours
		"its end":                 {night, "2026-10-25 05:00", false},
		"in a short one":          {night, "2026-03-29 03:59", true}, // seven hours
		"the end of that":         {night, "2026-03-29 04:00", false},
		"winter, before":          {day, "2026-10-25 07:59", false},
		"winter":                  {day, "2026-10-25 08:00", true},
		"summer, before":          {day, "2026-03-29 06:59", false},
		"summer":                  {day, "2026-03-29 07:00", true},
	} {
		if got := (feedback.Duty{Week: tt.week}).On(utc(t, tt.at), zone(t, "Europe/Berlin")); got != tt.on {
			t.Errorf("%s, at %s: %v, want %v", name, tt.at, got, tt.on)
		}
	}
}

// Of a week's openings those are named for which nobody is there.
func TestUnstaffed(t *testing.T) {
	v := feedback.Venue{TimeZone: "Europe/Berlin", Hours: feedback.Hours{
		Week:     every("12:00-15:00", "18:00-23:00"),
		Holidays: map[string][]string{"2026-11-25": {}, "2026-11-26": {"08:00-12:00"}},
	}}
	lunch := feedback.Duty{PersonID: "a", Week: every("11:00-15:00")}
	dinner := feedback.Duty{PersonID: "b", Week: every("18:00-23:00")}
	delete(dinner.Week, "mon")
	now := utc(t, "2026-11-23 10:30")
	var got []string
	for _, at := range feedback.Unstaffed(v, []feedback.Duty{lunch, dinner}, now) {
		got = append(got, at.In(v.Zone()).Format("Mon 15:04"))
	}
	if want := []string{"Mon 18:00", "Thu 08:00"}; !slices.Equal(got, want) {
		t.Errorf("nobody is there at %q, want %q", got, want)
	}
	dinner.Said, dinner.Until = feedback.SaidOn, now.Add(24*time.Hour)
	if got := feedback.Unstaffed(v, []feedback.Duty{lunch, dinner}, now); len(got) != 1 {
		t.Errorf("somebody says that they are on this evening, and nobody is there at %s", got)
	}
	v.Hours = feedback.Hours{Week: every("17:00-02:30", "02:30-05:00")} // the clocks show half past two twice: both are open
	if got := feedback.Unstaffed(v, []feedback.Duty{{Week: map[string][]string{"wed": {"12:00-13:00"}}}}, utc(t, "2026-10-24 12:00")); len(got) != 14 || !got[1].Equal(utc(t, "2026-10-25 00:30")) {
		t.Errorf("in the night in which clocks are put back nobody is there at %s", got)
	}
	if got := feedback.Unstaffed(v, []feedback.Duty{{PersonID: "a", Said: feedback.SaidOff, Until: now}}, now); got != nil {
		t.Errorf("nobody plans, and nobody is there at %s", got)
	}
}
