package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/feedback"
)

func (p *place) texts(in string) url.Values {
	p.Helper()
	return fill(p.lead.page(p.path("/texts?in="+in), http.StatusOK))
}

func TestTexts_InEachLanguage(t *testing.T) {
	p := newPlace(t)
	form := p.settings()
	form["languages"], form["fallback"] = []string{"de", "ar"}, []string{"de"}
	p.lead.goes(p.lead.post(p.path("/settings"), form), p.path("/settings?done=saved"))
	before := p.details()
	p.lead.goes(p.lead.post(p.path("/texts"), p.texts("ar")), p.path("/texts?in=ar&done=saved"))
	if diff := cmp.Diff(before, p.details()); diff != "" {
		t.Errorf("saving what is shown changes the venue (-was +is):\n%s", diff)
	}
	form = p.texts("ar")
	form.Set("cause.cold", "  بارد جدًا ")
	p.lead.goes(p.lead.post(p.path("/texts"), form), p.path("/texts?in=ar&done=saved"))
	form = p.texts("de")
	form.Set("cause.cold", "Nicht heiß")
	form["show"] = []string{"slow", "cold", "drink"}
	form.Set("place_drink", "1")
	form.Set("place_slow", "9")
	form.Set("place_cold", "2")
	p.lead.goes(p.lead.post(p.path("/texts"), form), p.path("/texts?in=de&done=saved"))
	v := p.details()
	if !cmp.Equal(v.Causes, []string{"drink", "cold", "slow"}) ||
		!cmp.Equal(v.Wording, feedback.Wording{"cause.cold": {"ar": "بارد جدًا", "de": "Nicht heiß"}}) {
		t.Errorf("causes %q, wording %v", v.Causes, v.Wording)
	}
	doc := p.lead.page(p.path("/texts?in=de"), http.StatusOK)
	if got := doc.Find("[name=show][checked]").Length(); got != 3 {
		t.Errorf("%d causes are ticked, want 3", got)
	}
	if got := doc.Find("[name='cause.slow']").AttrOr("placeholder", ""); got == "" || got == "Too slow" {
		t.Errorf("what stands there without it: %q, want German", got)
	}
}

func TestTexts_SayWhatIsWrong(t *testing.T) {
	p := newPlace(t)
	form := p.texts("en")
	form.Set("cause.cold", strings.Repeat("x", 41))
	doc := p.lead.read(p.lead.post(p.path("/texts"), form), http.StatusUnprocessableEntity)
	if doc.Find(`[name="cause.cold"][aria-invalid=true]`).AttrOr("value", "") != form.Get("cause.cold") {
		t.Error("the long name is not shown again, with what is wrong")
	}
	form = p.texts("en")
	form["show"] = []string{"safety"}
	p.lead.read(p.lead.post(p.path("/texts"), form), http.StatusUnprocessableEntity)
	form.Set("cause.invented", "x")
	if v := p.details(); len(v.Wording)+len(v.Causes) > 0 {
		t.Errorf("kept %v, %v", v.Causes, v.Wording)
	}
}

// The team's phrases are written like all texts of a venue, and who did it is kept.
func TestTexts_Phrases(t *testing.T) {
	p := newPlace(t)
	form := p.texts("en")
	if form.Get("phrase.1") != "" || !form.Has("phrase.9") {
		t.Fatalf("the form holds %v", form)
	}
	form.Set("phrase.1", "There in a moment.")
	form.Set("phrase.9", "The chef comes to you.")
	p.lead.goes(p.lead.post(p.path("/texts"), form), p.path("/texts?in=en&done=saved"))
	if diff := cmp.Diff(feedback.Wording{"phrase.1": {"en": "There in a moment."}, "phrase.9": {"en": "The chef comes to you."}}, p.details().Wording); diff != "" {
		t.Errorf("kept (-want +is):\n%s", diff)
	}
	form.Set("phrase.9", strings.Repeat("x", feedback.MaxPhrase+1))
	doc := p.lead.read(p.lead.post(p.path("/texts"), form), http.StatusUnprocessableEntity)
	if doc.Find(`[name="phrase.9"][aria-invalid=true]`).Length() != 1 {
		t.Error("a phrase that is too long is not marked")
	}
	if usual := p.lead.page(p.path("/texts?in=en"), http.StatusOK).Find(`[name="phrase.2"]`).AttrOr("placeholder", ""); !strings.Contains(usual, "kitchen") {
		t.Errorf("our own words in its place: %q", usual)
	}
}
