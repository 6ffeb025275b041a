package feedback

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// Wording is what a venue says in its own words: by purpose, then by language.
type Wording map[string]map[string]string

// MaxCauseText is how long a venue's own name for a cause may be, in characters.
const MaxCauseText = 40

// purposes are what a venue may say in its own words, and how long each may be.
var purposes = func() map[string]int {
	all := map[string]int{}
	for _, cause := range Causes {
		all[CauseText(cause)] = MaxCauseText
	}
	for n := range Phrases {
		all[PhraseText(n+1)] = MaxPhrase
	}
	all[ExpectText] = MaxExpectText
	all[FollowText] = MaxFollowText
	return all
}()

// ExpectText is the purpose of what guests may expect here: what the team can do
// at once, and what it cannot.
const (
	ExpectText    = "expect"
	MaxExpectText = 600
)

// FollowText is the purpose of what a venue writes to guests whom it could not
// satisfy at the table.
const (
	FollowText    = "follow"
	MaxFollowText = 600
)

// CauseText is the purpose of a venue's own name for a cause.
func CauseText(cause string) string { return "cause." + cause }

// Purposes lists what a venue may say in its own words.
func Purposes() []string { return slices.Sorted(maps.Keys(purposes)) }

// In is the text for a purpose in the first of langs that has one, or "". Where
// the product has words of its own, ask for the reader's language alone, for
// the product speaks it; else also for the venue's languages in their order.
func (w Wording) In(purpose string, langs ...string) string {
	for _, lang := range langs {
		if text := w[purpose][lang]; text != "" {
			return text
		}
	}
	return ""
}

// With is the wording with one text put in its place, cleaned; an empty one is
// taken away.
func (w Wording) With(purpose, lang, text string) Wording {
	out := Wording{}
	for p, texts := range w {
		out[p] = maps.Clone(texts)
	}
	if out[purpose] == nil {
		out[purpose] = map[string]string{}
	}
	out[purpose][lang] = Clean(text)
	if out[purpose][lang] == "" {
		delete(out[purpose], lang)
	}
	if len(out[purpose]) == 0 {
		delete(out, purpose)
	}
	return out
}

// check notes what is wrong with a venue's texts under the field "wording", and
// under the purpose of each.
func (w Wording) check(ps Problems, languages []string) {
	for purpose, texts := range w {
		longest, known := purposes[purpose]
		for lang, text := range texts {
			switch {
			case !known || !slices.Contains(languages, lang):
				ps["wording"] = "guest_pages.problem.text_unknown"
			case utf8.RuneCountInString(text) > longest:
				ps[purpose] = "guest_pages.problem.text_long"
			}
		}
	}
}

// OfferedCauses are the causes that the form offers as a choice, in their
// order. Safety is not among them: it has a place of its own, always.
func (v Venue) OfferedCauses() []string {
	causes := v.Causes
	if len(causes) == 0 {
		causes = Causes
	}
	return slices.DeleteFunc(slices.Clone(causes), func(cause string) bool { return cause == CauseSafety })
}

// checkCauses returns what is wrong with the causes a venue offers, or "".
func checkCauses(causes []string) string {
	for i, cause := range causes {
		if !slices.Contains(Causes, cause) || cause == CauseSafety || slices.Contains(causes[:i], cause) {
			return "problem.choice"
		}
	}
	return ""
}
