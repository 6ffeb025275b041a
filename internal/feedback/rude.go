package feedback

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// rudeText lists insults, a language a line, for one kind question before they
// are sent. It is no filter: nothing is kept out by it.
//
//go:embed rude.txt
var rudeText string

// rude are the insults that stand between spaces, and those of languages that
// write none.
var rude = sync.OnceValues(func() (spaced map[string]bool, joined []string) {
	spaced = map[string]bool{}
	for line := range strings.Lines(rudeText) {
		lang, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, word := range strings.Fields(words) {
			if slices.Contains([]string{"zh", "ja", "ko"}, lang) {
				joined = append(joined, word)
			} else {
				spaced[word] = true
			}
		}
	}
	return spaced, joined
})

// Rude says whether words hold an insult, whole words only, in any of our
// languages: people swear in their own.
func Rude(words string) bool {
	spaced, joined := rude()
	words = strings.ToLower(words)
	for _, word := range joined {
		if strings.Contains(words, word) {
			return true
		}
	}
	return slices.ContainsFunc(strings.FieldsFunc(words, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r)
	}), func(word string) bool { return spaced[word] })
}
