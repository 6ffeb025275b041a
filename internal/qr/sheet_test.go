package qr

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// layouts says what one page of each layout must hold.
var layouts = []struct {
	layout        Layout
	columns, rows int
	copies        int     // of each code
	least         float64 // millimetres a side of the code itself
}{
	{LayoutTent, 2, 2, 2, 30},
	{LayoutCard, 2, 4, 1, 30},
	{LayoutSticker, 3, 4, 1, 30},
	{LayoutPoster, 1, 1, 1, 90},
	{LayoutPage, 1, 1, 1, 44},
}

func spec(f Format, l Layout) SheetSpec {
	return SheetSpec{Format: f, Layout: l, Title: "Table codes", Lang: "en", Fold: "fold", Made: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

// tables returns cards with texts of every length that sheets must bear.
func tables(count int) []Card {
	names := []string{"9", "10", "Terrace 12", "Lounge by the old chestnut tree", "W", "Séparée „Großmütterchen“", "1/2"}
	cards := make([]Card, count)
	for i := range cards {
		cards[i] = Card{
			Venue: "Fennel & Rye", Table: names[i%len(names)], TableWord: "Table", Title: "How is everything?",
			Text:    "Tell the team while you’re here. If something isn’t right, we’ll make it right.",
			Address: address(i), Host: "feedback.example", Short: fmt.Sprintf("%04d-m9tx", i),
		}
	}
	return cards
}

// sheetFile writes a sheet and returns the file's name.
func sheetFile(t *testing.T, s SheetSpec, cards []Card) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSheet(&b, s, cards); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// pictures draws each page of a PDF at that many dots per inch.
func pictures(t *testing.T, pdf string, dpi int) []string {
	t.Helper()
	need(t, "pdftoppm")
	page := strings.TrimSuffix(pdf, ".pdf") + fmt.Sprintf("-%d", dpi)
	command(t, "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", pdf, page)
	files, err := filepath.Glob(page + "-*.pgm")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	return files
}

func everySheet(t *testing.T, fn func(t *testing.T, f Format, i int)) {
	for _, f := range []Format{FormatA4, FormatLetter} {
		for i, l := range layouts {
			t.Run(string(f)+"/"+string(l.layout), func(t *testing.T) {
				t.Parallel()
				fn(t, f, i)
			})
		}
	}
}

func TestPrintedCodesReadBack(t *testing.T) {
	everySheet(t, func(t *testing.T, f Format, i int) {
		l := layouts[i]
		count := l.columns * l.rows // a full page
		pdf := sheetFile(t, spec(f, l.layout), tables(count))
		// A tent's code is 40 mm with its quiet zone. At 112 dots per inch it
		// has the dots of one printed 30 mm wide at 150.
		for _, dpi := range []int{150, 112} {
			if dpi < 150 && f != FormatA4 {
				continue
			}
			var files []string
			for _, page := range pictures(t, pdf, dpi) {
				files = append(files, cutOut(t, page, i)...)
			}
			if diff := gocmp.Diff(printed(count, i), decode(t, files...)); diff != "" {
				t.Errorf("at %d dpi (-printed +read):\n%s", dpi, diff)
			}
		}
	})
}

// printed lists what the pieces of a layout's full pages say, row by row.
func printed(count, i int) []string {
	l := layouts[i]
	var all []string
	for first := 0; first < count; first += l.columns {
		for range l.copies {
			for n := range l.columns {
				all = append(all, address(first+n))
			}
		}
	}
	return all
}

// cutOut cuts a page into one picture for each code, row by row.
func cutOut(t *testing.T, page string, i int) []string {
	t.Helper()
	img := load(t, page)
	var files []string
	for _, r := range pieces(img.Rect, i) {
		files = append(files, saved(t, gray(img, r)))
	}
	return files
}

// pieces divides a page as its lines do, row by row. The two faces of a tent
// are two pieces.
func pieces(page image.Rectangle, i int) []image.Rectangle {
	l := layouts[i]
	rows := l.rows * l.copies
	var all []image.Rectangle
	for y := range rows {
		for x := range l.columns {
			all = append(all, image.Rect(page.Dx()*x/l.columns, page.Dy()*y/rows, page.Dx()*(x+1)/l.columns, page.Dy()*(y+1)/rows))
		}
	}
	return all
}

func TestPagesAndPaper(t *testing.T) {
	need(t, "pdfinfo")
	paper := map[Format]string{FormatA4: "595.28 x 841.89 pts (A4)", FormatLetter: "612 x 792 pts (letter)"}
	everySheet(t, func(t *testing.T, f Format, i int) {
		l := layouts[i]
		perPage := l.columns * l.rows
		for _, n := range []int{1, perPage, perPage + 1, 3*perPage + 1} {
			info := command(t, "env", "TZ=UTC", "pdfinfo", sheetFile(t, spec(f, l.layout), tables(n)))
			if got := field(info, "Page size"); got != paper[f] {
				t.Errorf("paper is %q, want %q", got, paper[f])
			}
			if got := field(info, "Title") + " " + field(info, "CreationDate"); got != "Table codes Sun Mar  1 12:00:00 2026 UTC" {
				t.Errorf("properties are %q", got)
			}
			if got, want := field(info, "Pages"), fmt.Sprint((n+perPage-1)/perPage); got != want {
				t.Errorf("%d cards take %s pages, want %s", n, got, want)
			}
		}
	})
}

// field returns one line of what pdfinfo says.
func field(info, name string) string {
	m := regexp.MustCompile(`(?m)^` + name + `:\s+(.*)$`).FindStringSubmatch(info)
	if m == nil {
		return ""
	}
	return m[1]
}

// On every piece that is cut out, nothing is printed within 5 mm of where it
// ends; only the lines themselves are there. The fold counts as an end.
func TestClearOfEveryEdge(t *testing.T) {
	dpi, mm := 150, 150/25.4
	everySheet(t, func(t *testing.T, f Format, i int) {
		cards := tables(max(3, layouts[i].columns*layouts[i].rows))
		cards[0].Table, cards[0].Title = strings.Repeat("Wintergarten ", 20), strings.Repeat("How is everything? ", 5)
		cards[0].Address, cards[0].Host = "HTTPS://FEEDBACK.EXAMPLE/"+strings.Repeat("A", 129), strings.Repeat("long.", 22)+"example"
		cards[1].Venue, cards[1].Area = strings.Repeat("Gasthaus ", 9), "by the river"
		cards[2].Text = strings.Repeat(cards[2].Text+" ", 4)
		s := spec(f, layouts[i].layout)
		s.Fold = ""
		for _, file := range pictures(t, sheetFile(t, s, cards), dpi) {
			page := load(t, file)
			for n, piece := range pieces(page.Bounds(), i) {
				withoutLines := piece.Inset(int(mm / 2))
				dark := darkPart(crop(page, withoutLines))
				if dark.Empty() || !dark.In(piece.Inset(int(5*mm))) {
					t.Errorf("piece %d of %v: print reaches %v", n, piece, dark)
				}
			}
		}
	})
}

// load reads a page as pdftoppm draws it: a plain PGM, which costs neither side
// the packing.
func load(t *testing.T, file string) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w, h int
	if _, err := fmt.Sscanf(string(b[:min(len(b), 32)]), "P5\n%d %d\n255\n", &w, &h); err != nil || len(b) < w*h {
		t.Fatalf("%s is no picture: %v", file, err)
	}
	return &image.Gray{Pix: b[len(b)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
}

func crop(img image.Image, r image.Rectangle) image.Image {
	return img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(r)
}

func TestCodesAreLargeEnough(t *testing.T) {
	for _, l := range layouts {
		for _, a := range []string{"HTTPS://A.EXAMPLE/1", address(1), "HTTPS://" + strings.Repeat("A", 146)} {
			code := symbol(t, a)
			module := (&sheet{plan: plans[l.layout]}).side(code) / float64(code.Size())
			if module < 0.8 {
				t.Errorf("%s: modules of %d characters are %.2f mm", l.layout, len(a), module)
			}
			if side := module * float64(code.Size()-2*quiet); side < l.least {
				t.Errorf("%s: code of %d characters is %.1f mm", l.layout, len(a), side)
			}
		}
	}
}

// The faces of a tent stand back to back: what is over the fold is what is under
// it, turned by half. Dots on the edges of letters may fall one off.
func TestTentFacesAreBackToBack(t *testing.T) {
	page := load(t, pictures(t, sheetFile(t, spec(FormatA4, LayoutTent), tables(1)), 100)[0])
	faces := pieces(page.Bounds(), 0)
	upper, lower := darkPart(crop(page, faces[0].Inset(6))), darkPart(crop(page, faces[2].Inset(6)))
	dark, off := 0, 0
	for y := range min(upper.Dy(), lower.Dy()) {
		for x := range min(upper.Dx(), lower.Dx()) {
			if !isDark(page, lower.Min.X+x, lower.Min.Y+y) {
				continue
			}
			dark++
			if !darkNear(page, upper.Max.X-1-x, upper.Max.Y-1-y) {
				off++
			}
		}
	}
	if dark < 1000 || off > dark/100 {
		t.Errorf("%d of %d dark dots are missing on the other face", off, dark)
	}
}

// darkNear says whether a dot or one beside it is dark.
func darkNear(img image.Image, x, y int) bool {
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			if isDark(img, x+dx, y+dy) {
				return true
			}
		}
	}
	return false
}

func TestTextsArePrinted(t *testing.T) {
	need(t, "pdftotext")
	c := Card{
		Venue: "Café Łódź", Table: "Ωμέγα 7", TableWord: "Стол", Area: "Terrasse", Title: "Wie ist alles?",
		Text: "Sagen Sie es dem Team.", Address: address(1), Host: "feedback.example", Short: "7kq4-m9tx",
	}
	for _, tt := range []struct {
		layout Layout
		want   []string
	}{
		{LayoutTent, []string{c.Venue, "Ωμέγα", "Стол · Terrasse", "Wie ist", "Sagen Sie", "feedback.example/", c.Short, "fold"}},
		{LayoutCard, []string{c.Venue, "Ωμέγα", "Стол · Terrasse", "Wie ist", "Sagen Sie", "feedback.example/", c.Short}},
		{LayoutSticker, []string{"Ωμέγα", "Стол", "Wie ist alles?", "feedback.example/", c.Short}},
	} {
		text := command(t, "pdftotext", "-layout", sheetFile(t, spec(FormatA4, tt.layout), []Card{c}), "-")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", tt.layout, want, text)
			}
		}
	}
}

