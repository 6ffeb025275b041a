package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// hard is what light, hands and printers do to paper before a phone sees it.
var hard = map[string]func(*image.Gray) *image.Gray{
	"as printed":      func(img *image.Gray) *image.Gray { return img },
	"blurred":         blurred,
	"at 60% contrast": faded,
	"turned by 10°":   turned,
	"all at once":     func(img *image.Gray) *image.Gray { return blurred(faded(turned(img))) },
}

// blurred is out of focus by a third of a millimetre: three box blurs each way,
// which are nearly a Gaussian.
func blurred(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	copy(out.Pix, img.Pix)
	for range 3 {
		for _, step := range []int{1, out.Stride} {
			was := out.Pix[0]
			for i := step; i < len(out.Pix)-step; i++ {
				if step > 1 { // what lies above was blurred already; its blur is as good
					was = out.Pix[i-step]
				}
				now := out.Pix[i]
				out.Pix[i] = uint8((int(was) + int(now) + int(out.Pix[i+step])) / 3)
				was = now
			}
		}
	}
	return out
}

// faded keeps 60 of 100 parts of the contrast.
func faded(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = uint8(51 + int(v)*60/100)
	}
	return out
}

// turned is held askew.
func turned(img *image.Gray) *image.Gray {
	const degrees = 10
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	size := int(math.Hypot(w, h)) + 1
	out := image.NewGray(image.Rect(0, 0, size, size))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	half := float64(size) / 2
	m := f64.Aff3{cos, -sin, half - cos*w/2 + sin*h/2, sin, cos, half - sin*w/2 - cos*h/2}
	xdraw.BiLinear.Transform(out, m, img, img.Rect, xdraw.Over, nil)
	return out
}

// gray cuts a piece out of a page.
func gray(page image.Image, r image.Rectangle) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, page, r.Min, draw.Src)
	return out
}

// trial is a sheet and how its pieces lie on the paper.
type trial struct {
	name string
	spec SheetSpec
	grid Grid
	each int // pieces of a card: two faces of a tent
}

func trials() (all []trial) {
	for _, f := range Formats {
		for _, l := range Layouts {
			grid, each := whole(f, plans[l].columns, plans[l].rows), 1
			if l == LayoutTent {
				grid, each = whole(f, 2, 4), 2
			}
			all = append(all, trial{string(f) + " " + string(l), spec(f, l), grid, each})
		}
	}
	for _, g := range append(Labels(), Grid{Format: FormatA4, Columns: 2, Rows: 5, Width: 90, Height: 52, Left: 12, Top: 13, GapX: 6, GapY: 3}) {
		s := spec(g.Format, LayoutSticker)
		s.Labels = g
		all = append(all, trial{"labels " + g.Name, s, g, 1})
	}
	return all
}

// TestEveryCodeReadsBackFromHardPaper draws each layout at 150 dots per inch and
// reads every code on it, also blurred, pale, askew, and all that together.
func TestEveryCodeReadsBackFromHardPaper(t *testing.T) {
	need(t, "zbarimg")
	for _, tr := range trials() {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			tr.spec.Logo = logoFile(t)
			cards := tables(tr.grid.Columns * tr.grid.Rows / tr.each)
			for i := range cards {
				cards[i].Also = []Invitation{{"Wie ist alles?", "Sagen Sie es dem Team, solange Sie da sind."}, {"Come va tutto?", "Ditelo al personale finché siete qui."}}
			}
			page := load(t, pictures(t, sheetFile(t, tr.spec, cards), 150)[0])
			var want, files, shown []string
			for _, name := range slices.Sorted(maps.Keys(hard)) {
				printed := tr.printed()
				if os.Getenv("SOAK") == "" {
					printed = printed[:min(len(printed), tr.few(name))]
				}
				for n, address := range printed {
					want, files = append(want, address), append(files, saved(t, hard[name](gray(page, tr.piece(page, n)))))
					shown = append(shown, fmt.Sprintf("%s, piece %d", name, n))
				}
			}
			if diff := gocmp.Diff(want, decode(t, files...)); diff != "" {
				t.Errorf("of %q (-printed +read):\n%s", shown, diff)
			}
		})
	}
}

