// Package photo makes a small, harmless picture of whatever a guest sends, and
// keeps it as a file. Nothing that was sent is kept: not its bytes, not its name,
// not what a camera wrote into it.
package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/http"

	"github.com/bep/imagemeta"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// MaxFile is the largest file that is read.
	MaxFile = 10 << 20 // bytes
	// Side is the longer side of a picture as it is kept.
	Side = 1600
	// mostMemory bounds what unpacking may take: a progressive JPEG of 24
	// megapixels, a PNG of 40.
	mostMemory = 192 << 20
	mostPixels = 40_000_000
	mostSide   = 20_000
	quality    = 80
)

// ErrUnreadable says that a file is no picture we read, or too large a one.
var ErrUnreadable = errors.New("not a picture that can be read")

// kind is how one kind of file is read.
type kind struct {
	config func([]byte) (image.Config, error)
	decode func([]byte) (image.Image, error)
	meta   imagemeta.ImageFormat
	cost   int // bytes of memory for a pixel, at worst
}

// kinds are chosen by what the file begins with, never by what its sender says.
var kinds = map[string]kind{
	"image/jpeg": {
		func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) },
		func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }, imagemeta.JPEG, 8,
	},
	"image/png": {
		func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) },
		func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }, imagemeta.PNG, 4,
	},
	"image/webp": {
		func(b []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(b)) },
		func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) }, imagemeta.WebP, 4,
	},
}

// Lab makes pictures, one at a time: unpacking costs memory.
type Lab struct{ busy chan struct{} }

// NewLab returns a Lab.
func NewLab() *Lab { return &Lab{make(chan struct{}, 1)} }

// Make reads a JPEG, PNG or WebP and makes a JPEG of it: upright, at most [Side]
// long, and with nothing in it but the picture. It looks at the size before it
// unpacks anything, and fails with [ErrUnreadable].
func (l *Lab) Make(file []byte) (made []byte, err error) {
	k, known := kinds[http.DetectContentType(file)]
	if !known || len(file) > MaxFile {
		return nil, ErrUnreadable
	}
	l.busy <- struct{}{}
	defer func() {
		<-l.busy
		if r := recover(); r != nil { // a decoder met what it did not expect
			made, err = nil, fmt.Errorf("%w: %v", ErrUnreadable, r)
		}
	}()
	head, err := k.config(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if !fits(head, k.cost) {
		return nil, fmt.Errorf("%d by %d pixels: %w", head.Width, head.Height, ErrUnreadable)
	}
	full, err := k.decode(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, turned(shrunk(full), orientation(file, k.meta)), &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}

// fits says whether a picture may be unpacked.
func fits(c image.Config, cost int) bool {
	if c.ColorModel == color.NRGBA64Model || c.ColorModel == color.RGBA64Model || c.ColorModel == color.Gray16Model {
		cost *= 2
	}
	if c.Width < 1 || c.Height < 1 || c.Width > mostSide || c.Height > mostSide {
		return false
	}
	pixels := c.Width * c.Height
	return pixels <= mostPixels && pixels*cost <= mostMemory
}

// shrunk draws the picture on white, at most [Side] long.
func shrunk(full image.Image) *image.RGBA {
	b := full.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > Side {
		w, h = max(1, w*Side/longer), max(1, h*Side/longer)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	xdraw.ApproxBiLinear.Scale(small, small.Bounds(), full, b, xdraw.Over, nil)
	return small
}

// orientation is how the camera was held, 1 to 8; 1 when nothing says.
func orientation(file []byte, format imagemeta.ImageFormat) (n int) {
	n = 1
	_, _ = imagemeta.Decode(imagemeta.Options{ // what cannot be read says nothing
		R: bytes.NewReader(file), ImageFormat: format, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
				n = int(v)
			}
			return imagemeta.ErrStopWalking
		},
		Warnf: func(string, ...any) {},
	})
	return n
}

// turned puts a picture upright.
func turned(in *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return in
	}
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			out.SetRGBA(tx, ty, in.RGBAAt(x, y))
		}
	}
	return out
}
