package feedback_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// told are issues of one cause with the guest's word on each.
func told(n int, cause string, verdict feedback.Verdict) []feedback.Fact {
	at := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	return slices.Repeat([]feedback.Fact{{
		Kind: feedback.Issue, Status: feedback.Resolved, Causes: []string{cause}, Verdict: verdict,
		CreatedAt: at, Since: at, TakenAt: at.Add(time.Minute), EndedAt: at.Add(2 * time.Minute), DueAt: at.Add(3 * time.Minute),
	}}, n)
}

func TestChanges(t *testing.T) {
	all := func(parts ...[]feedback.Fact) []feedback.Fact { return slices.Concat(parts...) }
	slower := told(6, "slow", feedback.Yes)
	for i := range slower {
		slower[i].TakenAt = slower[i].CreatedAt.Add(11 * time.Minute)
	}
	taken := func(minutes ...int) []feedback.Fact {
		rs := told(len(minutes), "slow", feedback.Yes)
		for i, n := range minutes {
			rs[i].TakenAt = rs[i].CreatedAt.Add(time.Duration(n) * time.Minute)
		}
		return rs
	}
	waiting := told(9, "cold", "")
	for i := range waiting {
		waiting[i].TakenAt = time.Time{}
	}
	tests := map[string]struct {
		now, before []feedback.Fact
		want        []string
	}{
		"a median that chance explains": {all(taken(10, 60, 61), waiting), taken(9, 30, 62), []string{"cause cold 0-9", "issues 3-12", "take 1800-3600"}},
		"one that it does not":          {all(taken(60, 61, 62, 63, 64, 65, 66, 67), told(2, "cold", "")), taken(9, 9, 9, 9, 9, 10, 11, 12), []string{"take 540-3720", "cause cold 0-2", "issues 8-10"}},
		"nothing":                       {},
		"the same":                      {told(3, "cold", feedback.Yes), told(3, "cold", feedback.Yes), nil},
		"the greatest first":            {all(told(9, "cold", ""), told(2, "slow", "")), told(1, "slow", ""), []string{"cause cold 0-9", "issues 1-11", "cause slow 1-2"}},
		"three of four":                 {all(told(16, "cold", ""), told(9, "slow", ""), told(4, "staff", "")), told(1, "noise_seat", ""), []string{"issues 1-29", "cause cold 0-16", "cause slow 0-9"}},
		"no health in a mail":           {told(9, "safety", ""), nil, []string{"issues 0-9"}},
		"slower":                        {slower, told(6, "slow", feedback.Yes), []string{"take 60-660"}},
		"what guests say":               {told(6, "slow", feedback.Partly), told(6, "slow", feedback.Yes), []string{"confirmed 100-0"}},
		"too few of them have spoken":   {told(4, "slow", feedback.Partly), told(4, "slow", feedback.Yes), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range feedback.Changes(tt.now, tt.before, feedback.MaxChanges, time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC)) {
				what := c.What
				if c.Cause != "" {
					what += " " + c.Cause
				}
				got = append(got, fmt.Sprintf("%s %d-%d", what, c.Before, c.Now))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("changes %q, want %q", got, tt.want)
			}
		})
	}
}
