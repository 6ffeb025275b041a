package qr

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Format is the paper.
type Format string

// The papers there are.
const (
	FormatA4     Format = "a4"
	FormatLetter Format = "letter"
)

// Layout is what the sheet is cut into.
type Layout string

// The layouts there are: tents that stand on a table (2 by 2), cards for the
// bill (2 by 4), stickers (3 by 4, or as the labels lie), posters that fill the
// paper, and one card to a page (148 by 105 mm, to frame).
const (
	LayoutTent    Layout = "tent"
	LayoutCard    Layout = "card"
	LayoutSticker Layout = "sticker"
	LayoutPoster  Layout = "poster"
	LayoutPage    Layout = "page"
)

// Formats and Layouts list what can be chosen.
var (
	Formats = []Format{FormatA4, FormatLetter}
	Layouts = []Layout{LayoutTent, LayoutCard, LayoutSticker, LayoutPoster, LayoutPage}
)

// What callers may test for with [errors.Is]. Text that cannot be printed is a
// [ScriptError].
var (
	ErrFormat  = errors.New("unknown paper format")
	ErrLayout  = errors.New("unknown sheet layout")
	ErrNothing = errors.New("nothing to print")
)

// SheetSpec says what to print on.
type SheetSpec struct {
	Format Format
	Layout Layout
	Title  string    // of the document, not printed
	Lang   string    // of the texts, for screen readers
	Fold   string    // the small word on the fold of a tent
	Made   time.Time // goes into the document's properties
	Labels Grid      // of stickers; the zero grid is 3 by 4, to cut
	Skip   int       // labels of the first page that are used already
	Logo   []byte    // of the venue, as [Logo] made it; stands beside the code, never on it
}

// Invitation is what a card says in one more language.
type Invitation struct{ Title, Text string }

// MostInvitations is how many languages fit on a card.
const MostInvitations = 3

// Card is one table as it is printed, in any layout. Stickers leave out Venue, Area and Text.
type Card struct {
	Venue     string
	Table     string // number or name, as large as it fits
	TableWord string // the word over the number
	Area      string // beside TableWord; may be empty
	Title     string // the question
	Text      string // the sentence under it
	Also      []Invitation
	Address   string // what the code holds
	Host      string // with Short, the address to type by hand
	Short     string
}

// All lengths are millimetres.
const (
	// margin is how far everything printed keeps from where the paper ends.
	margin = 5.25
	// minModule is the smallest module that prints and reads well.
	minModule = 0.8
	// pointsPerMM converts to the unit of PDF.
	pointsPerMM = 72 / 25.4
)

// papers holds the width and height of each format.
var papers = map[Format]fpdf.SizeType{FormatA4: {Wd: 210, Ht: 297}, FormatLetter: {Wd: 215.9, Ht: 279.4}}

// plan is how a layout divides the paper. One card takes two pieces of a tent,
// one over the other.
type plan struct {
	columns, rows int
	symbol        float64 // smallest side of the code, without its quiet zone
	draw          func(s *sheet, at box, c Card, code Symbol)
}

var plans = map[Layout]plan{
	LayoutTent:    {2, 2, 32, (*sheet).tent},
	LayoutCard:    {2, 4, 32, (*sheet).face},
	LayoutSticker: {3, 4, smallSymbol, (*sheet).sticker},
	LayoutPoster:  {1, 1, 90, (*sheet).poster},
	LayoutPage:    {1, 1, 44, (*sheet).single},
}

// box is a rectangle on the page, from its upper left corner.
type box struct{ x, y, w, h float64 }

// inset returns the box without a margin on each side.
func (b box) inset(dx, dy float64) box { return box{b.x + dx, b.y + dy, b.w - 2*dx, b.h - 2*dy} }

// sheet is a document being drawn.
type sheet struct {
	pdf   *fpdf.Fpdf
	ruler *fpdf.Fpdf // has no pages; measures text, so that trying sizes leaves nothing behind
	paper fpdf.SizeType
	plan  plan
	grid  Grid
	fold  string

	labels bool // the paper is cut already
	logo   *fpdf.ImageInfoType
}

// WriteSheet prints the cards in their order, over as many pages as they need,
// with lines to cut and fold along. It fails with [ErrFormat], [ErrLayout],
// [ErrNothing], [ErrAddress], [ErrGrid], [ErrSmall], [ErrLogo], or a
// [ScriptError] when a text needs letters that it cannot set; then it has
// written nothing.
func WriteSheet(w io.Writer, spec SheetSpec, cards []Card) error {
	paper, ok := papers[spec.Format]
	if !ok {
		return fmt.Errorf("%q: %w", spec.Format, ErrFormat)
	}
	plan, ok := plans[spec.Layout]
	if !ok {
		return fmt.Errorf("%q: %w", spec.Layout, ErrLayout)
	}
	if len(cards) == 0 {
		return ErrNothing
	}
	s := &sheet{pdf: newPDF(spec, paper), ruler: newPDF(spec, paper), paper: paper, plan: plan, grid: whole(spec.Format, plan.columns, plan.rows)}
	if spec.Labels.Columns > 0 && spec.Layout == LayoutSticker {
		s.grid, s.labels = spec.Labels, true
		if err := s.grid.Check(); err != nil {
			return err
		}
		s.plan.draw = (*sheet).label
	}
	cards, err := s.prepare(spec, cards)
	if err != nil {
		return err
	}
	if err := s.addLogo(spec.Logo); err != nil {
		return err
	}
	if err := s.pages(cards, spec.Skip); err != nil {
		return err
	}
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	return nil
}