// few is how many codes of a sheet the short run reads; the long one reads all.
// Every code as it is printed is read of labels here, of all else by
// TestPrintedCodesReadBack.
func (tr trial) few(how string) int {
	labels := tr.spec.Labels.Columns > 0
	switch {
	case how == "as printed" && labels:
		return 100
	case how == "all at once", how != "as printed" && !labels && tr.spec.Format == FormatA4:
		return 1
	}
	return 0
}

// piece is where the n-th piece lies on the drawn page.
func (tr trial) piece(page image.Image, n int) image.Rectangle {
	at, paper := tr.grid.at(n), papers[tr.spec.Format]
	scale := float64(page.Bounds().Dx()) / paper.Wd
	return image.Rect(int(at.x*scale), int(at.y*scale), int((at.x+at.w)*scale), int((at.y+at.h)*scale)).Intersect(page.Bounds())
}

// printed lists what the pieces say, in their order.
func (tr trial) printed() (all []string) {
	for first := 0; first < tr.grid.Columns*tr.grid.Rows/tr.each; first += tr.grid.Columns {
		for range tr.each {
			for n := range tr.grid.Columns {
				all = append(all, address(first+n))
			}
		}
	}
	return all
}

// saved writes a picture as a PGM.
func saved(t *testing.T, img *image.Gray) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "*.pgm")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "P5\n%d %d\n255\n%s", img.Rect.Dx(), img.Rect.Dy(), img.Pix); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// logoFile is a small picture.
func logoFile(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 300, 90))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{0x0b, 0x5d, 0x4a, 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	logo, err := Logo(&b)
	if err != nil {
		t.Fatal(err)
	}
	return logo
}

// The rules of every label: the code is 3 cm without its quiet zone, and what is
// smaller is refused.
func TestLabels(t *testing.T) {
	for _, g := range Labels() {
		s := &sheet{plan: plans[LayoutSticker]}
		for _, a := range []string{"HTTPS://A.EXAMPLE/T/1", address(1)} {
			code, err := encodeFor(a, smallSymbol, min(g.Width, g.Height))
			if err != nil {
				t.Fatalf("%s: %v", g.Name, err)
			}
			side := s.side(code)
			if symbol := side / float64(code.Size()) * float64(code.Size()-2*quiet); symbol < smallSymbol-0.001 || side > min(g.Width, g.Height) {
				t.Errorf("%s: a code of %.1f mm, with its margin %.1f", g.Name, symbol, side)
			}
		}
	}
	for name, want := range map[string]error{"5160": ErrSmall, "Avery 5160": ErrSmall, "22805": ErrSmall, "L7651": ErrSmall, "l7160": nil, "Avery L7163": nil, "5163": nil} {
		if g, ok := LabelsNamed(name); !ok || !errors.Is(g.Check(), want) {
			t.Errorf("%s: known %v, %v; want %v", name, ok, g.Check(), want)
		}
	}
	if _, ok := LabelsNamed("L9999"); ok {
		t.Error("L9999 is known")
	}
	good := Grid{Format: FormatA4, Columns: 2, Rows: 2, Width: 80, Height: 60, Left: 10, Top: 10, GapX: 5, GapY: 5}
	for name, change := range map[string]func(*Grid){
		"too wide":   func(g *Grid) { g.Width = 100 },
		"too high":   func(g *Grid) { g.Height = 150 },
		"none":       func(g *Grid) { g.Columns = 0 },
		"many":       func(g *Grid) { g.Rows = 1000 },
		"backwards":  func(g *Grid) { g.GapX = -10 },
		"no number":  func(g *Grid) { g.Width = math.NaN() },
		"very large": func(g *Grid) { g.Left = math.Inf(1) },
	} {
		g := good
		change(&g)
		if err := g.Check(); !errors.Is(err, ErrGrid) {
			t.Errorf("%s: %v, want ErrGrid", name, err)
		}
	}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

// A sheet of which some labels are used is used up.
func TestLabels_BeginWhereTheyAreFree(t *testing.T) {
	g, _ := LabelsNamed("L7163")
	s := spec(FormatA4, LayoutSticker)
	s.Labels, s.Skip = g, 13
	pages := pictures(t, sheetFile(t, s, tables(2)), 150)
	if len(pages) != 2 {
		t.Fatalf("%d pages, want the last label of one and the first of another", len(pages))
	}
	tr := trial{spec: s, grid: g, each: 1}
	for n, at := range []int{13, 0} {
		page := load(t, pages[n])
		if got := decode(t, saved(t, gray(page, tr.piece(page, at)))); len(got) != 1 || got[0] != address(n) {
			t.Errorf("page %d, label %d reads %v", n, at, got)
		}
	}
}

func TestInvitationsInThreeLanguages(t *testing.T) {
	need(t, "pdftotext")
	c := tables(1)[0]
	c.Also = []Invitation{{"Wie ist alles?", "Sagen Sie es dem Team."}, {"Come va tutto?", "Ditelo al personale."}}
	for layout, want := range map[Layout][]string{
		LayoutTent:    {"How is", "Wie ist alles?", "Come va tutto?", "Sagen Sie", "Ditelo"},
		LayoutPoster:  {"How is everything?", "Wie ist alles?", "Come va tutto?", "Sagen Sie", "Ditelo"},
		LayoutPage:    {"How is", "Wie ist alles?", "Come va tutto?", "Sagen Sie", "Ditelo"},
		LayoutSticker: {"How is", "Wie ist", "Come va"},
	} {
		text := command(t, "pdftotext", "-layout", sheetFile(t, spec(FormatA4, layout), []Card{c}), "-")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", layout, w, text)
			}
		}
	}
}