// An accent that comes as a letter of its own is printed on the one before it.
func TestAccentsAreComposed(t *testing.T) {
	need(t, "pdftotext")
	c := tables(1)[0]
	c.Table = "Spa\u0308t\u200b\u2068schicht"
	text := command(t, "pdftotext", sheetFile(t, spec(FormatA4, LayoutCard), []Card{c}), "-")
	if !strings.Contains(text, "Spätschicht") {
		t.Errorf("printed:\n%s", text)
	}
}

func TestOtherScriptsAreRefused(t *testing.T) {
	for _, word := range []string{"طاولة", "שולחן", "मेज़", "桌", "テーブル", "โต๊ะ", "Bar 🍷", "x\u0301"} {
		for name, put := range map[string]func(*Card){
			"table": func(c *Card) { c.Table = word },
			"text":  func(c *Card) { c.Text = word },
			"host":  func(c *Card) { c.Host = word },
		} {
			cards := tables(3)
			put(&cards[2])
			var b bytes.Buffer
			err := WriteSheet(&b, spec(FormatA4, LayoutTent), cards)
			if script, ok := errors.AsType[ScriptError](err); !ok || script.Text == "" {
				t.Errorf("%s %q: %v, want a ScriptError", name, word, err)
			}
			if b.Len() > 0 {
				t.Errorf("%s %q: %d bytes written", name, word, b.Len())
			}
		}
	}
}

