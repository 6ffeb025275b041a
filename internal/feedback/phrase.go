package feedback

import "strconv"

// Quick phrases: how many there may be, how many of them the product has words
// for, and how long a venue's own may be.
const (
	Phrases      = 9 // one for each key of a board's keyboard
	UsualPhrases = 5
	MaxPhrase    = 200
)

// PhraseText is the purpose of a quick phrase, and the catalogue key of a usual
// one.
func PhraseText(n int) string { return "phrase." + strconv.Itoa(n) }

// Phrase is a venue's own quick phrase n for somebody who reads lang, and the
// language it is in: theirs, or the first of the venue's that it was written in.
// It is empty where the venue wrote none; a usual phrase then has the product's
// words. It never falls back to those: they may say something else.
func (v Venue) Phrase(n int, lang string) (text, in string) {
	texts := v.Wording[PhraseText(n)]
	for _, in := range append([]string{lang}, v.Languages...) {
		if text := texts[in]; text != "" {
			return text, in
		}
	}
	return "", ""
}

// HasPhrase says whether quick phrase n has words.
func (v Venue) HasPhrase(n int) bool {
	text, _ := v.Phrase(n, "")
	return text != "" || n >= 1 && n <= UsualPhrases
}
