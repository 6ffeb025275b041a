//go:build soak

package qr

import (
	"io"
	"testing"
	"time"
)

// Five hundred codes are on paper in two seconds, on any layout.
func TestWriteSheet_500Codes(t *testing.T) {
	cards := tables(500)
	for _, layout := range Layouts {
		began := time.Now()
		if err := WriteSheet(io.Discard, spec(FormatA4, layout), cards); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		t.Logf("%s: %s", layout, took.Round(time.Millisecond))
		if took > 2*time.Second {
			t.Errorf("500 codes as %s take %s, want two seconds at most", layout, took)
		}
	}
}
