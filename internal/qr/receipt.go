package qr

import (
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	// receiptDots is how many dots the narrowest thermal printers have on a
	// line: 48 mm at 8 dots a millimetre.
	receiptDots = 384
	// moduleDots is how many dots a module has where there is room: with 29
	// modules the code is 32 mm wide.
	moduleDots = 9
)

// dots is how many dots a side of a module has on a receipt.
func (s Symbol) dots() int { return min(moduleDots, receiptDots/s.Size()) }

// Raster is the code for a thermal printer that understands ESC/POS, as a
// picture (GS v 0), centred, with the typed address under it. Every such printer
// can print it.
func (s Symbol) Raster(typed string) []byte {
	module := s.dots()
	side := s.Size() * module
	wide := (side + 7) / 8
	out := []byte{0x1b, 'a', 1, 0x1d, 'v', '0', 0}
	out = binary.LittleEndian.AppendUint16(out, uint16(wide))
	out = binary.LittleEndian.AppendUint16(out, uint16(side))
	for _, row := range s.dark {
		line := make([]byte, wide)
		for x, dark := range row {
			for dot := x * module; dark && dot < (x+1)*module; dot++ {
				line[dot/8] |= 0x80 >> (dot % 8)
			}
		}
		for range module {
			out = append(out, line...)
		}
	}
	return append(out, underneath(typed)...)
}

// Native is the code for a thermal printer with QR codes of its own (GS ( k):
// some fifty bytes, and as sharp as the printer can. It is made with level M.
func (s Symbol) Native(address, typed string) ([]byte, error) {
	if address == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("%q: %w", address, ErrAddress)
	}
	command := func(out []byte, function byte, parameters ...byte) []byte {
		out = append(out, 0x1d, '(', 'k')
		out = binary.LittleEndian.AppendUint16(out, uint16(2+len(parameters)))
		return append(append(out, '1', function), parameters...)
	}
	out := []byte{0x1b, 'a', 1}
	out = command(out, 'A', '2', 0)                             // model 2
	out = command(out, 'C', byte(s.dots()))                     // dots of a module
	out = command(out, 'E', '1')                                // level M
	out = command(out, 'P', append([]byte{'0'}, address...)...) // what it holds
	out = command(out, 'Q', '0')                                // print
	return append(out, underneath(typed)...), nil
}

// underneath prints what is typed by those who cannot scan, and gives the line
// back as it was.
func underneath(typed string) []byte {
	return append(append([]byte{'\n'}, typed...), '\n', 0x1b, 'a', 0)
}
