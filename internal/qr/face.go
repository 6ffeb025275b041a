package qr

import "strings"

// The sizes of a tent's or card's text, in millimetres, where there is room.
var (
	venueStyle   = style{bold, 4.2, 2.5, 1.2, 2, " "}
	wordStyle    = style{bold, 3.15, 1.6, 1.3, 1, " "}
	tableStyle   = style{bold, 12.1, 3, 1, 2, " "}
	titleStyle   = style{bold, 5, 2.2, 1.15, 3, " "}
	textStyle    = style{regular, 3.45, 1.8, 1.32, 7, " "}
	addressStyle = style{mono, 3.25, 1.8, 1.25, 3, ""}
)

const (
	faceMargin = 6.8 // left and right of a face
	gutter     = 5.2 // between the text and the code
	// smallest is how far all text of a face shrinks together.
	smallest = 0.3
)

// plate is the inside margin of the black square with the table's number.
var plate = struct{ x, top, bottom, round float64 }{3.15, 1.5, 1.7, 2.7}

// piece is one part of a column of text.
type piece struct {
	gap   float64 // over it, unless it comes first
	word  text    // over the body, on the plate only
	body  text
	plate bool // white on a black square
}

// column is text from top to bottom, at one scale.
type column struct {
	pieces []piece
	scale  float64
}

// face draws one side of a tent, or a card: words on the left, code on the right.
func (s *sheet) face(at box, c Card, code Symbol) {
	in := at.inset(faceMargin, margin)
	side := s.side(code)
	address := s.address(c, side)
	tall := side + address.height()
	s.codeOver(address, code, side, box{in.x + in.w - side, in.y + (in.h-tall)/2, side, tall})
	left := box{in.x, in.y, in.w - side - gutter, in.h}
	s.drawColumn(s.column(c, left.w, left.h), left, 0)
}

// sticker draws number, question, code and address under each other.
func (s *sheet) sticker(at box, c Card, code Symbol) {
	in := at.inset(margin, margin)
	side := s.side(code)
	address := s.address(c, in.w)
	foot := side + address.height()
	c.Venue, c.Area, c.Text = "", "", ""
	words := s.column(c, in.w, in.h-foot)
	tall := words.height() + foot
	top := box{in.x, in.y + (in.h-tall)/2, in.w, words.height()}
	s.drawColumn(words, top, 0.5)
	s.codeOver(address, code, side, box{in.x, top.y + top.h, in.w, foot})
}

// codeOver draws a code at the top of the box and the address under it.
func (s *sheet) codeOver(address text, code Symbol, side float64, at box) {
	s.code(code, at.x+(at.w-side)/2, at.y, side)
	s.write(address, box{at.x, at.y + side, at.w, at.h - side}, 0.5, black)
}

// address lays out what a guest without a camera types.
func (s *sheet) address(c Card, width float64) text {
	words := []string{c.Host}
	if c.Short != "" {
		words = []string{c.Host + "/", c.Short}
	}
	return s.fit(addressStyle, words, width)
}

// column lays out a card's words, as large as the height allows. What still
// finds no room at the smallest scale is left out, from the end.
func (s *sheet) column(c Card, width, height float64) column {
	for scale := 1.0; scale > smallest; scale -= 0.05 {
		if col := s.columnAt(c, width, scale); col.height() <= height {
			return col
		}
	}
	col := s.columnAt(c, width, smallest)
	for col.height() > height && len(col.pieces) > 1 {
		col.pieces = col.pieces[:len(col.pieces)-1]
	}
	return col
}

// columnAt lays out a card's words at one scale, and leaves out empty ones.
func (s *sheet) columnAt(c Card, width, scale float64) column {
	fit := func(st style, words string, width float64) text {
		return s.fit(st.scaled(scale), strings.Fields(words), width)
	}
	word := c.TableWord
	if c.Area != "" {
		word = strings.TrimPrefix(word+" · "+c.Area, " · ")
	}
	inner := width - 2*plate.x*scale
	all := []piece{
		{body: fit(venueStyle, c.Venue, width)},
		{gap: 2.5, word: fit(wordStyle, word, inner), body: fit(tableStyle, c.Table, inner), plate: true},
		{gap: 3.1, body: fit(titleStyle, c.Title, width)},
		{gap: 1.3, body: fit(textStyle, c.Text, width)},
	}
	col := column{scale: scale}
	for _, p := range all {
		if len(p.body.lines) > 0 {
			col.pieces = append(col.pieces, p)
		}
	}
	return col
}

// height is how tall the column is.
func (c column) height() float64 {
	h := 0.0
	for i, p := range c.pieces {
		if i > 0 {
			h += p.gap * c.scale
		}
		h += p.height(c.scale)
	}
	return h
}

// height is how tall the piece is without its gap.
func (p piece) height(scale float64) float64 {
	h := p.word.height() + p.body.height()
	if p.plate {
		h += (plate.top + plate.bottom) * scale
	}
	return h
}

// drawColumn draws the column in the middle of the box's height. Align is 0 for
// the left and 0.5 for the middle.
func (s *sheet) drawColumn(c column, at box, align float64) {
	y := at.y + (at.h-c.height())/2
	for i, p := range c.pieces {
		if i > 0 {
			y += p.gap * c.scale
		}
		row := box{at.x, y, at.w, p.height(c.scale)}
		y += row.h
		if p.plate {
			s.drawPlate(p, row, align, c.scale)
			continue
		}
		s.write(p.body, row, align, black)
	}
}

// drawPlate draws the table's number white on black, as wide as it needs.
func (s *sheet) drawPlate(p piece, row box, align, scale float64) {
	wide := max(s.width(p.word), s.width(p.body)) + 2*plate.x*scale
	at := box{row.x + (row.w-wide)*align, row.y, wide, row.h}
	s.pdf.SetFillColor(black, black, black)
	s.pdf.RoundedRect(at.x, at.y, at.w, at.h, plate.round*scale, "1234", "F")
	in := box{at.x + plate.x*scale, at.y + plate.top*scale, at.w - 2*plate.x*scale, p.word.height()}
	s.write(p.word, in, align, white)
	in.y, in.h = in.y+in.h, p.body.height()
	s.write(p.body, in, align, white)
}
