package feedback_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/feedback"
)

func TestWording_FallsBack(t *testing.T) {
	w := feedback.Wording{}.With("cause.cold", "de", " Essen\nkalt ").With("cause.cold", "fr", "Froid").With("cause.slow", "de", "Zu langsam")
	tests := map[string]struct {
		purpose string
		langs   []string
		want    string
	}{
		"the reader's language":           {"cause.cold", []string{"fr", "de"}, "Froid"},
		"else the venue's":                {"cause.slow", []string{"fr", "de"}, "Zu langsam"},
		"else nothing, and ours is shown": {"cause.slow", []string{"fr"}, ""},
		"nothing was written":             {"cause.taste", []string{"fr", "de"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := w.In(tt.purpose, tt.langs...); got != tt.want {
				t.Errorf("In() = %q, want %q", got, tt.want)
			}
		})
	}
	if got := w.With("cause.slow", "de", " "); got["cause.slow"] != nil || w["cause.slow"] == nil {
		t.Errorf("an empty text leaves %v, and the old wording is %v", got, w)
	}
}

func TestVenue_OfferedCauses(t *testing.T) {
	all := feedback.Venue{}.OfferedCauses()
	if len(all) != len(feedback.Causes)-1 || strings.Contains(strings.Join(all, " "), feedback.CauseSafety) {
		t.Errorf("a venue without a choice offers %q", all)
	}
	if got := (feedback.Venue{Causes: []string{"drink", "slow"}}).OfferedCauses(); !cmp.Equal(got, []string{"drink", "slow"}) {
		t.Errorf("offers %q", got)
	}
}

func TestVenue_ChecksItsWords(t *testing.T) {
	fine := feedback.Venue{Name: "V", TimeZone: "UTC", Currency: "EUR", Languages: []string{"en"}, PromiseMinutes: 3}
	tests := map[string]struct {
		causes []string
		own    feedback.Wording
		want   string
	}{
		"fine":              {[]string{"cold", "slow"}, feedback.Wording{"cause.cold": {"en": "Lukewarm"}}, ""},
		"an unknown cause":  {[]string{"x"}, nil, "causes"},
		"one twice":         {[]string{"cold", "cold"}, nil, "causes"},
		"safety moved away": {[]string{"safety"}, nil, "causes"},
		"a long name":       {nil, feedback.Wording{"cause.cold": {"en": strings.Repeat("x", 41)}}, "cause.cold"},
		"no such purpose":   {nil, feedback.Wording{"x": {"en": "X"}}, "wording"},
		"no such language":  {nil, feedback.Wording{"cause.cold": {"xx": "X"}}, "wording"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := fine
			v.Causes, v.Wording = tt.causes, tt.own
			ps, _ := errors.AsType[feedback.Problems](v.Check([]string{"en", "de"}))
			if tt.want == "" && len(ps) > 0 || tt.want != "" && ps[tt.want] == "" {
				t.Errorf("problems = %v, want one of %q", ps, tt.want)
			}
		})
	}
}
