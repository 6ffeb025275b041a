package feedback_test

import (
	"testing"

	"makeright/internal/feedback"
)

// A shift is called a whole day only when it was one each time that it could be.
func TestVenue_AllDay(t *testing.T) {
	week := func(spans ...string) feedback.Hours { return feedback.Hours{Week: map[string][]string{"mon": spans}} }
	never := feedback.Hours{}
	tests := map[string]struct {
		is    feedback.Hours
		past  []feedback.Hours
		shift string
		want  bool
	}{
		"never closed":                    {never, nil, "05:00", true},
		"never closed but on holidays":    {feedback.Hours{Week: map[string][]string{"mon": {"05:00-05:00"}}, Holidays: map[string][]string{"2026-12-25": nil}}, nil, "05:00", true},
		"from midnight to midnight":       {week("00:00-24:00"), nil, "00:00", true},
		"never closed until it had hours": {week("11:30-15:00"), []feedback.Hours{never}, "05:00", true},
		"a bakery":                        {week("05:00-14:00"), nil, "05:00", false},
		"was a bakery":                    {never, []feedback.Hours{week("05:00-14:00")}, "05:00", false},
		"a bakery on holidays":            {feedback.Hours{Week: map[string][]string{"mon": {"05:00-05:00"}}, Holidays: map[string][]string{"2026-12-25": {"05:00-12:00"}}}, nil, "05:00", false},
		"lunch":                           {week("11:30-15:00"), []feedback.Hours{never}, "11:30", false},
		"no such shift":                   {week("11:30-15:00"), nil, "05:00", false},
		"while closed":                    {never, nil, "closed", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var past []feedback.PastHours
			for _, h := range tt.past {
				past = append(past, feedback.PastHours{Hours: h})
			}
			if got := (feedback.Venue{Hours: tt.is}).AllDay(tt.shift, past); got != tt.want {
				t.Errorf("AllDay(%q) = %v, want %v", tt.shift, got, tt.want)
			}
		})
	}
}
