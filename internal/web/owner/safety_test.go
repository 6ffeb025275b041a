package owner_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSafety_OwnWordsAndCard(t *testing.T) {
	p := newPlace(t)
	p.lead.goes(p.lead.post(p.path("/safety"), url.Values{
		"words_en": {"glass, ambulance\n\n can’t breathe "}, "protocol_en": {"Fetch Dr Rossi."}, "words_xx": {"nothing"},
	}), p.path("/safety?done=saved"))
	v, err := p.store.For(p.owner, p.venue.ID).Details(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.SafetyWords["en"], []string{"glass", "ambulance", "can’t breathe"}) || v.Protocol["en"] != "Fetch Dr Rossi." || len(v.SafetyWords) != 1 {
		t.Errorf("venue = %v, %v", v.SafetyWords, v.Protocol)
	}
	doc := p.lead.page(p.path("/safety"), http.StatusOK)
	if got := doc.Find("#words_en").Text(); got != "glass\nambulance\ncan’t breathe" {
		t.Errorf("words = %q", got)
	}
	doc = p.lead.read(p.lead.post(p.path("/safety"), url.Values{"words_en": {strings.Repeat("x", 61)}}), http.StatusUnprocessableEntity)
	if doc.Find("#safety_words-err").Length() != 1 || doc.Find("#words_en").Text() == "" {
		t.Error("a word that is too long is not shown again with what is wrong")
	}
}
