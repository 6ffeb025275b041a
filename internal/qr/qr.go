// Package qr turns addresses into QR codes and prints them: as SVG, as PNG, and
// as PDF sheets to cut and fold. It is pure: no database, no clock, no words of
// its own; every text on a picture is handed in by the caller.
package qr

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
	"strconv"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// The size of a PNG, in pixels a side.
const (
	MinPixels = 64
	MaxPixels = 2048
)

const (
	// quiet is the white margin in modules that readers rely on.
	quiet = 4
	// largestQ is the largest version that is still made with the stronger
	// error correction; beyond it finer modules cost more than it gains.
	largestQ = 4
	// largest is the largest version that still fits every layout with modules
	// that a cheap phone reads from paper.
	largest = 6
)

// What callers may test for with [errors.Is].
var (
	ErrAddress = errors.New("not an address that a QR code can hold")
	ErrPixels  = errors.New("picture size out of bounds")
)

// Symbol is one QR code with its quiet zone of four modules around it. It is
// always black on white. Symbols come from [Encode].
type Symbol struct {
	dark [][]bool // by row, then column
}

// run is a row of neighbouring dark modules.
type run struct{ x, y, n int }

// Encode makes the code for an address. Give scheme, host and path in upper
// case where they allow it: such addresses take fewer and larger modules. Up
// to version 4 the code survives the loss of a quarter of it (level Q), larger
// ones of 15 percent (level M). It fails with [ErrAddress] when the address is
// empty, holds anything but visible ASCII, or is too long to be read from paper.
func Encode(address string) (Symbol, error) {
	if address == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Symbol{}, fmt.Errorf("%q: %w", address, ErrAddress)
	}
	code, err := qrcode.New(address, qrcode.High)
	if err != nil || code.VersionNumber > largestQ {
		code, err = qrcode.New(address, qrcode.Medium)
	}
	if err != nil || code.VersionNumber > largest {
		return Symbol{}, fmt.Errorf("%d characters: %w", len(address), ErrAddress)
	}
	return Symbol{code.Bitmap()}, nil
}

// encodeAt makes the code with a version of our choice and the stronger error
// correction.
func encodeAt(address string, version int) (Symbol, error) {
	code, err := qrcode.NewWithForcedVersion(address, version, qrcode.High)
	if err != nil {
		return Symbol{}, fmt.Errorf("%d characters in version %d: %w", len(address), version, ErrAddress)
	}
	return Symbol{code.Bitmap()}, nil
}

// Size is the number of modules a side, the quiet zone included.
func (s Symbol) Size() int { return len(s.dark) }

// Path returns the dark modules as the d attribute of one SVG path, in a
// viewBox of Size by Size. Draw it black on white, whatever the theme.
func (s Symbol) Path() string {
	var b []byte
	for r := range s.runs() {
		b = strconv.AppendInt(append(b, 'M'), int64(r.x), 10)
		b = strconv.AppendInt(append(b, ' '), int64(r.y), 10)
		b = strconv.AppendInt(append(b, 'h'), int64(r.n), 10)
		b = strconv.AppendInt(append(b, "v1h-"...), int64(r.n), 10)
		b = append(b, 'z')
	}
	return string(b)
}

// SVG writes the code as a picture of its own. The title is what a screen
// reader says; any text is safe.
func (s Symbol) SVG(w io.Writer, title string) error {
	var t strings.Builder
	if err := xml.EscapeText(&t, []byte(title)); err != nil {
		return fmt.Errorf("write svg title: %w", err)
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges" role="img">`+
		`<title>%[2]s</title><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="%[3]s"/></svg>`+"\n",
		s.Size(), t.String(), s.Path())
	if err != nil {
		return fmt.Errorf("write svg: %w", err)
	}
	return nil
}

// PNG writes the code as a black and white picture with exactly so many pixels
// a side. Every module gets the same whole number of pixels; what is left over
// widens the margin. It fails with [ErrPixels] outside [MinPixels] to [MaxPixels].
func (s Symbol) PNG(w io.Writer, pixels int) error {
	if pixels < MinPixels || pixels > MaxPixels {
		return fmt.Errorf("%d pixels: %w", pixels, ErrPixels)
	}
	module := pixels / s.Size()
	margin := (pixels - module*s.Size()) / 2
	img := image.NewPaletted(image.Rect(0, 0, pixels, pixels), color.Palette{color.White, color.Black})
	for r := range s.runs() {
		left, top := margin+r.x*module, margin+r.y*module
		for y := top; y < top+module; y++ {
			for x := left; x < left+r.n*module; x++ {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("write png: %w", err)
	}
	return nil
}

// runs goes through the dark modules row by row.
func (s Symbol) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for y, row := range s.dark {
			for x := 0; x < len(row); x++ {
				start := x
				for x < len(row) && row[x] {
					x++
				}
				if x > start && !yield(run{start, y, x - start}) {
					return
				}
			}
		}
	}
}
