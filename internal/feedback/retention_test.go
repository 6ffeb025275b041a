package feedback_test

import (
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestVenue_TextEnded(t *testing.T) {
	tests := map[string]struct {
		months    int
		now, want string
	}{
		"two years, as usual":             {0, "2026-11-20", "2024-11-20"},
		"a month":                         {1, "2026-03-15", "2026-02-15"},
		"a month that is too short":       {1, "2026-03-30", "2026-02-28"},
		"two of them, over a year":        {13, "2025-03-31", "2024-02-29"},
		"a day that only leap years have": {12, "2028-02-29", "2027-02-28"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.DateOnly, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := (feedback.Venue{TextMonths: tt.months}).TextEnded(now).Format(time.DateOnly); got != tt.want {
				t.Errorf("TextEnded = %s, want %s", got, tt.want)
			}
		})
	}
}
