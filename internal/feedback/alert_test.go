package feedback_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// Whatever receivers answer, and whenever they are asked, a message is pending
// until it ends in one of three ways. It is given up for good reason only: the
// receiver is no more, or three days went by (I3).
func TestDelivery_EndsInThreeWays(t *testing.T) {
	outcomes := []feedback.Outcome{
		"http 500", "http 404", "later 429", "later 503", "timeout", "refused", "tls", "name", "guarded", "failed", "smtp 450", "smtp 550",
		"gone 404", "gone 410", "address", "unset", feedback.Accepted,
	}
	hopeless := map[feedback.Outcome]bool{"gone 404": true, "gone 410": true, "address": true, "unset": true}
	schedules := 2_000
	if os.Getenv("SOAK") != "" {
		schedules = 1_000_000
	}
	ends := map[feedback.DeliveryState]int{}
	for range schedules {
		start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		now, kinds := start, 1+rand.IntN(len(outcomes)) // many fail in the same few ways for long
		d := feedback.Delivery{State: feedback.Pending, CreatedAt: start, NextAt: start}
		for d.State == feedback.Pending {
			if d.NextAt.Before(now) || d.NextAt.Sub(start) > feedback.DeliverFor {
				t.Fatalf("after %v: due again after %v", now.Sub(start), d.NextAt.Sub(start))
			}
			now = d.NextAt.Add(time.Duration(rand.IntN(3)) * rand.N(time.Minute)) // nobody ran for a while
			d.Attempts++
			try := feedback.Try{Outcome: outcomes[rand.IntN(kinds)]}
			if try.Outcome.Word() == "later" {
				try.After = rand.N(2 * time.Hour)
			}
			d.After(try, now, rand.Float64())
			if d.State == feedback.Pending && d.NextAt.Before(now.Add(try.After)) {
				t.Fatalf("asked to wait %v, it comes after %v", try.After, d.NextAt.Sub(now))
			}
		}
		ends[d.State]++
		if !d.NextAt.IsZero() || d.EndedAt.IsZero() || !d.Lease.IsZero() {
			t.Fatalf("ended as %+v", d)
		}
		longest := 2*time.Hour + 15*time.Minute // from one try to the next
		if d.State == feedback.Dead && !hopeless[d.LastOutcome] && now.Sub(start) < feedback.DeliverFor-longest {
			t.Fatalf("given up after %v and %q", now.Sub(start), d.LastOutcome)
		}
	}
	if len(ends) != 2 || ends[feedback.Delivered] == 0 || ends[feedback.Dead] == 0 {
		t.Errorf("they ended as %v", ends)
	}
	d := feedback.Delivery{State: feedback.Pending}
	if d.End(feedback.Superseded, time.Unix(1, 0)); d.State != feedback.Superseded || d.EndedAt.IsZero() {
		t.Errorf("what was not needed ended as %+v", d)
	}
}

// A report about safety is heard once for each time that it begins to wait; a
// table that calls again and again is no table of guests.
func TestReport_CallsAnew(t *testing.T) {
	now := time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC)
	ago := func(report string, first, last time.Duration) feedback.Caller {
		return feedback.Caller{ReportID: report, First: now.Add(-first), Last: now.Add(-last)}
	}
	tests := map[string]struct {
		calls []feedback.Caller
		burst bool
		want  bool
	}{
		"nobody was called":                   {nil, false, true},
		"to another, now":                     {[]feedback.Caller{ago("a", 0, 0)}, false, true},
		"to two others, now":                  {[]feedback.Caller{ago("a", 0, 0), ago("b", 0, 0)}, false, false},
		"to two others, half a minute ago":    {[]feedback.Caller{ago("a", 0, 0), ago("b", feedback.UrgentOnce, 0)}, false, true},
		"to this one, since it began to wait": {[]feedback.Caller{ago("r", time.Minute, 0)}, false, false},
		"to this one, before it was reopened": {[]feedback.Caller{ago("r", time.Hour, 2*time.Minute)}, false, true},
		"to five others":                      {slices.Repeat([]feedback.Caller{ago("a", time.Minute, 0)}, feedback.BurstTold), false, false},
		"in a burst":                          {nil, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := feedback.Report{ID: "r", Since: now.Add(-time.Minute)}
			if got := r.CallsAnew(tt.calls, tt.burst, now); got != tt.want {
				t.Errorf("CallsAnew() = %v, want %v", got, tt.want)
			}
		})
	}
}
