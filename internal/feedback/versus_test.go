package feedback_test

import (
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestVersus(t *testing.T) {
	tests := map[string]struct {
		got  feedback.Versus
		want feedback.Versus
	}{
		"a share that grew":          {feedback.VersusShare(17, 20, 15, 20), feedback.Versus{Way: feedback.WayMore, By: 10}},
		"a share that shrank":        {feedback.VersusShare(9, 60, 12, 60), feedback.Versus{Way: feedback.WayLess, By: 5}},
		"points, as they are shown":  {feedback.VersusShare(2, 12, 2, 13), feedback.Versus{Way: feedback.WayMore, By: 2}},
		"halves go to the even":      {feedback.VersusShare(5, 40, 9, 72), feedback.Versus{Way: feedback.WaySame}},
		"the same when it is shown":  {feedback.VersusShare(500, 1000, 501, 1000), feedback.Versus{Way: feedback.WaySame}},
		"nothing before":             {feedback.VersusShare(17, 20, 0, 0), feedback.Versus{}},
		"few before":                 {feedback.VersusShare(17, 20, 9, 9), feedback.Versus{Way: feedback.WayFew}},
		"few now":                    {feedback.VersusShare(0, 0, 15, 20), feedback.Versus{Way: feedback.WayFew}},
		"just enough":                {feedback.VersusShare(10, 10, 5, 10), feedback.Versus{Way: feedback.WayMore, By: 50}},
		"a time that got shorter":    {feedback.VersusTime(92*time.Second, 125*time.Second, 10, 10), feedback.Versus{Way: feedback.WayLess, By: 33}},
		"within one second":          {feedback.VersusTime(92900*time.Millisecond, 92*time.Second, 10, 10), feedback.Versus{Way: feedback.WaySame}},
		"an amount that got smaller": {feedback.VersusAmount(31240, 35610, 62, 70), feedback.Versus{Way: feedback.WayLess, By: 4370}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %+v, want %+v", tt.got, tt.want)
			}
		})
	}
	if got := feedback.VersusTime(time.Minute, 150*time.Second, 10, 10).Time(); got != 90*time.Second {
		t.Errorf("90 seconds are told as %s", got)
	}
}
