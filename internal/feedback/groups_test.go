package feedback_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestFact_GroupKeys(t *testing.T) {
	v := goodVenue()
	v.Hours = dinner
	r := feedback.Fact{
		TableID: "t", AreaName: "Terrace", Causes: []string{"cold", "slow"}, Handling: "just_fix", Day: "2026-11-23", Hour: 7,
		Language: "de", Trust: feedback.TrustVisit, Server: "Maria Rossi", Moment: "mains", Actions: []string{"remade", "refund"},
		Status: feedback.Unresolved, Reason: "guest_left",
		CreatedAt: time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC), // 19:00 in Berlin
		TakenAt:   time.Date(2026, 11, 23, 18, 4, 0, 0, time.UTC),
	}
	want := map[string][]string{
		"day": {"2026-11-23"}, "hour": {"07"}, "weekday_hour": {"mon-07"}, "table": {"t"}, "area": {"Terrace"},
		"cause": {"cold", "slow"}, "handling": {"just_fix"}, "shift": {"18:00"}, "language": {"de"}, "trust": {"visit"},
		"server": {"Maria"}, "action": {"remade", "refund"}, "reason": {"guest_left"}, "took": {"03"}, "moment": {"mains"}, "stage": {"sent"},
	}
	for _, by := range feedback.Groupings {
		if got := r.GroupKeys(by, v); !slices.Equal(got, want[by]) {
			t.Errorf("by %s: %q, want %q", by, got, want[by])
		}
	}
	r.CreatedAt = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // a sunday
	if got := r.GroupKeys("shift", v); !slices.Equal(got, []string{"closed"}) {
		t.Errorf("on a day off the shift is %q, want closed", got)
	}
	for _, by := range []string{"server", "action", "reason", "took", "moment"} {
		if got := (&feedback.Fact{}).GroupKeys(by, v); len(got) != 0 {
			t.Errorf("by %s, of a report without any: %q", by, got)
		}
	}
}

// Of a server or a language with fewer than five reports nothing is said, and
// groups stand by name, not by how well they did (rule 9).
func TestSplit_HidesSmallGroups(t *testing.T) {
	var rs []feedback.Fact
	for server, n := range map[string]int{"Zoe": 9, "Ada": 5, "Bob": 4} {
		for i := range n {
			r := feedback.Fact{Server: server, Language: server, TableID: server, Kind: feedback.Issue, Status: feedback.Unresolved}
			if i == 0 {
				r.Kind, r.Status = feedback.Praise, feedback.Noted
			}
			rs = append(rs, r)
		}
	}
	rs = append(rs, feedback.Fact{Server: "Bob", Language: "Bob", TableID: "Bob", Kind: feedback.Issue, Status: feedback.Dismissed})
	for by, want := range map[string][]string{"server": {"Ada", "Zoe"}, "language": {"Ada", "Zoe"}, "table": {"Ada", "Bob", "Zoe"}} {
		var got []string
		for _, g := range feedback.Split(rs, by, goodVenue(), noon) {
			got = append(got, g.Key)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
	}
}

func TestBefore(t *testing.T) {
	for name, tt := range map[string]struct{ from, to, wantFrom, wantTo string }{
		"a day":         {"2026-03-01", "2026-03-01", "2026-02-28", "2026-02-28"},
		"thirty days":   {"2026-10-31", "2026-11-29", "2026-10-01", "2026-10-30"},
		"a leap day":    {"2028-03-01", "2028-03-02", "2028-02-28", "2028-02-29"},
		"back to front": {"2026-03-02", "2026-03-01", "2026-03-02", "2026-03-01"},
	} {
		if from, to := feedback.Before(tt.from, tt.to); from != tt.wantFrom || to != tt.wantTo {
			t.Errorf("%s: %s to %s, want %s to %s", name, from, to, tt.wantFrom, tt.wantTo)
		}
	}
}
