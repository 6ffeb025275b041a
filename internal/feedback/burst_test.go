package feedback_test

import (
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestReport_Doubt(t *testing.T) {
	evening := feedback.Venue{TimeZone: "Europe/Berlin", Hours: feedback.Hours{Week: map[string][]string{"sun": {"17:00-23:00"}}}}
	open := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC) // 19:00 in Berlin, a Sunday
	closed := open.Add(4*time.Hour + time.Minute)          // 23:01 there
	tests := map[string]struct {
		trust      feedback.Trust
		at, opened time.Time
		want       int
	}{
		"a guest":                            {feedback.TrustTable, open, open.Add(-time.Minute), 1},
		"nobody knows how long it took":      {feedback.TrustTable, open, time.Time{}, 1},
		"as fast as a hand":                  {feedback.TrustOpenTable, open, open.Add(-feedback.Hasty), 1},
		"faster than a hand":                 {feedback.TrustOpenTable, open, open.Add(-feedback.Hasty + time.Millisecond), 3},
		"after hours":                        {feedback.TrustTable, closed, closed.Add(-time.Minute), 5},
		"after hours, faster than a hand":    {feedback.TrustTable, closed, closed, 7},
		"with the code of a visit, whatever": {feedback.TrustVisit, closed, closed, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := feedback.Report{Trust: tt.trust, CreatedAt: tt.at}
			if got := r.Doubt(evening, tt.opened); got != tt.want {
				t.Errorf("Doubt() = %d, want %d", got, tt.want)
			}
		})
	}
}

// Outside of the opening hours, by the venue's own clock, an open table proves
// nothing; the code of a visit still does.
func TestReport_PlaceAfterHours(t *testing.T) {
	v := feedback.Venue{ID: "v", TimeZone: "America/New_York", Hours: feedback.Hours{Week: map[string][]string{"sun": {"17:00-23:00"}}}}
	visit := feedback.Visit{ID: "here", OpenedAt: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	for name, tt := range map[string]struct {
		at   time.Time
		code string
		want feedback.Trust
	}{
		"open":                  {time.Date(2026, 11, 23, 3, 59, 0, 0, time.UTC), "", feedback.TrustOpenTable},
		"closed":                {time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), "", feedback.TrustTable},
		"closed, with its code": {time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), "here", feedback.TrustVisit},
	} {
		t.Run(name, func(t *testing.T) {
			r := feedback.Report{CreatedAt: tt.at}
			r.Place(v, tt.code, []feedback.Visit{visit})
			if r.Trust != tt.want || r.VisitID != "here" {
				t.Errorf("trust %q at visit %q, want %q", r.Trust, r.VisitID, tt.want)
			}
		})
	}
}

func TestReport_Unheard(t *testing.T) {
	r := feedback.Report{Kind: feedback.Issue, Status: feedback.Open, ToCheck: true, Salt: []byte("s")}
	if r.Promised() || !r.Unheard() {
		t.Error("what calls nobody promises minutes")
	}
	if r.Status = feedback.Taken; !r.Promised() || r.Unheard() {
		t.Error("what somebody took after all promises nothing")
	}
}
