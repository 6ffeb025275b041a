package feedback_test

import (
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestVenue_Asks(t *testing.T) {
	opened := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	all := []feedback.CheckIn{{Moment: "starters", Minutes: 20}, {Moment: "mains", Minutes: 45}, {Moment: "bill"}}
	tests := map[string]struct {
		turned []feedback.CheckIn
		said   string // by staff or the till
		after  time.Duration
		closed bool
		want   string
	}{
		"turned off":                       {nil, "mains", time.Hour, false, ""},
		"just seated":                      {all, "", 19 * time.Minute, false, ""},
		"after the starters":               {all, "", 20 * time.Minute, false, "starters"},
		"after the mains":                  {all, "", 3 * time.Hour, false, "mains"},
		"staff say it before the clock":    {all, "mains", time.Minute, false, "mains"},
		"the clock is further than staff":  {all, "starters", time.Hour, false, "mains"},
		"only when somebody says it":       {all, "bill", time.Hour, false, "bill"},
		"a moment that is not asked about": {all[:1], "mains", time.Minute, false, ""},
		"they have left":                   {all, "bill", time.Hour, true, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			visit := feedback.Visit{OpenedAt: opened, ExpiresAt: opened.Add(24 * time.Hour), Moment: tt.said}
			if tt.closed {
				visit.ClosedAt = opened
			}
			if got := (feedback.Venue{CheckIns: tt.turned}).Asks(visit, opened.Add(tt.after)); got != tt.want {
				t.Errorf("Asks = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRude(t *testing.T) {
	tests := map[string]bool{
		"":                                     false,
		"The soup was cold and nobody came.":   false,
		"We are from Scunthorpe":               false, // only whole words
		"The waiter is an ASSHOLE!":            true,
		"Du Arschloch":                         true,
		"Putain, c’est froid":                  true,
		"Orospu":                               true,
		"这汤他妈的太冷了":                             true,
		"スープが冷たい":                              false,
		"Kutná Hora was lovely":                false,
		"यह चूतिया है":                         true,
		"الحساء بارد":                          false,
		"The bill was wrong, damn it, sort it": false,
	}
	for words, want := range tests {
		if got := feedback.Rude(words); got != want {
			t.Errorf("Rude(%q) = %v, want %v", words, got, want)
		}
	}
}
