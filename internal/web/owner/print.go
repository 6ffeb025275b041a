package owner

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/web"
)

// paper is one table as it is printed: what a card holds, in the language of
// the guests, not of who prints.
type paper struct {
	Lang, Dir              string
	Venue, Area, TableName string
	Word, Question, Text   string
	Fold                   string
	Address, Host, Short   string
	Symbol                 qr.Symbol
}

// newPaper writes a table's card in a language of the guests.
func newPaper(c echo.Context, v feedback.Venue, row codeRow, language string) paper {
	reader := web.Lang(c)
	web.SetLang(c, language)
	defer web.SetLang(c, reader)
	return paper{
		Lang: web.Lang(c), Dir: web.Printer(c).Dir(), Venue: v.Name, Area: row.Table.AreaName, TableName: row.Table.Name,
		Word: web.T(c, "paper.table"), Question: web.T(c, "paper.question"), Text: web.T(c, "paper.text"), Fold: web.T(c, "paper.fold"),
		Address: row.Address, Host: row.Host, Short: row.Short, Symbol: row.Symbol,
	}
}

// order is what to print.
type order struct {
	Format   qr.Format
	Layout   qr.Layout
	Language string
	Tables   []string // ids or names; none: all
}

var (
	formats = []qr.Format{qr.FormatA4, qr.FormatLetter}
	layouts = []qr.Layout{qr.LayoutTent, qr.LayoutCard, qr.LayoutSticker}
)

// readOrder reads an order from the address; what is left out is A4, tents,
// the venue's first language, all tables.
func readOrder(c echo.Context, v feedback.Venue) (order, error) {
	o := order{Format: formats[0], Layout: layouts[0], Language: v.Languages[0]}
	ps := feedback.Problems{}
	if f := c.QueryParam("format"); f != "" {
		if o.Format = qr.Format(f); !slices.Contains(formats, o.Format) {
			ps["format"] = "owner.problem.choice"
		}
	}
	if l := c.QueryParam("layout"); l != "" {
		if o.Layout = qr.Layout(l); !slices.Contains(layouts, o.Layout) {
			ps["layout"] = "owner.problem.choice"
		}
	}
	if l := c.QueryParam("language"); l != "" {
		if o.Language = l; !slices.Contains(web.Languages(), l) {
			ps["language"] = "problem.language.unknown"
		}
	}
	for _, list := range c.QueryParams()["tables"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = feedback.CleanLine(name); name != "" {
				o.Tables = append(o.Tables, name)
			}
		}
	}
	return o, ps.OrNil()
}

// papers are the cards of an order. A table that is not there is not found;
// one whose code was revoked is left out.
func (h handler) papers(c echo.Context, r room, o order) ([]paper, error) {
	rows, err := h.codeRows(c, r)
	if err != nil {
		return nil, err
	}
	var papers []paper
	found := 0
	for _, row := range rows {
		if len(o.Tables) > 0 && !slices.Contains(o.Tables, row.Table.ID) && !slices.Contains(o.Tables, row.Table.Name) {
			continue
		}
		found++
		if row.Works() {
			papers = append(papers, newPaper(c, r.Venue, row, o.Language))
		}
	}
	switch {
	case found < len(slices.Compact(slices.Sorted(slices.Values(o.Tables)))):
		return nil, feedback.ErrNotFound
	case len(papers) == 0:
		return nil, feedback.Problems{"tables": "owner.problem.nothing_to_print"}
	}
	return papers, nil
}

// sheet answers with a PDF to print. Letters that it cannot set, as of Arabic,
// a browser can: then it leads to the page that prints the same.
func (h handler) sheet(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	o, err := readOrder(c, r.Venue)
	if err != nil {
		return err
	}
	papers, err := h.papers(c, r, o)
	if err != nil {
		return err
	}
	cards := make([]qr.Card, len(papers))
	for i, p := range papers {
		cards[i] = qr.Card{
			Venue: p.Venue, Table: p.TableName, TableWord: p.Word, Area: p.Area, Title: p.Question, Text: p.Text,
			Address: p.Address, Host: p.Host, Short: p.Short,
		}
	}
	var b bytes.Buffer
	err = qr.WriteSheet(&b, qr.SheetSpec{
		Format: o.Format, Layout: o.Layout, Title: r.Venue.Name, Lang: o.Language, Fold: papers[0].Fold, Made: h.desk.Now(),
	}, cards)
	if _, foreign := errors.AsType[qr.ScriptError](err); foreign {
		return c.Redirect(http.StatusSeeOther, r.Path("/print?"+c.QueryString()))
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `inline; filename="codes.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", b.Bytes())
}

// printPage is all that pages/print.html may use.
type printPage struct {
	room
	Order  order
	Sheets [][]paper
	Other  string // address of the same on the other paper
}

// perSheet is how many cards fit on a page.
var perSheet = map[qr.Layout]int{qr.LayoutTent: 4, qr.LayoutCard: 8, qr.LayoutSticker: 12}

func (h handler) print(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	o, err := readOrder(c, r.Venue)
	if err != nil {
		return err
	}
	papers, err := h.papers(c, r, o)
	if err != nil {
		return err
	}
	q := c.QueryParams()
	q.Set("format", string(formats[(slices.Index(formats, o.Format)+1)%len(formats)]))
	return draw(c, "print.html", nil, printPage{
		room: r, Order: o, Sheets: slices.Collect(slices.Chunk(papers, perSheet[o.Layout])), Other: r.Path("/print?" + q.Encode()),
	})
}
