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

// Clean makes typed text safe to show anywhere: valid UTF-8 in NFC, no control
// characters but newlines, no bidirectional overrides, no towers of combining
// marks, and no space around it. Joiners that scripts need stay.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s))
	marks := 0
	for _, r := range s {
		switch {
		case r == '\n':
		case r == '\t':
			r = ' '
		case unicode.IsControl(r), isBidiControl(r), r == 0xFEFF, r == utf8.RuneError:
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > MaxMarks {
				continue
			}
			b.WriteRune(r)
			continue
		}
		marks = 0
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
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