func TestWriteSheetRefuses(t *testing.T) {
	noAddress := tables(2)
	noAddress[1].Address = ""
	for _, tt := range []struct {
		name  string
		spec  SheetSpec
		cards []Card
		want  error
	}{
		{"paper", spec("a3", LayoutTent), tables(1), ErrFormat},
		{"layout", spec(FormatA4, "banner"), tables(1), ErrLayout},
		{"no cards", spec(FormatA4, LayoutTent), nil, ErrNothing},
		{"no address", spec(FormatA4, LayoutTent), noAddress, ErrAddress},
	} {
		var b bytes.Buffer
		if err := WriteSheet(&b, tt.spec, tt.cards); !errors.Is(err, tt.want) || b.Len() > 0 {
			t.Errorf("%s: %v and %d bytes, want %v and none", tt.name, err, b.Len(), tt.want)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	err := cmp.Or(WriteSheet(&a, spec(FormatA4, LayoutTent), tables(5)), WriteSheet(&b, spec(FormatA4, LayoutTent), tables(5)))
	if err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%v, %d and %d bytes that differ", err, a.Len(), b.Len())
	}
}

// Any table name is set inside its width and height, in at most two lines.
func TestLongNamesFit(t *testing.T) {
	s := &sheet{ruler: newPDF(spec(FormatA4, LayoutCard), papers[FormatA4])}
	const width, height = 39, 59
	for _, name := range []string{"9", "104", "Terrace 12", "Lounge by the old chestnut tree", strings.Repeat("W", 40), strings.Repeat("long name ", 30)} {
		c := tables(1)[0]
		c.Table = name
		col := s.column(c, width, height, 1)
		for _, p := range col.pieces {
			if w := max(s.width(p.body), s.width(p.word)); w > width {
				t.Errorf("%.20q: %q is %.1f mm wide", name, p.body.lines, w)
			}
			if p.plate && len(p.body.lines) > 2 {
				t.Errorf("%.20q takes %d lines", name, len(p.body.lines))
			}
		}
		if col.height() > height {
			t.Errorf("%.20q: %.1f mm tall", name, col.height())
		}
	}
	if big, small := s.column(tables(1)[0], width, height, 1), s.column(tables(4)[3], width, height, 1); big.pieces[1].body.size <= small.pieces[1].body.size {
		t.Error("a short name is not larger than a long one")
	}
}

func BenchmarkTents500(b *testing.B) {
	cards := tables(500)
	for b.Loop() {
		var out bytes.Buffer
		if err := WriteSheet(&out, spec(FormatA4, LayoutTent), cards); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len()), "bytes")
	}
}
