package feedback_test

import (
	"slices"
	"testing"

	"makeright/internal/feedback"
)

func TestVenue_Alarmed(t *testing.T) {
	v := feedback.Venue{SafetyWords: map[string][]string{
		"en": {"glass", "can’t breathe"}, "de": {"Allergie"}, "tr": {"cam kırığı"}, "fr": {"été malade"}, "ja": {"アレルギー"},
		"zh": {"过敏"}, "ko": {"알레르기"}, "ar": {"حساسية"}, "hi": {"एलर्जी"}, "pl": {"szkło"},
	}}
	tests := map[string]struct {
		lang, words string
		want        bool
	}{
		"a word":                    {"en", "There was glass in it!", true},
		"in any case":               {"en", "GLASS", true},
		"several words":             {"en", "He can’t breathe", true},
		"part of another word":      {"en", "The glasses were dirty", false},
		"the end of another":        {"en", "a fibreglass chair", false},
		"once inside, once whole":   {"en", "glasses and glass", true},
		"nothing":                   {"en", "", false},
		"another language’s":        {"en", "Allergie", false},
		"a language without words":  {"it", "glass", false},
		"umlauts and capitals":      {"de", "ALLERGIE?", true},
		"a longer German word":      {"de", "Allergiepass", false},
		"Turkish capitals":          {"tr", "CAM KIRIĞI VAR", true},
		"accents":                   {"fr", "J’ai ÉTÉ MALADE", true},
		"no spaces: Japanese":       {"ja", "彼はアレルギーです", true},
		"no spaces: Chinese":        {"zh", "我对花生过敏了", true},
		"a particle: Korean":        {"ko", "알레르기가 있어요", true},
		"Arabic":                    {"ar", "عندي حساسية شديدة", true},
		"Arabic inside another":     {"ar", "بحساسيةxx", false},
		"Hindi":                     {"hi", "मुझे एलर्जी है", true},
		"Polish":                    {"pl", "W zupie: szkło.", true},
		"digits stand for letters":  {"en", "glass2", false},
		"punctuation on both sides": {"en", "(glass)", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := v.Alarmed(tt.lang, tt.words); got != tt.want {
				t.Errorf("Alarmed(%q) = %v, want %v", tt.words, got, tt.want)
			}
		})
	}
}

func TestReport_Heed(t *testing.T) {
	v := feedback.Venue{SafetyWords: map[string][]string{"en": {"glass"}}}
	r := feedback.Report{Rating: 5, Language: "en", Words: "glass", Causes: []string{"cold", "slow", "taste"}, Status: feedback.Noted}
	r.Heed(v)
	if !slices.Equal(r.Causes, []string{"safety", "cold", "slow"}) || r.Kind != feedback.Issue || r.Status != feedback.Open {
		t.Errorf("heeded: %+v", r)
	}
	calm := feedback.Report{Rating: 5, Language: "en", Words: "lovely"}
	if calm.Heed(v); calm.Safety() {
		t.Error("a calm word raised the alarm")
	}
}

// Money must not settle what is about safety.
func TestReport_Offers(t *testing.T) {
	if got := (feedback.Report{}).Offers(); !slices.Equal(got, feedback.Actions) {
		t.Errorf("offers = %v", got)
	}
	for _, r := range []feedback.Report{{Causes: []string{"safety"}}, {Veiled: true}} {
		got := r.Offers()
		for _, pays := range []string{"discount", "free_item", "voucher", "refund"} {
			if slices.Contains(got, pays) {
				t.Errorf("safety offers %s", pays)
			}
		}
		if len(got) != len(feedback.Actions)-4 {
			t.Errorf("safety offers %v", got)
		}
	}
}

func TestReport_Veil(t *testing.T) {
	r := feedback.Report{
		Urgent: feedback.Unsafe, Causes: []string{"safety"}, Words: "He follows me", Said: "x", Note: "x", LastText: "x", LastFrom: "guest",
		Handling: "manager_only", Unread: 1, TableName: "7",
	}
	r.Veil()
	if !r.Veiled || r.Urgent != "" || r.Causes != nil || r.Words+r.Said+r.Note+r.LastText+r.LastFrom != "" || r.Handling != feedback.ComeOver || r.TableName != "7" {
		t.Errorf("veiled: %+v", r)
	}
	ill := feedback.Report{Urgent: feedback.Ill, Causes: []string{"safety"}}
	if ill.Veil(); ill.Veiled || ill.Urgent != feedback.Ill {
		t.Errorf("veiled too: %+v", ill)
	}
	venue := map[string]feedback.Role{"v": feedback.Manager}
	for name, tt := range map[string]struct {
		by   feedback.Actor
		want bool
	}{
		"a manager":                     {feedback.Actor{Kind: feedback.ByPerson, Venues: venue}, false},
		"a manager at a shared tablet":  {feedback.Actor{Kind: feedback.ByPerson, Venues: venue, Shared: true}, true},
		"staff":                         {feedback.Actor{Kind: feedback.ByPerson, Venues: map[string]feedback.Role{"v": feedback.Staff}}, true},
		"the guest":                     {feedback.Actor{Kind: feedback.ByGuest, Venue: "v"}, false},
		"a timer":                       {feedback.System("o", "v"), false},
		"a manager of the next venue":   {feedback.Actor{Kind: feedback.ByPerson, Venues: map[string]feedback.Role{"w": feedback.Manager}}, true},
		"a program that reads the till": {feedback.Actor{Kind: feedback.ByKey, Scope: feedback.ScopeVisits}, true},
	} {
		if got := feedback.VeiledFor(tt.by, "v"); got != tt.want {
			t.Errorf("veiled for %s: %v", name, got)
		}
	}
}

func TestIncident_Check(t *testing.T) {
	long := make([]rune, feedback.MaxIncident+1)
	for field, i := range map[string]feedback.Incident{
		"":         {Party: 4, Ill: 1, Help: []string{"doctor"}},
		"symptoms": {Symptoms: string(long)},
		"party":    {Party: -1},
		"ill":      {Ill: 501},
		"help":     {Help: []string{"helicopter"}},
	} {
		err := i.Check()
		ps, _ := err.(feedback.Problems)
		if field == "" && err != nil || field != "" && ps[field] == "" {
			t.Errorf("%q: %v", field, err)
		}
	}
}
