package feedback_test

import (
	"archive/zip"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"makeright/internal/feedback"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// utc reads "2026-11-22 13:00", UTC; empty is no time.
func utc(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

var (
	dinner = feedback.Hours{Week: map[string][]string{
		"mon": {"11:30-14:30", "18:00-23:00"}, "tue": {"11:30-14:30", "18:00-23:00"}, "wed": {"18:00-23:00"}, "thu": {"18:00-23:00"},
		"fri": {"18:00-02:00"}, "sat": {"18:00-03:30"}, // sunday is closed
	}, Holidays: map[string][]string{"2026-12-24": nil, "2026-12-31": {"19:00-05:00"}}}
	bar    = feedback.Hours{Week: every("22:00-06:00")}
	always = feedback.Hours{}
)

func every(spans ...string) map[string][]string {
	week := map[string][]string{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		week[day] = spans
	}
	return week
}

// All moments are UTC; Berlin is UTC+1, in summer +2, Auckland +12 and +13,
// New York -5 and -4.
func TestHours_Service(t *testing.T) {
	tests := map[string]struct {
		h            feedback.Hours
		zone, at     string
		from, to     string // empty: closed
		day, endsThe string // service day, and when what is open then ends
	}{
		"lunch":                         {dinner, "Europe/Berlin", "2026-11-23 11:00", "2026-11-23 10:30", "2026-11-23 13:30", "2026-11-23", "2026-11-23 13:30"},
		"the first minute":              {dinner, "Europe/Berlin", "2026-11-23 10:30", "2026-11-23 10:30", "2026-11-23 13:30", "2026-11-23", "2026-11-23 13:30"},
		"the minute after the last":     {dinner, "Europe/Berlin", "2026-11-23 13:30", "", "", "2026-11-23", "2026-11-23 22:00"},
		"between lunch and dinner":      {dinner, "Europe/Berlin", "2026-11-23 15:00", "", "", "2026-11-23", "2026-11-23 22:00"},
		"past midnight, of the evening": {dinner, "Europe/Berlin", "2026-11-28 00:59", "2026-11-27 17:00", "2026-11-28 01:00", "2026-11-27", "2026-11-28 01:00"},
		"closed on sunday":              {dinner, "Europe/Berlin", "2026-11-29 12:00", "", "", "2026-11-29", "2026-11-30 13:30"},
		"sunday, of saturday night":     {dinner, "Europe/Berlin", "2026-11-29 02:00", "2026-11-28 17:00", "2026-11-29 02:30", "2026-11-28", "2026-11-29 02:30"},
		"a holiday is closed":           {dinner, "Europe/Berlin", "2026-12-24 19:00", "", "", "2026-12-24", "2026-12-26 01:00"},
		"another holiday is longer":     {dinner, "Europe/Berlin", "2027-01-01 03:59", "2026-12-31 18:00", "2027-01-01 04:00", "2026-12-31", "2027-01-01 04:00"},
		"never closed, in the evening":  {always, "Europe/Berlin", "2026-11-22 19:00", "2026-11-22 04:00", "2026-11-23 04:00", "2026-11-22", "2026-11-23 04:00"},
		"never closed, after midnight":  {always, "Europe/Berlin", "2026-11-23 03:59", "2026-11-22 04:00", "2026-11-23 04:00", "2026-11-22", "2026-11-23 04:00"},
		"no opening within two weeks": {
			feedback.Hours{Holidays: map[string][]string{"2020-01-01": {"10:00-12:00"}}},
			"Europe/Berlin", "2026-11-22 12:00", "", "", "2026-11-22", "2026-11-23 12:00",
		},

		"Berlin loses an hour":     {bar, "Europe/Berlin", "2026-03-29 01:30", "2026-03-28 21:00", "2026-03-29 04:00", "2026-03-28", "2026-03-29 04:00"},
		"Berlin gains an hour":     {bar, "Europe/Berlin", "2026-10-25 01:30", "2026-10-24 20:00", "2026-10-25 05:00", "2026-10-24", "2026-10-25 05:00"},
		"New York loses an hour":   {bar, "America/New_York", "2026-03-08 07:30", "2026-03-08 03:00", "2026-03-08 10:00", "2026-03-07", "2026-03-08 10:00"},
		"New York gains an hour":   {bar, "America/New_York", "2026-11-01 06:30", "2026-11-01 02:00", "2026-11-01 11:00", "2026-10-31", "2026-11-01 11:00"},
		"Auckland loses an hour":   {bar, "Pacific/Auckland", "2026-09-26 14:30", "2026-09-26 10:00", "2026-09-26 17:00", "2026-09-26", "2026-09-26 17:00"},
		"Auckland gains an hour":   {bar, "Pacific/Auckland", "2026-04-04 14:30", "2026-04-04 09:00", "2026-04-04 18:00", "2026-04-04", "2026-04-04 18:00"},
		"never closed, a long day": {always, "Europe/Berlin", "2026-10-25 01:00", "2026-10-24 03:00", "2026-10-25 04:00", "2026-10-24", "2026-10-25 04:00"},

		// Clocks that are put back show an hour twice: it is open both times.
		"Berlin ends at the second of two":      {feedback.Hours{Week: every("18:00-02:30")}, "Europe/Berlin", "2026-10-25 00:45", "2026-10-24 16:00", "2026-10-25 01:30", "2026-10-24", "2026-10-25 01:30"},
		"New York ends at the second of two":    {feedback.Hours{Week: every("18:00-01:30")}, "America/New_York", "2026-11-01 06:15", "2026-10-31 22:00", "2026-11-01 06:30", "2026-10-31", "2026-11-01 06:30"},
		"Lord Howe ends at the second of two":   {feedback.Hours{Week: every("18:00-01:45")}, "Australia/Lord_Howe", "2026-04-04 15:10", "2026-04-04 07:00", "2026-04-04 15:15", "2026-04-04", "2026-04-04 15:15"},
		"Berlin begins at the first of two":     {feedback.Hours{Week: every("02:30-06:00")}, "Europe/Berlin", "2026-10-25 00:30", "2026-10-25 00:30", "2026-10-25 05:00", "2026-10-25", "2026-10-25 05:00"},
		"New York begins at the first of two":   {feedback.Hours{Week: every("01:30-06:00")}, "America/New_York", "2026-11-01 05:30", "2026-11-01 05:30", "2026-11-01 11:00", "2026-11-01", "2026-11-01 11:00"},
		"Havana begins at the first midnight":   {feedback.Hours{Week: every("00:00-04:00")}, "America/Havana", "2026-11-01 04:30", "2026-11-01 04:00", "2026-11-01 09:00", "2026-11-01", "2026-11-01 09:00"},
		"New York ends where the clocks skip":   {feedback.Hours{Week: every("18:00-02:30")}, "America/New_York", "2026-03-08 06:59", "2026-03-07 23:00", "2026-03-08 07:00", "2026-03-07", "2026-03-08 07:00"},
		"Berlin begins where the clocks skip":   {feedback.Hours{Week: every("02:30-06:00")}, "Europe/Berlin", "2026-03-29 01:00", "2026-03-29 01:00", "2026-03-29 04:00", "2026-03-29", "2026-03-29 04:00"},
		"of two that touch the later one holds": {feedback.Hours{Week: every("18:00-02:30", "02:30-05:00")}, "Europe/Berlin", "2026-10-25 00:45", "2026-10-25 00:30", "2026-10-25 04:00", "2026-10-25", "2026-10-25 04:00"},

		// In Cairo the clocks go from 23:59 to 01:00, so this friday has no midnight.
		"a day without a midnight":        {feedback.Hours{Week: every("00:00-04:00")}, "Africa/Cairo", "2026-04-23 23:00", "2026-04-23 22:00", "2026-04-24 01:00", "2026-04-24", "2026-04-24 01:00"},
		"the evening before such a day":   {bar, "Africa/Cairo", "2026-04-23 22:10", "2026-04-23 20:00", "2026-04-24 03:00", "2026-04-23", "2026-04-24 03:00"},
		"an opening that the clocks skip": {feedback.Hours{Week: every("02:15-02:45", "12:00-13:00")}, "America/New_York", "2026-03-08 06:20", "", "", "2026-03-08", "2026-03-08 17:00"},
		// Samoa had no 30 December 2011.
		"after a day that never was": {always, "Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00", "2011-12-30 15:00", "2011-12-30", "2011-12-30 15:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			loc, at := zone(t, tt.zone), utc(t, tt.at)
			from, to, open := tt.h.Service(at, loc)
			if open != (tt.from != "") || !from.Equal(utc(t, tt.from)) || !to.Equal(utc(t, tt.to)) {
				t.Errorf("Service() = %s to %s, %v; want %s to %s", from.UTC(), to.UTC(), open, tt.from, tt.to)
			}
			if got := tt.h.Day(at, loc); got != tt.day {
				t.Errorf("Day() = %s, want %s", got, tt.day)
			}
			if got := tt.h.EndOfService(at, loc); !got.Equal(utc(t, tt.endsThe)) {
				t.Errorf("EndOfService() = %s, want %s", got.UTC(), tt.endsThe)
			}
		})
	}
}

// zones lists every time zone that Go knows.
func zones(t *testing.T) []*time.Location {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var all []*time.Location
	for _, f := range files.File {
		if !strings.HasSuffix(f.Name, "/") {
			all = append(all, zone(t, f.Name))
		}
	}
	if len(all) < 500 {
		t.Fatalf("only %d time zones", len(all))
	}
	return all
}

// moments draws a time, most of all one near a change of the zone's clocks.
func moments(t *rapid.T, loc *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(0, 3_000_000_000).Draw(t, "second"), 0)
	if start, _ := at.In(loc).ZoneBounds(); !start.IsZero() && start.Unix() > 0 && rapid.IntRange(0, 3).Draw(t, "near a change") > 0 {
		at = start.Add(time.Duration(rapid.IntRange(-26*60, 26*60).Draw(t, "minutes")) * time.Minute)
	}
	return at
}

