package i18n

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	venue := []string{"de", "en", "ar"}
	type match struct {
		accept  string
		offered []string
		wanted  []string
		want    string
	}
	tests := map[string]match{
		"a wish wins":                        {"de", venue, []string{"ar"}, "ar"},
		"a wish in a regional form":          {"de", venue, []string{"ar-EG"}, "ar"},
		"the first wish that is offered":     {"de", venue, []string{"", "fr", "en", "ar"}, "en"},
		"a wish that is not offered":         {"en", []string{"de", "en"}, []string{"ar"}, "en"},
		"the browser's favourite":            {"ar-EG,en;q=0.5", venue, nil, "ar"},
		"the browser's second":               {"fr,en;q=0.5", venue, nil, "en"},
		"a regional form":                    {"de-CH", []string{"en", "de"}, nil, "de"},
		"by weight, not by order":            {"en;q=0.1,ar;q=0.9", venue, nil, "ar"},
		"nothing fits":                       {"fr,ja", venue, nil, "de"},
		"no header":                          {"", venue, nil, "de"},
		"anything":                           {"*", venue, nil, "de"},
		"a broken header":                    {"garbage;;;q", venue, nil, "de"},
		"an endless header":                  {strings.Repeat("ar,", 10_000), venue, nil, "de"},
		"nothing offered":                    {"de", nil, []string{"de"}, "en"},
		"offered without a catalogue":        {"tlh", []string{"tlh"}, []string{"tlh"}, "en"},
		"skips what has no catalogue":        {"", []string{"tlh", "ar"}, nil, "ar"},
		"offered as the venue writes it":     {"de", []string{"en", "de-AT"}, nil, "de-AT"},
		"offered is no language":             {"de", []string{"", "../x"}, nil, "en"},
		"only one is offered, another liked": {"de", []string{"ar"}, nil, "ar"},
	}
	all := []string{"en", "de", "he", "pt", "zh"}
	for wish, want := range map[string]string{
		"zh-CN": "zh", "zh-TW": "zh", "zh-Hant-HK": "zh", "iw-IL": "he", "he-IL": "he", "pt-BR": "pt", "pt-PT": "pt",
	} {
		tests["a browser that likes "+wish] = match{wish + ",fr;q=0.8", all, nil, want}
		tests["a wish for "+wish] = match{"de", all, []string{wish}, want}
	}
	tests["rather English than other letters"] = match{"zh-TW,en;q=0.5", all, nil, "en"}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Match(tt.accept, tt.offered, tt.wanted...); got != tt.want {
				t.Errorf("Match(%.40q, %q, %q) = %q, want %q", tt.accept, tt.offered, tt.wanted, got, tt.want)
			}
		})
	}
}

func TestMatch_LeavesOfferedAlone(t *testing.T) {
	offered := []string{"tlh", "de", "en"}
	Match("en", offered)
	if got := strings.Join(offered, " "); got != "tlh de en" {
		t.Errorf("offered became %q", got)
	}
}
