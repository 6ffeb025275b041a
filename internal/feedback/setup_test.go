package feedback_test

import (
	"testing"

	"makeright/internal/feedback"
)

func TestSetupStep_Passed(t *testing.T) {
	tests := map[string]struct{ at, passed, want feedback.SetupStep }{
		"the one it stands at":       {feedback.SetupTables, feedback.SetupTables, feedback.SetupLinks},
		"the last":                   {feedback.SetupPrint, feedback.SetupPrint, feedback.SetupOver},
		"an earlier one again":       {feedback.SetupPeople, feedback.SetupTables, feedback.SetupPeople},
		"a later one":                {feedback.SetupTables, feedback.SetupPeople, feedback.SetupPrint},
		"any, when all is behind":    {feedback.SetupOver, feedback.SetupTables, feedback.SetupOver},
		"the last, when all is over": {feedback.SetupOver, feedback.SetupPrint, feedback.SetupOver},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.at.Passed(tt.passed); got != tt.want {
				t.Errorf("at %q, passed %q: %q, want %q", tt.at, tt.passed, got, tt.want)
			}
		})
	}
}
