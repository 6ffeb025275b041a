package qr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Grid is how the labels of a sheet lie. All lengths are millimetres.
type Grid struct {
	Name          string // as printed on the box; empty for own measurements
	Format        Format
	Columns, Rows int
	Width, Height float64 // of a label
	Left, Top     float64 // where the first one begins
	GapX, GapY    float64 // between two
}

// What callers may test for with [errors.Is].
var (
	ErrGrid  = errors.New("labels that do not fit on the paper")
	ErrSmall = errors.New("labels too small for a code that can be read")
)

const inch = 25.4

// labels are those that are sold everywhere. What is too small for a code of
// 3 cm is named too, so that whoever has it hears that, and not that nobody
// knows it.
var labels = []Grid{
	{"L7160", FormatA4, 3, 7, 63.5, 38.1, 7.25, 15.15, 2.5, 0},
	{"L7161", FormatA4, 3, 6, 63.5, 46.6, 7.25, 8.7, 2.5, 0},
	{"L7163", FormatA4, 2, 7, 99.1, 38.1, 4.65, 15.15, 2.5, 0},
	{"L7164", FormatA4, 3, 4, 63.5, 72, 7.25, 4.5, 2.5, 0},
	{"L7165", FormatA4, 2, 4, 99.1, 67.7, 4.65, 13.1, 2.5, 0},
	{"L7169", FormatA4, 2, 2, 99.1, 139, 4.65, 9.5, 2.5, 0},
	{"L7651", FormatA4, 5, 13, 38.1, 21.2, 4.75, 10.7, 2.5, 0},
	{"5159", FormatLetter, 2, 7, 4 * inch, 1.5 * inch, 0.15625 * inch, 0.25 * inch, 0.1875 * inch, 0},
	{"5160", FormatLetter, 3, 10, 2.625 * inch, inch, 0.1875 * inch, 0.5 * inch, 0.125 * inch, 0},
	{"5163", FormatLetter, 2, 5, 4 * inch, 2 * inch, 0.15625 * inch, 0.5 * inch, 0.1875 * inch, 0},
	{"5164", FormatLetter, 2, 3, 4 * inch, 10 * inch / 3, 0.15625 * inch, 0.5 * inch, 0.1875 * inch, 0},
	{"5168", FormatLetter, 2, 2, 3.5 * inch, 5 * inch, 0.5 * inch, 0.5 * inch, 0.5 * inch, 0},
	{"3111", FormatLetter, 3, 3, 2.5 * inch, 2.5 * inch, 0.3125 * inch, 1.25 * inch, 0.1875 * inch, 0.5 * inch},
	{"22805", FormatLetter, 4, 6, 1.5 * inch, 1.5 * inch, 0.625 * inch, 0.625 * inch, 1.25 * inch / 3, 0.15 * inch},
}

// Labels lists the sheets of labels with names on which codes can be printed.
func Labels() []Grid {
	return slices.DeleteFunc(slices.Clone(labels), func(g Grid) bool { return g.Check() != nil })
}

// LabelsNamed finds a sheet of labels by the name on its box, in any case, with
// or without the maker's.
func LabelsNamed(name string) (Grid, bool) {
	fields := strings.Fields(name)
	if len(fields) == 0 {
		return Grid{}, false
	}
	for _, g := range labels {
		if strings.EqualFold(g.Name, fields[len(fields)-1]) {
			return g, true
		}
	}
	return Grid{}, false
}

const (
	// smallSymbol is the smallest side of a code on paper, without its quiet zone.
	smallSymbol = 30
	// beside and below are the least room for words at the side of a code, or
	// under it: table and address.
	beside, below = 19, 9
	// labelMargin keeps words from the edge of a label.
	labelMargin = 1.5
	// most labels of a sheet.
	mostLabels = 100
)

// Check fails with [ErrGrid] when the labels run off the paper, and with
// [ErrSmall] when a code of 3 cm, its quiet zone and the words that belong to it
// find no room.
func (g Grid) Check() error {
	paper, ok := papers[g.Format]
	if !ok {
		return fmt.Errorf("%q: %w", g.Format, ErrFormat)
	}
	if g.Columns < 1 || g.Rows < 1 || g.Columns > mostLabels || g.Rows > mostLabels || g.Columns*g.Rows > mostLabels ||
		g.Left < 0 || g.Top < 0 || g.GapX < 0 || g.GapY < 0 || !(g.Width > 0) || !(g.Height > 0) {
		return ErrGrid
	}
	const rounding = 0.05
	right := g.Left + float64(g.Columns)*g.Width + float64(g.Columns-1)*g.GapX
	bottom := g.Top + float64(g.Rows)*g.Height + float64(g.Rows-1)*g.GapY
	if !(right <= paper.Wd+rounding) || !(bottom <= paper.Ht+rounding) {
		return ErrGrid
	}
	if least := sideOf(smallSymbol, 33); !(g.Width >= least+beside && g.Height >= least || g.Width >= least && g.Height >= least+below) {
		return ErrSmall
	}
	return nil
}

// sideOf is the side of a code of so many modules with its quiet zone, when
// without it the code has the other side.
func sideOf(symbol float64, modules int) float64 {
	return symbol / float64(modules) * float64(modules+2*quiet)
}

// at is the place of the n-th label of a page, row by row.
func (g Grid) at(n int) box {
	column, row := n%g.Columns, n/g.Columns
	return box{g.Left + float64(column)*(g.Width+g.GapX), g.Top + float64(row)*(g.Height+g.GapY), g.Width, g.Height}
}

// whole is a grid that divides all of the paper.
func whole(format Format, columns, rows int) Grid {
	paper := papers[format]
	return Grid{Format: format, Columns: columns, Rows: rows, Width: paper.Wd / float64(columns), Height: paper.Ht / float64(rows)}
}

// encodeFor makes the code of an address for where it has so much room. A code
// with more modules has a smaller quiet zone at the same size, which makes the
// difference on labels 38 mm high.
func encodeFor(address string, symbolSide, room float64) (Symbol, error) {
	code, err := Encode(address)
	if err != nil || sideIn(code, symbolSide) <= room {
		return code, err
	}
	if finer, err := encodeAt(address, largestQ); err == nil && sideIn(finer, symbolSide) <= room {
		return finer, nil
	}
	return Symbol{}, ErrSmall
}

// sideIn is how wide a code is drawn, its quiet zone included, when the code
// itself has at least the given side and modules that can be read.
func sideIn(code Symbol, symbolSide float64) float64 {
	modules := float64(code.Size() - 2*quiet)
	return max(symbolSide/modules, minModule) * float64(code.Size())
}