func hours(t *rapid.T) feedback.Hours {
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		at := func() int { return rapid.IntRange(0, 24*60-1).Draw(t, "minute") }
		from, to := at(), at()
		return fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
	}), 0, 3)
	h := feedback.Hours{Week: map[string][]string{}}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		h.Week[day] = spans.Draw(t, day)
	}
	return h
}

// In every zone on earth, at any hour: an opening holds the moment it is asked
// for, what is open ends later, and a service day is the one or the one before.
func TestHours_HoldInEveryZone(t *testing.T) {
	all := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			loc := rapid.SampledFrom(all).Draw(t, "zone")
			at := moments(t, loc)
			h := hours(t)
			if rapid.IntRange(0, 3).Draw(t, "always") == 0 {
				h = always
			}
			from, to, open := h.Service(at, loc)
			if open && (at.Before(from) || !at.Before(to)) {
				t.Fatalf("%s in %s: the opening is %s to %s", at.UTC(), loc, from.UTC(), to.UTC())
			}
			if h.Always() && (!open || to.Sub(from) > 50*time.Hour) {
				t.Fatalf("%s in %s: a venue that never closes is open from %s to %s: %v", at.UTC(), loc, from, to, open)
			}
			if end := h.EndOfService(at, loc); !end.After(at) || end.Sub(at) > 17*24*time.Hour {
				t.Fatalf("%s in %s: the service ends at %s", at.UTC(), loc, end.UTC())
			}
			today, before := at.In(loc).Format(time.DateOnly), at.In(loc).Add(-30*time.Hour).Format(time.DateOnly)
			if day := h.Day(at, loc); day > today || day < before {
				t.Fatalf("%s in %s belongs to %s", at.UTC(), loc, day)
			}
		}
	})
}

