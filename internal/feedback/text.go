package feedback

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxMarks is how many combining marks may follow one character. Real scripts
// need up to four; stacks of dozens only deface a screen.
const MaxMarks = 4

// newlines makes all ends of lines the same, and tabs spaces.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ")

// Clean makes typed text safe to show anywhere: valid UTF-8 in NFC, no control
// characters but newlines, no bidirectional overrides, no towers of combining
// marks, and no space around it. Joiners that scripts and emoji need stay. What
// shows nothing at all is empty.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = newlines.Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || isBidiControl(r) || isInvisible(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	s = capMarks(norm.NFC.String(s)) // composed last: what stood between a letter and its mark is gone
	if !strings.ContainsFunc(s, isVisible) {
		return ""
	}
	return strings.TrimSpace(s)
}

// capMarks drops the combining marks of a character beyond [MaxMarks]. Joiners
// between them do not start a new tower.
func capMarks(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.In(r, unicode.Mn, unicode.Me):
			if !unicode.Is(unicode.Cf, r) {
				marks = 0
			}
		case marks == MaxMarks:
			return -1
		default:
			marks++
		}
		return r
	}, s)
}

// CleanLine is Clean for what fits on one line: names, table names.
func CleanLine(s string) string {
	return strings.Join(strings.Fields(Clean(s)), " ")
}

// isBidiControl covers embeddings, overrides and isolates (Unicode UAX 9),
// which turn the text around them.
func isBidiControl(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

// isInvisible covers what no script and no emoji needs and nobody sees: soft
// hyphen, zero-width space, word joiner, invisible operators, annotations.
func isInvisible(r rune) bool {
	return r == 0xAD || r == 0x180E || r == 0x200B || r >= 0x2060 && r <= 0x2064 || r >= 0x206A && r <= 0x206F ||
		r == 0xFEFF || r >= 0xFFF9 && r <= 0xFFFB
}

// isVisible says whether r leaves ink by itself. Hangul fillers are letters
// that do not.
func isVisible(r rune) bool {
	filler := r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.In(r, unicode.Mn, unicode.Me) && !filler
}

// checkName notes a missing or overlong name.
func checkName(ps Problems, field, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		ps[field] = "problem.name.missing"
	case n > MaxName:
		ps[field] = "problem.name.long"
	}
}

// emailLike is a sieve, not a proof: only a mail that arrives proves an address.
func emailLike(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && len(s) <= 254 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '<' || r == '>' || r == ',' || r == ';' || unicode.IsControl(r)
	})
}
