package qr

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// The typefaces of a sheet. They hold Latin, Greek and Cyrillic letters.
const (
	regular = "regular"
	bold    = "bold"
	mono    = "mono"
)

// Shades of grey.
const (
	black = 0
	white = 0xff
)

// faces holds the font file of each typeface.
var faces = map[string][]byte{regular: goregular.TTF, bold: gobold.TTF, mono: gomonobold.TTF}

// ScriptError says that a text has a letter that sheets cannot set, such as an
// Arabic or Chinese one. A browser can print it instead.
type ScriptError struct {
	Text   string
	Letter rune
}

func (e ScriptError) Error() string {
	return fmt.Sprintf("no letter %q to print %q", e.Letter, e.Text)
}

// style says how a text is set. Lengths are millimetres.
type style struct {
	face  string
	size  float64 // of the letters, where there is room
	least float64 // below this, text is cut off rather than made smaller
	lead  float64 // from line to line, in sizes
	lines int     // at most
	join  string  // between two words on a line
}

// text is words in lines, at a size that fits.
type text struct {
	face  string
	size  float64
	lead  float64
	lines []string
}

// scaled returns the style for a smaller picture, no smaller than can be read.
func (st style) scaled(by float64) style {
	st.size = max(st.size*by, st.least)
	return st
}

// height is how tall the text is.
func (t text) height() float64 { return float64(len(t.lines)) * t.size * t.lead }

// addFonts makes the typefaces known to a document.
func addFonts(pdf *fpdf.Fpdf) {
	for _, name := range []string{regular, bold, mono} {
		pdf.AddUTF8FontFromBytes(name, "", faces[name])
	}
}

// prepare returns the cards with their texts ready to be set, and keeps the
// sheet's own. It fails with a [ScriptError] at the first letter there is no
// picture of.
func (s *sheet) prepare(spec SheetSpec, cards []Card) ([]Card, error) {
	check, err := newChecker()
	if err != nil {
		return nil, err
	}
	s.fold = check.ready(spec.Fold, regular)
	ready := make([]Card, len(cards))
	for i, c := range cards {
		for _, t := range []*string{&c.Venue, &c.Table, &c.TableWord, &c.Area, &c.Title} {
			*t = check.ready(*t, bold)
		}
		c.Text = check.ready(c.Text, regular)
		c.Also = slices.Clone(c.Also)
		for n, also := range c.Also {
			c.Also[n] = Invitation{check.ready(also.Title, bold), check.ready(also.Text, regular)}
		}
		c.Host, c.Short = check.ready(c.Host, mono), check.ready(c.Short, mono)
		ready[i] = c
	}
	return ready, check.err
}

// checker looks up letters in the typefaces. It keeps the first failure.
type checker struct {
	fonts map[string]*sfnt.Font
	buf   sfnt.Buffer
	err   error
}

func newChecker() (*checker, error) {
	c := &checker{fonts: map[string]*sfnt.Font{}}
	for name, file := range faces {
		f, err := sfnt.Parse(file)
		if err != nil {
			return nil, fmt.Errorf("read font %s: %w", name, err)
		}
		c.fonts[name] = f
	}
	return c, nil
}

// ready composes letters with their accents and drops what cannot be seen.
func (c *checker) ready(t, face string) string {
	t = strings.Map(visible, norm.NFC.String(t))
	for _, r := range t {
		glyph, err := c.fonts[face].GlyphIndex(&c.buf, r)
		if c.err == nil && (err != nil || glyph == 0) {
			c.err = ScriptError{t, r}
		}
	}
	return t
}

// visible turns every kind of space and line break into a plain space and drops
// marks that only steer other programs, such as those for writing direction.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r):
		return ' '
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// fit sets words as large as the style and the width allow. Words are broken,
// and then the end is cut off, only at the smallest size.
func (s *sheet) fit(st style, words []string, width float64) text {
	for size := st.size; size > st.least; size *= 0.95 {
		s.ruler.SetFont(st.face, "", size*pointsPerMM)
		lines, whole := s.wrap(words, st.join, width)
		if whole && len(lines) <= st.lines {
			return text{st.face, size, st.lead, lines}
		}
	}
	s.ruler.SetFont(st.face, "", st.least*pointsPerMM)
	lines, _ := s.wrap(words, st.join, width)
	if len(lines) > st.lines {
		lines = lines[:st.lines]
		lines[st.lines-1] = s.cut(lines[st.lines-1], width)
	}
	return text{st.face, st.least, st.lead, lines}
}

// wrap puts as many words on each line as fit, in the ruler's font. Whole is
// false when a word had to be broken.
func (s *sheet) wrap(words []string, join string, width float64) (lines []string, whole bool) {
	whole = true
	line := ""
	for _, word := range words {
		if line != "" && s.ruler.GetStringWidth(line+join+word) <= width {
			line += join + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for s.ruler.GetStringWidth(word) > width {
			n := s.breakAt(word, width)
			lines, word, whole = append(lines, word[:n]), word[n:], false
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines, whole
}

// breakAt returns how many bytes of a word fit, at least one letter.
func (s *sheet) breakAt(word string, width float64) int {
	_, n := utf8.DecodeRuneInString(word)
	for i := range word {
		if i > n && s.ruler.GetStringWidth(word[:i]) <= width {
			n = i
		}
	}
	return n
}

// cut shortens a line so that it ends in an ellipsis.
func (s *sheet) cut(line string, width float64) string {
	for line != "" && s.ruler.GetStringWidth(line+"…") > width {
		_, n := utf8.DecodeLastRuneInString(line)
		line = line[:len(line)-n]
	}
	return strings.TrimRight(line, " ") + "…"
}

// width is how wide a text is.
func (s *sheet) width(t text) float64 {
	s.ruler.SetFont(t.face, "", t.size*pointsPerMM)
	widest := 0.0
	for _, line := range t.lines {
		widest = max(widest, s.ruler.GetStringWidth(line))
	}
	return widest
}

// write puts a text at the top of the box in a shade of grey. Align is 0 for
// the left and 0.5 for the middle.
func (s *sheet) write(t text, at box, align float64, grey int) {
	// Half the height of a capital letter, to bring it to the line's middle.
	const halfCapital = 0.36
	s.pdf.SetFont(t.face, "", t.size*pointsPerMM)
	s.pdf.SetTextColor(grey, grey, grey)
	s.pdf.SetFillColor(grey, grey, grey)
	for i, line := range t.lines {
		x := at.x + (at.w-s.pdf.GetStringWidth(line))*align
		y := at.y + (float64(i)+0.5)*t.size*t.lead + halfCapital*t.size
		s.pdf.Text(x, y, line)
	}
}
