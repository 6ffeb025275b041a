package qr

import (
	"slices"
	"strings"
)

// The sizes of a tent's or card's text, in millimetres, where there is room.
var (
	venueStyle   = style{bold, 4.2, 2.5, 1.2, 2, " "}
	wordStyle    = style{bold, 3.15, 1.6, 1.3, 1, " "}
	tableStyle   = style{bold, 12.1, 3, 1, 2, " "}
	titleStyle   = style{bold, 5, 2.2, 1.15, 3, " "}
	textStyle    = style{regular, 3.45, 1.8, 1.32, 7, " "}
	alsoStyle    = style{bold, 3.9, 2, 1.15, 3, " "}
	alsoText     = style{regular, 2.8, 1.8, 1.3, 7, " "}
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
	plate bool    // white on a black square
	logo  float64 // its height, on the logo's place only
}

// column is text from top to bottom, at one scale.
type column struct {
	pieces []piece
	scale  float64
}

// face draws one side of a tent, or a card: words on the left, code on the right.
func (s *sheet) face(at box, c Card, code Symbol) { s.faceAt(at, c, code, 1) }

// faceAt is face with words that begin at another scale.
func (s *sheet) faceAt(at box, c Card, code Symbol, scale float64) {
	in := at.inset(faceMargin, margin)
	side := s.side(code)
	address := s.address(c, side)
	tall := side + address.height()
	s.codeOver(address, code, side, box{in.x + in.w - side, in.y + (in.h-tall)/2, side, tall})
	left := box{in.x, in.y, in.w - side - gutter, in.h}
	s.drawColumn(s.column(c, left.w, left.h, scale), left, 0)
}

// sticker draws number, question, code and address under each other.
func (s *sheet) sticker(at box, c Card, code Symbol) { s.stack(at.inset(margin, margin), c, code, 1) }

// label draws a sticker that is cut already: words beside the code where it is
// wide, else as a sticker.
func (s *sheet) label(at box, c Card, code Symbol) {
	side := s.side(code)
	room := at.w - side - 2*labelMargin
	if room < beside-2*labelMargin || at.h-side > at.w-side {
		s.stack(at.inset(labelMargin, min(labelMargin, at.h-side-below)), c, code, 1)
		return
	}
	s.code(code, at.x, at.y+(at.h-side)/2, side)
	right := box{at.x + side, at.y + labelMargin, room, at.h - 2*labelMargin}
	address := s.address(c, right.w)
	c = short(c)
	words := right
	words.h -= address.height() + 1
	col := s.column(c, words.w, words.h, 1)
	words.y += (words.h - col.height()) / 2
	s.drawColumn(col, box{words.x, words.y, words.w, col.height()}, 0)
	s.write(address, box{right.x, right.y + right.h - address.height(), right.w, address.height()}, 0, black)
}

// poster fills the paper for a wall: words over a large code.
func (s *sheet) poster(at box, c Card, code Symbol) {
	const edge = 18
	s.stack(at.inset(edge, edge), c, code, 2.6)
}

// single draws one card in the middle of the paper, with marks to cut it out.
func (s *sheet) single(at box, c Card, code Symbol) {
	const wide, high, mark, away = 148, 105, 6, 2
	card := box{at.x + (at.w-wide)/2, at.y + (at.h-high)/2, wide, high}
	s.faceAt(card, c, code, 1.5)
	s.pdf.SetLineWidth(0.2)
	s.pdf.SetDrawColor(0x88, 0x88, 0x88)
	for _, x := range []float64{card.x, card.x + wide} {
		for _, y := range []float64{card.y, card.y + high} {
			outX, outY := 1.0, 1.0
			if x == card.x {
				outX = -1
			}
			if y == card.y {
				outY = -1
			}
			s.pdf.Line(x+outX*away, y, x+outX*(away+mark), y)
			s.pdf.Line(x, y+outY*away, x, y+outY*(away+mark))
		}
	}
}

// short leaves out what small paper has no room for.
func short(c Card) Card {
	c.Venue, c.Area, c.Text, c.Also = "", "", "", slices.Clone(c.Also)
	for n := range c.Also {
		c.Also[n].Text = ""
	}
	return c
}

// stack draws a column of words, the code, and the address under each other.
// What is not as large as a poster leaves out the long sentences.
func (s *sheet) stack(in box, c Card, code Symbol, scale float64) {
	side := s.side(code)
	address := s.fit(addressStyle.scaled(scale), addressWords(c), in.w)
	foot := side + address.height()
	if scale <= 1 {
		c = short(c)
	}
	words := s.column(c, in.w, in.h-foot, scale)
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
	return s.fit(addressStyle, addressWords(c), width)
}

// addressWords are the parts of the address between which its line may break.
func addressWords(c Card) []string {
	if c.Short == "" {
		return []string{c.Host}
	}
	return []string{c.Host + "/", c.Short}
}

// column lays out a card's words, from a scale on as large as the height allows.
// What still finds no room at the smallest scale is left out, from the end.
func (s *sheet) column(c Card, width, height, from float64) column {
	for scale := from; scale > smallest; scale -= 0.05 {
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
	var all []piece
	if c.Venue != "" && s.logo != nil {
		all = append(all, piece{logo: s.logoHeight(width, scale)})
	}
	all = append(all,
		piece{gap: 1.8, body: fit(venueStyle, c.Venue, width)},
		piece{gap: 2.5, word: fit(wordStyle, word, inner), body: fit(tableStyle, c.Table, inner), plate: true},
		piece{gap: 3.1, body: fit(titleStyle, c.Title, width)},
		piece{gap: 1.3, body: fit(textStyle, c.Text, width)})
	for _, also := range c.Also {
		all = append(all,
			piece{gap: 2.6, body: fit(alsoStyle, also.Title, width)},
			piece{gap: 0.9, body: fit(alsoText, also.Text, width)})
	}
	col := column{scale: scale}
	for _, p := range all {
		if len(p.body.lines) > 0 || p.logo > 0 {
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
	h := p.word.height() + p.body.height() + p.logo
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
		switch {
		case p.plate:
			s.drawPlate(p, row, align, c.scale)
		case p.logo > 0:
			s.drawLogo(row, align)
		default:
			s.write(p.body, row, align, black)
		}
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
