package feedback_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
)

func TestTally_CountsWhatBecameOfReports(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	issue := func(change func(*feedback.Fact)) feedback.Fact {
		r := feedback.Fact{Kind: feedback.Issue, Status: feedback.Open, CreatedAt: noon, Since: noon, DueAt: at(3)}
		change(&r)
		return r
	}
	tally := feedback.Tally{Now: at(50)} // twenty minutes after the last was put right
	behind := map[string]int{}
	for _, r := range []feedback.Fact{
		{Kind: feedback.Praise, Status: feedback.Noted},
		{Kind: feedback.Praise, Status: feedback.Dismissed},
		issue(func(r *feedback.Fact) { r.Status, r.Cost = feedback.Dismissed, 999 }),
		issue(func(*feedback.Fact) {}),
		issue(func(r *feedback.Fact) { r.Status, r.TakenAt = feedback.Taken, at(3) }),
		issue(func(r *feedback.Fact) {
			r.Status, r.TakenAt, r.AnsweredAt, r.EndedAt, r.Verdict, r.Cost = feedback.Resolved, at(1), at(2), at(10), feedback.Yes, 500
		}),
		issue(func(r *feedback.Fact) {
			r.Status, r.TakenAt, r.EndedAt, r.Verdict = feedback.Resolved, at(4), at(20), feedback.Partly
		}),
		issue(func(r *feedback.Fact) { r.Status, r.TakenAt, r.EndedAt = feedback.Resolved, at(1), at(30) }),
		issue(func(r *feedback.Fact) {
			r.Status, r.EndedAt, r.Closing = feedback.Resolved, at(31), feedback.BeforeClosing
		}),
		issue(func(r *feedback.Fact) {
			r.Status, r.EndedAt, r.Verdict = feedback.Unresolved, at(30), feedback.NotYet
		}),
		// Put right late, then "not yet": it waits anew, and the new promise does not make the first take punctual.
		issue(func(r *feedback.Fact) {
			r.Verdict, r.TakenAt, r.Since, r.DueAt = feedback.NotYet, at(5), at(15), at(18)
		}),
	} {
		tally.Add(&r)
		for _, number := range feedback.Counted {
			if r.CountsAs(number) {
				behind[number]++
			}
		}
	}
	want := feedback.Figures{
		Issues: 8, Resolved: 4, Unresolved: 1, Open: 3, Dismissed: 2, Praise: 1,
		Confirmed: 1, Partly: 1, NotYet: 2, NoAnswer: 1, Asked: 1, InVisit: 1, BeforeClose: 1,
		MedianTake: 3 * time.Minute, P90Take: 5 * time.Minute, MedianAnswer: 2 * time.Minute, P90Answer: 2 * time.Minute,
		MedianResolve: 20 * time.Minute, P90Resolve: 31 * time.Minute, Taken: 5, Answered: 1, InTime: 3, Cost: 500,
	}
	if diff := cmp.Diff(want, tally.Figures()); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	lists := map[string]int{"taken": want.Taken, "in_time": want.InTime, "answered": want.Answered, "said": want.Answers(), "in_visit": want.InVisit, "cost": 1}
	if diff := cmp.Diff(lists, behind); diff != "" {
		t.Errorf("reports behind the numbers (-want +got):\n%s", diff)
	}
	if got := tally.Figures().Answers(); got != 4 {
		t.Errorf("%d guests answered, want 4", got)
	}
}

func TestFact_InTime(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	tests := map[string]struct {
		taken, since, due time.Time
		want              bool
	}{
		"never taken":                    {time.Time{}, noon, at(3), false},
		"at the last moment":             {at(3), noon, at(3), true},
		"a moment later":                 {at(3).Add(1), noon, at(3), false},
		"praise that called, taken then": {at(31), at(30), at(33), true},
		"in time, then reopened":         {at(2), at(15), at(18), true},
		"late, then reopened":            {at(4), at(15), at(18), false},
		"in time, then silent":           {at(2), at(12), at(3), true},
		"late, then silent":              {at(4), at(14), at(3), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := feedback.Fact{CreatedAt: noon, TakenAt: tt.taken, Since: tt.since, DueAt: tt.due}
			if got := r.InTime(); got != tt.want {
				t.Errorf("InTime() = %v, want %v", got, tt.want)
			}
		})
	}
}

// The percentiles are the smallest value that at least 50 and 90 of 100 do not
// exceed, worked out here by counting.
func TestTally_PercentilesAreNearestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 200).Draw(t, "minutes")
		var tally feedback.Tally
		for _, m := range minutes {
			tally.Add(&feedback.Fact{Kind: feedback.Issue, Status: feedback.Taken, CreatedAt: noon, TakenAt: noon.Add(time.Duration(m) * time.Minute)})
		}
		f := tally.Figures()
		for share, got := range map[float64]time.Duration{0.5: f.MedianTake, 0.9: f.P90Take} {
			need := int(math.Ceil(share*float64(len(minutes)) - 1e-9))
			reached := func(m int) bool {
				n := 0
				for _, other := range minutes {
					if other <= m {
						n++
					}
				}
				return n >= need
			}
			best := slices.Max(minutes)
			for _, m := range minutes {
				if m < best && reached(m) {
					best = m
				}
			}
			if got != time.Duration(best)*time.Minute {
				t.Fatalf("%v of %v is %s, want %d minutes", share, minutes, got, best)
			}
		}
	})
}
