package feedback

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of what is searched for.
const (
	maxTerm  = 64 // characters of a word
	maxTerms = 16 // words that are asked for at once
)

// Terms are the words of a text as they are searched: in small letters, without
// accents, each once. Scripts that write without spaces give every two
// characters that stand together.
func Terms(text string) []string {
	var terms []string
	for _, run := range strings.FieldsFunc(plain(text), func(r rune) bool { return !inTerm(r) }) {
		terms = append(terms, termsOf(run, true)...)
	}
	return once(terms)
}

// Asked are the beginnings of words that a text must have, all of them, to be
// found; none when nothing was asked for that could be found.
func Asked(query string) []string {
	var terms []string
	for _, run := range strings.FieldsFunc(plain(query), func(r rune) bool { return !inTerm(r) }) {
		terms = append(terms, termsOf(run, false)...)
	}
	terms = once(terms)
	return terms[:min(maxTerms, len(terms))]
}

// Found says whether a text has all that is asked for.
func Found(text string, asked []string) bool {
	terms := Terms(text)
	for _, start := range asked {
		if !slices.ContainsFunc(terms, func(term string) bool { return strings.HasPrefix(term, start) }) {
			return false
		}
	}
	return true
}

// plain is text in small letters without accents.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if accent(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// accent says whether a mark changes no word that people search for: those over
// Latin, Greek and Cyrillic letters, and the vowel points of Hebrew and Arabic.
func accent(r rune) bool {
	return r >= 0x0300 && r <= 0x036f || r >= 0x0591 && r <= 0x05c7 || r >= 0x064b && r <= 0x065f || r == 0x0670
}

func inTerm(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark) }

// dense says whether a script puts no spaces between words.
func dense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// termsOf cuts a run of letters where the script changes between dense and
// spaced. whole adds the last character of a dense part, so that it can be found
// alone too.
func termsOf(run string, whole bool) []string {
	var terms []string
	rs := []rune(run)
	for i := 0; i < len(rs); {
		j := i + 1
		for j < len(rs) && dense(rs[j]) == dense(rs[i]) {
			j++
		}
		part := rs[i:j]
		switch {
		case !dense(rs[i]):
			if term := string(part[:min(maxTerm, len(part))]); strings.ContainsFunc(term, isWordy) {
				terms = append(terms, term)
			}
		default:
			for k := range part[:len(part)-1] {
				terms = append(terms, string(part[k:k+2]))
			}
			if whole || len(part) == 1 {
				terms = append(terms, string(part[len(part)-1:]))
			}
		}
		i = j
	}
	return terms
}

func isWordy(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Number) }

func once(terms []string) []string {
	slices.Sort(terms)
	return slices.Compact(terms)
}
