package feedback_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestFact_Stages(t *testing.T) {
	at := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		r    feedback.Fact
		want int
	}{
		"praise":              {feedback.Fact{Kind: feedback.Praise, Status: feedback.Noted}, 1},
		"waits":               {feedback.Fact{Kind: feedback.Issue, Status: feedback.Open}, 2},
		"taken":               {feedback.Fact{Kind: feedback.Issue, Status: feedback.Taken, TakenAt: at}, 3},
		"taken, lost":         {feedback.Fact{Kind: feedback.Issue, Status: feedback.Unresolved, TakenAt: at, Verdict: feedback.Yes}, 3},
		"put right":           {feedback.Fact{Kind: feedback.Issue, Status: feedback.Resolved, TakenAt: at, Verdict: feedback.Partly}, 4},
		"put right, says yes": {feedback.Fact{Kind: feedback.Issue, Status: feedback.Resolved, TakenAt: at, Verdict: feedback.Yes}, 5},
		"set aside":           {feedback.Fact{Kind: feedback.Issue, Status: feedback.Dismissed, TakenAt: at}, 0},
	} {
		if got := tt.r.GroupKeys("stage", feedback.Venue{}); !slices.Equal(got, feedback.Stages[:tt.want]) {
			t.Errorf("%s: stages %q, want the first %d", name, got, tt.want)
		}
	}
}

func TestHours_Begin(t *testing.T) {
	late := feedback.Hours{Week: every("18:00-02:00")}
	for name, tt := range map[string]struct {
		h         feedback.Hours
		day, want string
	}{
		"closed at midnight":       {feedback.Hours{Week: every("12:00-23:00")}, "2026-11-22", "2026-11-21T23:00:00Z"},
		"past midnight":            {late, "2026-11-22", "2026-11-22T01:00:00Z"},
		"past midnight, fall back": {late, "2026-10-25", "2026-10-25T01:00:00Z"},
		"never closed":             {always, "2026-11-22", "2026-11-22T04:00:00Z"},
		"no day":                   {late, "soon", "0001-01-01T00:00:00Z"},
	} {
		got := tt.h.Begin(tt.day, zone(t, "Europe/Berlin"))
		if got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("%s: the day begins at %s, want %s", name, got.UTC().Format(time.RFC3339), tt.want)
			continue
		}
		if tt.day == "soon" {
			continue
		}
		if day := tt.h.Day(got, zone(t, "Europe/Berlin")); day != tt.day {
			t.Errorf("%s: at its beginning it is %s", name, day)
		}
		if day := tt.h.Day(got.Add(-time.Millisecond), zone(t, "Europe/Berlin")); day >= tt.day {
			t.Errorf("%s: just before its beginning it is %s", name, day)
		}
	}
}