// At each change of the clocks of every zone: of an hour that is shown twice the first
// is when an opening begins and the second when it ends, and an hour that is skipped
// begins and ends when it is.
func TestHours_AtAChangeOfTheClocks(t *testing.T) {
	daily := func(from, to time.Time) feedback.Hours {
		return feedback.Hours{Week: every(from.Format("15:04") + "-" + to.Format("15:04"))}
	}
	changes := map[bool]int{}
	for _, loc := range zones(t) {
		for at := time.Date(2020, 1, 1, 0, 0, 0, 0, loc); at.Year() < 2030; {
			_, change := at.ZoneBounds()
			if change.IsZero() {
				break
			}
			_, was := change.Add(-1).Zone()
			_, is := change.Zone()
			at = change
			shown := change.Add(time.Duration(was+is) / 2 * time.Second).UTC() // in the midst of what is shown twice, or never
			if max(was-is, is-was) < 20*60 || shown.Second() != 0 {
				continue // no hour is
			}
			changes[is < was]++
			first, last := change, change
			if is < was {
				first, last = shown.Add(-time.Duration(was)*time.Second), shown.Add(-time.Duration(is)*time.Second)
			}
			if _, to, open := daily(shown.Add(-5*time.Hour), shown).Service(change.Add(-time.Minute), loc); !open || !to.Equal(last) {
				t.Errorf("%s at %s: until %s is to %s, want %s", loc, change.UTC(), shown.Format("15:04"), to.UTC(), last.UTC())
			}
			if from, _, open := daily(shown, shown.Add(5*time.Hour)).Service(change, loc); !open || !from.Equal(first) {
				t.Errorf("%s at %s: from %s is from %s, want %s", loc, change.UTC(), shown.Format("15:04"), from.UTC(), first.UTC())
			}
			h := feedback.Hours{Week: every(shown.Add(-5*time.Hour).Format("15:04")+"-"+shown.Format("15:04"), shown.Format("15:04")+"-"+shown.Add(5*time.Hour).Format("15:04"))}
			day := h.Day(change, loc)
			if begin := h.Begin(day, loc); h.Day(begin, loc) != day || h.Day(begin.Add(-time.Millisecond), loc) >= day {
				t.Errorf("%s at %s: the day of %s begins at %s", loc, change.UTC(), day, begin.UTC())
			}
		}
	}
	if changes[true] < 500 || changes[false] < 500 {
		t.Errorf("only %v changes were tried", changes)
	}
}