// A logo is what is left of a picture when everything else is taken away.
func TestLogo(t *testing.T) {
	small, err := Logo(bytes.NewReader(bigPicture(t, 3000, 1000)))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(small)); err != nil || c.Width != logoPixels || c.Height != logoPixels/3 {
		t.Errorf("kept as %d by %d, %v", c.Width, c.Height, err)
	}
	bomb := bigPicture(t, 1, 1)
	copy(bomb[16:], []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20}) // says it is 20,000 by 20,000
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("<svg onload=alert(1)>"), "a bomb": bomb, "half": small[:len(small)/2],
		"too large": bytes.Repeat([]byte{1}, MaxLogo+1), "gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
	} {
		if _, err := Logo(bytes.NewReader(file)); !errors.Is(err, ErrLogo) {
			t.Errorf("%s: %v, want ErrLogo", name, err)
		}
	}
	s := spec(FormatA4, LayoutTent)
	s.Logo = []byte("no picture")
	if err := WriteSheet(&bytes.Buffer{}, s, tables(1)); !errors.Is(err, ErrLogo) {
		t.Errorf("printing no picture: %v", err)
	}
}

func bigPicture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPicturesOfSheets writes pages to look at, when told where.
func TestPicturesOfSheets(t *testing.T) {
	folder := os.Getenv("LOOK_AT")
	if folder == "" {
		t.Skip("LOOK_AT names no folder")
	}
	for _, tr := range trials() {
		tr.spec.Logo = logoFile(t)
		cards := tables(tr.grid.Columns * tr.grid.Rows / tr.each)
		cards[0].Also = []Invitation{{"Wie ist alles?", "Sagen Sie es dem Team, solange Sie da sind."}, {"Come va tutto?", "Ditelo al personale finché siete qui."}}
		pdf := sheetFile(t, tr.spec, cards)
		command(t, "pdftoppm", "-r", "60", "-png", "-singlefile", pdf, filepath.Join(folder, strings.ReplaceAll(fmt.Sprint(tr.name), " ", "-")))
	}
}
