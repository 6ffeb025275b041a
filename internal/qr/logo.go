package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // logos come as JPEG
	"image/png"
	"io"

	"codeberg.org/go-pdf/fpdf"
	xdraw "golang.org/x/image/draw"
)

const (
	// MaxLogo is the largest file that is taken for a logo.
	MaxLogo = 2 << 20
	// mostPixels is what a logo may have before it is made smaller.
	mostPixels = 16_000_000
	// logoPixels is the longer side of a logo as it is kept: enough for 40 mm
	// on paper.
	logoPixels = 480
	// A logo on paper is at most so high, in millimetres, and takes at most
	// this share of the width.
	logoHigh, logoWide = 11, 0.8
)

// ErrLogo says that a file is no JPEG or PNG picture that can be printed.
var ErrLogo = errors.New("not a picture for a logo")

// Logo reads a JPEG or PNG and makes of it the small PNG that is printed: on
// white, without anything else that the file held. It looks at the size before
// it unpacks anything. It fails with [ErrLogo].
func Logo(r io.Reader) ([]byte, error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxLogo+1))
	if err != nil {
		return nil, err
	}
	if len(file) > MaxLogo {
		return nil, fmt.Errorf("more than %d bytes: %w", MaxLogo, ErrLogo)
	}
	head, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || kind != "jpeg" && kind != "png" {
		return nil, fmt.Errorf("kind %q: %w", kind, ErrLogo)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > mostPixels/head.Height {
		return nil, fmt.Errorf("%d by %d pixels: %w", head.Width, head.Height, ErrLogo)
	}
	full, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogo, err)
	}
	w, h := head.Width, head.Height
	if longer := max(w, h); longer > logoPixels {
		w, h = max(1, w*logoPixels/longer), max(1, h*logoPixels/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	xdraw.CatmullRom.Scale(small, small.Rect, full, full.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// addLogo makes the venue's logo known to the document.
func (s *sheet) addLogo(file []byte) error {
	if len(file) == 0 {
		return nil
	}
	s.logo = s.pdf.RegisterImageOptionsReader("logo", fpdf.ImageOptions{ImageType: "png"}, bytes.NewReader(file))
	if err := s.pdf.Error(); err != nil {
		return fmt.Errorf("%w: %w", ErrLogo, err)
	}
	return nil
}

// logoHeight is how tall the logo stands over words of that width.
func (s *sheet) logoHeight(width, scale float64) float64 {
	return min(logoHigh*scale, width*logoWide*s.logo.Height()/s.logo.Width())
}

// drawLogo draws the logo as tall as the row.
func (s *sheet) drawLogo(row box, align float64) {
	wide := row.h * s.logo.Width() / s.logo.Height()
	s.pdf.ImageOptions("logo", row.x+(row.w-wide)*align, row.y, wide, row.h, false, fpdf.ImageOptions{ImageType: "png"}, 0, "")
}