func TestHours_MustBeUnderstood(t *testing.T) {
	tests := map[string]struct {
		h    feedback.Hours
		want bool
	}{
		"always open":             {always, true},
		"a week":                  {dinner, true},
		"until midnight":          {feedback.Hours{Week: map[string][]string{"mon": {"10:00-24:00", "00:00-00:00"}}}, true},
		"a day in another tongue": {feedback.Hours{Week: map[string][]string{"Montag": {"10:00-12:00"}}}, false},
		"a date that is none":     {feedback.Hours{Holidays: map[string][]string{"2026-02-30": nil}}, false},
		"seven openings a day":    {feedback.Hours{Week: map[string][]string{"mon": {"01:00-02:00", "02:00-03:00", "03:00-04:00", "04:00-05:00", "05:00-06:00", "06:00-07:00", "07:00-08:00"}}}, false},
	}
	for _, span := range []string{"", "10:00", "10:00-", "24:00-02:00", "10:60-11:00", "25:00-26:00", "9:00-10:00", " 9:00-10:00", "+9:00-10:00", "10:00-24:01", "10:00–12:00", "aa:bb-cc:dd", "10:00-12:00x", "09: 3-10:00"} {
		tests["opening "+span] = struct {
			h    feedback.Hours
			want bool
		}{feedback.Hours{Week: map[string][]string{"mon": {span}}}, false}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := goodVenue()
			v.Hours = tt.h
			if err := v.Check(languages); (err == nil) != tt.want {
				t.Errorf("Check() = %v, want it understood: %v", err, tt.want)
			}
		})
	}
}