// newPDF starts an empty document. Equal input makes equal bytes.
func newPDF(spec SheetSpec, paper fpdf.SizeType) *fpdf.Fpdf {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: paper})
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(spec.Made)
	pdf.SetModificationDate(spec.Made)
	pdf.SetTitle(spec.Title, true)
	pdf.SetLang(spec.Lang)
	addFonts(pdf)
	return pdf
}

// pages draws every card in the next free cell; skip are those of the first
// page that are not free.
func (s *sheet) pages(cards []Card, skip int) error {
	perPage := s.grid.Columns * s.grid.Rows
	skip = min(max(skip, 0), perPage-1)
	for i, c := range cards {
		n := (skip + i) % perPage
		at := s.grid.at(n)
		code, err := encodeFor(c.Address, s.plan.symbol, s.room(at))
		if err != nil {
			return fmt.Errorf("code of table %q: %w", c.Table, err)
		}
		if n == 0 || i == 0 {
			s.pdf.AddPage()
			s.cuts()
		}
		s.plan.draw(s, at, c, code)
	}
	return nil
}

// room is how wide a code with its quiet zone may be: a label can be as small as
// that, everything else was planned with room for the largest.
func (s *sheet) room(at box) float64 {
	if s.labels {
		return min(at.w, at.h)
	}
	return s.paper.Wd
}

// cuts draws the lines to cut along. Labels are cut already.
func (s *sheet) cuts() {
	if s.labels {
		return
	}
	s.pdf.SetLineWidth(0.2)
	s.pdf.SetDrawColor(0xbb, 0xbb, 0xbb)
	for i := 1; i < s.grid.Columns; i++ {
		x := float64(i) * s.grid.Width
		s.pdf.Line(x, 0, x, s.paper.Ht)
	}
	for i := 1; i < s.grid.Rows; i++ {
		y := float64(i) * s.grid.Height
		s.pdf.Line(0, y, s.paper.Wd, y)
	}
}

// tent draws the same face twice, back to back, so that both sides of the
// table can read it once the paper is folded.
func (s *sheet) tent(at box, c Card, code Symbol) {
	lower := box{at.x, at.y + at.h/2, at.w, at.h / 2}
	s.face(lower, c, code)
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(180, lower.x+lower.w/2, lower.y)
	s.face(lower, c, code)
	s.pdf.TransformEnd()
	s.foldLine(lower)
}

// foldLine draws the upper edge of a tent's front as the line to fold along.
func (s *sheet) foldLine(at box) {
	s.pdf.SetLineWidth(0.25)
	s.pdf.SetDrawColor(0x88, 0x88, 0x88)
	s.pdf.SetDashPattern([]float64{0.9, 0.9}, 0)
	s.pdf.Line(at.x, at.y, at.x+at.w, at.y)
	s.pdf.SetDashPattern(nil, 0)
	if s.fold == "" {
		return
	}
	l := s.fit(style{regular, 2, 2, 1, 1, " "}, strings.Fields(s.fold), at.w/3)
	half := s.width(l)/2 + 1.5
	s.pdf.SetFillColor(0xff, 0xff, 0xff)
	s.pdf.Rect(at.x+at.w/2-half, at.y-1, 2*half, 2, "F")
	s.write(l, box{at.x, at.y - l.height()/2, at.w, l.height()}, 0.5, 0x88)
}

// code draws a code with its quiet zone in a square of that side. All modules
// are one path, so that no reader's screen or printer leaves seams in it.
func (s *sheet) code(code Symbol, x, y, side float64) {
	scale := side / float64(code.Size()) * pointsPerMM
	s.pdf.TransformBegin()
	s.pdf.Transform(fpdf.TransformMatrix{A: scale, D: -scale, E: x * pointsPerMM, F: (s.paper.Ht - y) * pointsPerMM})
	b := fmt.Appendf(nil, "1 g 0 0 %[1]d %[1]d re f 0 g", code.Size())
	for r := range code.runs() {
		for _, n := range [...]int{r.x, r.y, r.n, 1} {
			b = strconv.AppendInt(append(b, ' '), int64(n), 10)
		}
		b = append(b, " re"...)
	}
	s.pdf.RawWriteStr(string(append(b, " f"...)))
	s.pdf.TransformEnd()
}

// side returns how wide a code is drawn, its quiet zone included.
func (s *sheet) side(code Symbol) float64 { return sideIn(code, s.plan.symbol) }
