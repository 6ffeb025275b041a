package qr

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// need ends the test when a program is missing: as skipped on a desk, as failed
// in CI, where everything must be there.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	const hint = "%s is not installed; on Debian: apt-get install zbar-tools poppler-utils"
	if os.Getenv("CI") != "" {
		t.Fatalf(hint, program)
	}
	t.Skipf(hint, program)
}

// command returns what a program prints.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return string(out)
}

// decode reads all codes from pictures, in the pictures' order.
func decode(t *testing.T, pictures ...string) []string {
	t.Helper()
	need(t, "zbarimg")
	args := append([]string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}, pictures...)
	return strings.Fields(command(t, "zbarimg", args...))
}

// address returns the n-th address of the tests, always the same.
func address(n int) string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	r := rand.New(rand.NewPCG(7, uint64(n)))
	code := make([]byte, 26)
	for i := range code {
		code[i] = letters[r.IntN(len(letters))]
	}
	return "HTTPS://FEEDBACK.EXAMPLE/T/" + string(code)
}

func symbol(t *testing.T, address string) Symbol {
	t.Helper()
	s, err := Encode(address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEverySymbolReadsBackAtEverySize(t *testing.T) {
	codes := 40
	if os.Getenv("SOAK") != "" {
		codes = 400
	}
	for _, pixels := range []int{123, 200, 512} {
		t.Run(strconv.Itoa(pixels), func(t *testing.T) {
			dir := t.TempDir()
			var files, want []string
			for n := range codes {
				name := filepath.Join(dir, fmt.Sprintf("%03d.png", n))
				var b bytes.Buffer
				if err := symbol(t, address(n)).PNG(&b, pixels); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				files, want = append(files, name), append(want, address(n))
			}
			if diff := cmp.Diff(want, decode(t, files...)); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVersionAndLevel(t *testing.T) {
	long := func(n int) string { return ("HTTPS://" + strings.Repeat("A", n))[:n] }
	for _, tt := range []struct {
		name    string
		address string
		version int
		level   byte // as the symbol itself says
	}{
		{"short code", "HTTPS://FEEDBACK.EXAMPLE/7KQ4-M9TX", 3, 'Q'},
		{"table code", address(1), 4, 'Q'},
		{"last that fits 4 at Q", long(67), 4, 'Q'},
		{"first that does not", long(68), 4, 'M'},
		{"last that fits 6 at M", long(154), 6, 'M'},
		{"lower case takes more", strings.ToLower(address(1)), 4, 'M'},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := symbol(t, tt.address)
			if got := (s.Size() - 2*quiet - 17) / 4; got != tt.version {
				t.Errorf("version is %d, want %d", got, tt.version)
			}
			if got := level(s); got != tt.level {
				t.Errorf("level is %c, want %c", got, tt.level)
			}
		})
	}
}

// level reads the error correction level from the symbol's format information:
// two modules under the upper left finder pattern, with the standard's mask 10.
func level(s Symbol) byte {
	row := s.dark[quiet+8]
	n := 0
	for _, dark := range row[quiet : quiet+2] {
		n *= 2
		if dark {
			n++
		}
	}
	return "MLHQ"[n^0b10]
}

func TestEncodeRefuses(t *testing.T) {
	for _, bad := range []string{"", "HTTPS://A B", "HTTPS://CAFÉ.EXAMPLE", "HTTPS://A\n", strings.Repeat("A", 155), strings.Repeat("A", 9000)} {
		if _, err := Encode(bad); !errors.Is(err, ErrAddress) {
			t.Errorf("Encode(%.20q) = %v, want ErrAddress", bad, err)
		}
	}
}

func TestQuietZone(t *testing.T) {
	s := symbol(t, address(3))
	first := s.Size()
	for r := range s.runs() {
		first = min(first, r.x, r.y, s.Size()-r.x-r.n, s.Size()-r.y-1)
	}
	if first != 4 {
		t.Errorf("the white margin is %d modules, want 4", first)
	}
}

func TestPathDrawsTheSymbol(t *testing.T) {
	part := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	for n := range 50 {
		s := symbol(t, address(n))
		drawn := make([][]bool, s.Size())
		for y := range drawn {
			drawn[y] = make([]bool, s.Size())
		}
		path := s.Path()
		for _, m := range part.FindAllStringSubmatch(path, -1) {
			x, y, wide := number(t, m[1]), number(t, m[2]), number(t, m[3])
			if m[3] != m[4] {
				t.Fatalf("%s does not come back to where it began", m[0])
			}
			for i := range wide {
				drawn[y][x+i] = true
			}
		}
		if rest := part.ReplaceAllString(path, ""); rest != "" {
			t.Fatalf("path holds something else: %.40q", rest)
		}
		if diff := cmp.Diff(s.dark, drawn); diff != "" {
			t.Fatalf("code %d (-symbol +path):\n%s", n, diff)
		}
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSVG(t *testing.T) {
	var b bytes.Buffer
	if err := symbol(t, "HTTPS://FEEDBACK.EXAMPLE/T/7KQ4M9TXDESY1MDP5W2P4KDPS1").SVG(&b, `Table 7 <&"> Käse`); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "symbol.svg")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("-golden +got:\n%s", diff)
	}
}

func TestPNG(t *testing.T) {
	s := symbol(t, address(5))
	for _, pixels := range []int{MinPixels, 100, 1000, MaxPixels} {
		var b bytes.Buffer
		if err := s.PNG(&b, pixels); err != nil {
			t.Fatal(err)
		}
		const depth = 24 // where a PNG says how many bits a pixel has
		if b.Bytes()[depth] != 1 {
			t.Errorf("%d bits a pixel, want 1", b.Bytes()[depth])
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if img.Bounds() != image.Rect(0, 0, pixels, pixels) {
			t.Errorf("picture is %v, want %d pixels a side", img.Bounds(), pixels)
		}
		wantEvenModules(t, img, pixels/s.Size(), s.Size()-2*quiet)
	}
	for _, pixels := range []int{-1, 0, MinPixels - 1, MaxPixels + 1} {
		if err := s.PNG(&bytes.Buffer{}, pixels); !errors.Is(err, ErrPixels) {
			t.Errorf("%d pixels: %v, want ErrPixels", pixels, err)
		}
	}
}

// wantEvenModules checks that the dark part is so many modules wide and that
// its first row, the edge of two finder patterns, changes only between modules.
func wantEvenModules(t *testing.T, img image.Image, module, modules int) {
	t.Helper()
	dark := darkPart(img)
	if dark.Dx() != module*modules || dark.Dy() != module*modules {
		t.Errorf("the symbol is %v pixels, want %d modules of %d", dark.Size(), modules, module)
	}
	far := img.Bounds().Max.Sub(dark.Max)
	if max(abs(far.X-dark.Min.X), abs(far.Y-dark.Min.Y)) > 1 {
		t.Errorf("the symbol is at %v of %v, not in the middle", dark, img.Bounds())
	}
	for x := dark.Min.X + 1; x < dark.Max.X; x++ {
		changes := isDark(img, x, dark.Min.Y) != isDark(img, x-1, dark.Min.Y)
		if changes && (x-dark.Min.X)%module != 0 {
			t.Errorf("a module ends at pixel %d, between two of %d", x-dark.Min.X, module)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func isDark(img image.Image, x, y int) bool {
	if gray, ok := img.(*image.Gray); ok { // pages are large, and looked at dot by dot
		return gray.GrayAt(x, y).Y < 0xf0
	}
	r, _, _, _ := img.At(x, y).RGBA()
	return r < 0xf000
}

// darkPart is the smallest rectangle around everything that is not white.
func darkPart(img image.Image) image.Rectangle {
	var all image.Rectangle
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if isDark(img, x, y) {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return all
}
