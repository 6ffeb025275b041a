package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"strings"
	"testing"
)

// A receipt is read back from the very bytes that the printer gets.
func TestRaster_ReadsBack(t *testing.T) {
	for _, a := range []string{address(1), "HTTPS://" + strings.Repeat("LONG.", 12) + "EXAMPLE/T/" + strings.Repeat("A", 26)} {
		code := symbol(t, a)
		b := code.Raster("feedback.example/7kq4-m9tx")
		head, rest, ok := bytes.Cut(b, []byte{0x1d, 'v', '0', 0})
		if !ok || !bytes.Equal(head, []byte{0x1b, 'a', 1}) {
			t.Fatalf("begins with % x", b[:8])
		}
		wide, high := int(binary.LittleEndian.Uint16(rest)), int(binary.LittleEndian.Uint16(rest[2:]))
		dots := rest[4 : 4+wide*high]
		if wide*8 > receiptDots {
			t.Errorf("%d dots do not fit on the narrowest paper", wide*8)
		}
		if module := code.dots(); module*(code.Size()-2*quiet) < 8*smallSymbol {
			t.Errorf("%d characters: the code is %d dots wide, below 3 cm", len(a), module*(code.Size()-2*quiet))
		}
		img := image.NewGray(image.Rect(0, 0, wide*8, high))
		for i := range img.Pix {
			if dots[i/8]&(0x80>>(i%8)) == 0 {
				img.Pix[i] = 0xff
			}
		}
		if got := decode(t, saved(t, img)); len(got) != 1 || got[0] != a {
			t.Errorf("reads %v, want %s", got, a)
		}
		if tail := rest[4+wide*high:]; string(tail) != "\nfeedback.example/7kq4-m9tx\n\x1ba\x00" {
			t.Errorf("ends with %q", tail)
		}
	}
}

func TestNative_SaysWhatThePrinterDraws(t *testing.T) {
	b, err := symbol(t, address(1)).Native(address(1), "feedback.example/7kq4-m9tx")
	if err != nil {
		t.Fatal(err)
	}
	var functions []byte
	held := ""
	for rest := b[3:]; bytes.HasPrefix(rest, []byte{0x1d, '(', 'k'}); {
		n := int(binary.LittleEndian.Uint16(rest[3:]))
		body := rest[5 : 5+n]
		functions = append(functions, body[1])
		if body[1] == 'P' {
			held = string(body[3:])
		}
		rest = rest[5+n:]
	}
	if string(functions) != "ACEPQ" || held != address(1) {
		t.Errorf("functions %q hold %q", functions, held)
	}
	if _, err := symbol(t, address(1)).Native("A\x1b@", ""); !errors.Is(err, ErrAddress) {
		t.Errorf("a command in an address: %v", err)
	}
}
