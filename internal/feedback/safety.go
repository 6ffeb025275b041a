package feedback

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Urgent is what a guest told with one tap and nothing else.
type Urgent string

// What one tap can tell.
const (
	Allergy    Urgent = "allergy"
	Ill        Urgent = "ill"
	UnsafeFood Urgent = "food"
	Unsafe     Urgent = "unsafe" // "I don't feel safe here"
)

// Urgents lists them in the order of the form.
var Urgents = []Urgent{Allergy, Ill, UnsafeFood, Unsafe}

// UrgentOnce is how long taps of one kind at one table are one report.
const UrgentOnce = 30 * time.Second

// Limits of a venue's own words of alarm and of its card.
const (
	MaxSafetyWords = 40
	MaxSafetyWord  = 60
	MaxProtocol    = 2000
)

// Rated says whether the guest chose a rating. One who only tapped an alarm did
// not: a 1 stands in its place, which nobody gave.
func (r Report) Rated() bool { return r.Urgent == "" && !r.Veiled }

// Alarming says whether the report is about safety, or is veiled, which only
// the most urgent are.
func (r Report) Alarming() bool { return r.Safety() || r.Veiled }

// Heed makes a report whose words alarm the venue one about safety.
func (r *Report) Heed(v Venue) {
	if r.Safety() || !v.Alarmed(r.Language, r.Words) {
		return
	}
	r.Causes = append([]string{CauseSafety}, r.Causes[:min(len(r.Causes), MaxCauses-1)]...)
	r.Sort()
}

// Alarm makes a report one about safety because of what its guest wrote
// afterwards, whatever became of it until then: it waits from now, for everybody.
func (r *Report) Alarm(now time.Time, promise time.Duration) error {
	r.Causes = append([]string{CauseSafety}, r.Causes[:min(len(r.Causes), MaxCauses-1)]...)
	r.ToCheck, r.BurstID, r.UndoTo, r.HeldUntil = false, "", "", time.Time{}
	if r.Status != Open {
		if err := r.Reopen(now, promise); err != nil {
			return err
		}
	}
	r.Since, r.DueAt, r.Level, r.AlertID, r.Ahead, r.NotFor, r.DoneAt = now, now.Add(promise), 0, "", 0, "", time.Time{}
	return nil
}

// VeiledFor says whether the actor sees of "I don't feel safe" only that a
// table asks for somebody: it is for managers on a screen of their own.
func VeiledFor(a Actor, venue string) bool {
	return a.Kind != ByGuest && (!a.Role(venue).AtLeast(Manager) || a.Shared)
}

// Veil leaves of "I don't feel safe" what a screen in the room may show: the
// table, and that somebody is to come over.
func (r *Report) Veil() {
	if r.Urgent != Unsafe {
		return
	}
	r.Veiled, r.Urgent, r.Causes, r.Handling = true, "", nil, ComeOver
	r.Words, r.Said, r.Note, r.LastText, r.LastFrom, r.LastID, r.Unread = "", "", "", "", "", "", 0
}

// Veil leaves of an event what a screen in the room may show of a report that
// is veiled.
func (e *Event) Veil() {
	e.Data = EventData{Status: e.Data.Status, Person: e.Data.Person, Level: e.Data.Level, Table: e.Data.Table}
}

// Alarmed says whether words in a language hold one of the venue's words of
// alarm: as a whole word, or anywhere where a script has no spaces.
func (v Venue) Alarmed(lang, words string) bool {
	text := []rune(folded(lang, words))
	return slices.ContainsFunc(v.SafetyWords[lang], func(word string) bool {
		return holds(text, []rune(folded(lang, word)))
	})
}

func folded(lang, s string) string {
	if lang == "tr" {
		return strings.ToLowerSpecial(unicode.TurkishCase, s)
	}
	return strings.ToLower(s)
}

// holds says whether word stands in text by itself.
func holds(text, word []rune) bool {
	if len(word) == 0 {
		return false
	}
	for i := 0; i+len(word) <= len(text); i++ {
		end := i + len(word)
		if slices.Equal(text[i:end], word) && apart(text, i, word[0]) && apart(text, end, word[len(word)-1]) {
			return true
		}
	}
	return false
}

// apart says whether a word that begins or ends with edge may begin or end at i.
func apart(text []rune, i int, edge rune) bool {
	spaceless := edge == 'ー' || unicode.In(edge, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
	if spaceless || i == 0 || i == len(text) {
		return true
	}
	inWord := func(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) }
	return !inWord(text[i-1]) || !inWord(text[i])
}

// checkSafety reports what is wrong with the venue's own words and card.
func (v Venue) checkSafety(ps Problems, languages []string) {
	for lang, words := range v.SafetyWords {
		if !slices.Contains(languages, lang) || len(words) > MaxSafetyWords {
			ps["safety_words"] = "safety.problem.safety_words.many"
		}
		for _, w := range words {
			if n := utf8.RuneCountInString(w); n == 0 || n > MaxSafetyWord {
				ps["safety_words"] = "safety.problem.safety_words.long"
			}
		}
	}
	for lang, text := range v.Protocol {
		if !slices.Contains(languages, lang) || utf8.RuneCountInString(text) > MaxProtocol {
			ps["protocol"] = "safety.problem.protocol.long"
		}
	}
}
