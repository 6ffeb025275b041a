package rest

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// csvSheet is comma-separated values (RFC 4180); where a comma stands in
// numbers, spreadsheets want semicolons.
type csvSheet struct {
	out   *csv.Writer
	zone  *time.Location
	comma bool
}

func newCSV(w io.Writer, zone *time.Location, comma bool) *csvSheet {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if comma {
		out.Comma = ';'
	}
	return &csvSheet{out, zone, comma}
}

func (s *csvSheet) row(cells []any) error {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = s.text(cell)
	}
	return s.out.Write(texts)
}

func (s *csvSheet) text(cell any) string {
	switch v := cell.(type) {
	case int:
		return strconv.Itoa(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(s.zone).Format(time.RFC3339)
	case feedback.Money:
		amount := web.Decimal(v)
		if s.comma {
			return strings.Replace(amount, ".", ",", 1)
		}
		return amount
	}
	return harmless(fmt.Sprint(cell))
}

func (s *csvSheet) flush() error {
	s.out.Flush()
	return s.out.Error()
}

func (s *csvSheet) close() error { return s.flush() }

// harmless keeps a spreadsheet from reading text as a formula, also one that takes
// other signs for the ends of cells than the table has: in much of Europe a file with
// commas is cut at semicolons, and quotes inside a line end nothing then.
func harmless(text string) string {
	if text == "" {
		return ""
	}
	var out strings.Builder
	if strings.ContainsRune("=+-@\t\r\x00", rune(text[0])) {
		out.WriteByte('\'')
	}
	begins := false // a cell, for some spreadsheet
	for i, r := range text {
		if begins && strings.ContainsRune("=+-@", r) && i+1 < len(text) && text[i+1] != ' ' { // a price such as 5,- is none
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		begins = strings.ContainsRune(",;\t\r\n", r) || begins && r == '"'
	}
	return out.String()
}

func hexed(b []byte) string { return hex.EncodeToString(b) }

// xlsxSheet is a workbook, written as it is read: text is text, never a
// formula; numbers and moments are such, so that the reader's own spreadsheet
// writes them in its own way.
type xlsxSheet struct {
	book *zip.Writer
	out  *bufio.Writer // of the sheet that is being written
	zone *time.Location
	n    int // sheets
	rows int // of this one
	head []any
}

// maxRows is how many rows a sheet can have.
const maxRows = 1 << 20

func newXLSX(w io.Writer, zone *time.Location) *xlsxSheet {
	return &xlsxSheet{book: zip.NewWriter(w), zone: zone}
}

func (s *xlsxSheet) row(cells []any) error {
	if s.n == 0 {
		s.head = cells
	}
	if s.n == 0 || s.rows == maxRows {
		if err := s.begin(); err != nil {
			return err
		}
	}
	s.rows++
	s.put("<row>")
	for _, cell := range cells {
		s.cell(cell)
	}
	s.put("</row>")
	return nil
}

// begin ends the sheet before and opens the next; one that goes on has the
// headings again.
func (s *xlsxSheet) begin() error {
	if err := s.end(); err != nil {
		return err
	}
	s.n++
	part, err := s.book.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", s.n))
	if err != nil {
		return err
	}
	s.out, s.rows = bufio.NewWriter(part), 0
	s.put(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	if s.n > 1 {
		return s.row(s.head)
	}
	return nil
}

func (s *xlsxSheet) end() error {
	if s.out == nil {
		return nil
	}
	s.put("</sheetData></worksheet>")
	return s.out.Flush()
}

// put writes; a failure is kept for the next flush.
func (s *xlsxSheet) put(text string) { _, _ = s.out.WriteString(text) }

func (s *xlsxSheet) cell(cell any) {
	switch v := cell.(type) {
	case int:
		s.put("<c><v>" + strconv.Itoa(v) + "</v></c>")
	case feedback.Money:
		s.put("<c><v>" + web.Decimal(v) + "</v></c>")
	case time.Time:
		if v.IsZero() {
			s.put("<c/>")
			return
		}
		s.put(`<c s="1"><v>` + strconv.FormatFloat(serial(v.In(s.zone)), 'f', 8, 64) + "</v></c>")
	default:
		s.put(`<c t="inlineStr"><is><t xml:space="preserve">`)
		_ = xml.EscapeText(s.out, []byte(fmt.Sprint(cell))) // what XML cannot hold becomes U+FFFD
		s.put("</t></is></c>")
	}
}

// serial is what the clocks show at t, as spreadsheets count: in days since the
// end of 1899.
func serial(t time.Time) float64 {
	y, m, d := t.Date()
	shown := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	return shown.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Seconds() / (24 * 60 * 60)
}

func (s *xlsxSheet) flush() error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	return s.book.Flush()
}

func (s *xlsxSheet) close() error {
	if err := s.end(); err != nil {
		return err
	}
	const (
		ns    = `xmlns="http://schemas.openxmlformats.org/`
		main  = ns + `spreadsheetml/2006/main"`
		types = "application/vnd.openxmlformats-officedocument.spreadsheetml."
		rel   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	)
	var sheets, links, parts strings.Builder
	for i := 1; i <= s.n; i++ {
		fmt.Fprintf(&sheets, `<sheet name="Makeright %d" sheetId="%d" r:id="rId%d"/>`, i, i, i)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, rel, i)
		fmt.Fprintf(&parts, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i, types)
	}
	return errors.Join(
		s.part("xl/styles.xml", `<styleSheet `+main+`><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>`+
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>`),
		s.part("xl/workbook.xml", `<workbook `+main+` xmlns:r="`+rel+`"><sheets>`+sheets.String()+`</sheets></workbook>`),
		s.part("xl/_rels/workbook.xml.rels", `<Relationships `+ns+`package/2006/relationships">`+links.String()+
			`<Relationship Id="rId0" Type="`+rel+`/styles" Target="styles.xml"/></Relationships>`),
		s.part("_rels/.rels", `<Relationships `+ns+`package/2006/relationships"><Relationship Id="rId1" Type="`+rel+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		s.part("[Content_Types].xml", `<Types `+ns+`package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
			`<Override PartName="/xl/workbook.xml" ContentType="`+types+`sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="`+types+`styles+xml"/>`+parts.String()+`</Types>`),
		s.book.Close())
}

func (s *xlsxSheet) part(name, text string) error {
	w, err := s.book.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+text)
	return err
}
