package feedback_test

import (
	"testing"

	"makeright/internal/feedback"
)

func TestVenue_Phrase(t *testing.T) {
	v := feedback.Venue{Languages: []string{"it", "de"}}
	v.Wording = v.Wording.With("phrase.1", "de", "Bin da").With("phrase.7", "de", "Der Koch kommt").With("phrase.7", "it", "Arriva il cuoco").With("phrase.8", "fr", "Bonjour")
	tests := map[string]struct {
		n        int
		lang     string
		text, in string
		has      bool
	}{
		"in the guest's language":           {7, "de", "Der Koch kommt", "de", true},
		"else the venue's first":            {7, "ar", "Arriva il cuoco", "it", true},
		"else the first it was written in":  {1, "ar", "Bin da", "de", true},
		"a usual one, never the other text": {1, "it", "Bin da", "de", true},
		"a usual one as it is":              {2, "de", "", "", true},
		"none":                              {9, "de", "", "", false},
		"in a language the venue gave up":   {8, "de", "", "", false},
		"no number of one":                  {0, "de", "", "", false},
		"beyond the last":                   {10, "de", "", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if text, in := v.Phrase(tt.n, tt.lang); text != tt.text || in != tt.in || v.HasPhrase(tt.n) != tt.has {
				t.Errorf("Phrase() = %q in %q, has %v", text, in, v.HasPhrase(tt.n))
			}
		})
	}
}
