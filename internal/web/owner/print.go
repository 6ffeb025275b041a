package owner

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/paper"
	"makeright/internal/qr"
	"makeright/internal/web"
)

// card is one table as a page shows it printed: in the languages of the guests,
// not of who prints.
type card struct {
	Lang, Dir              string
	Venue, Area, TableName string
	Word, Question, Text   string
	Also                   []invitation
	Fold                   string
	Host, Short            string
	Symbol                 qr.Symbol
	Logo                   string // its address; empty without one
}

// invitation is what a card says in one more language.
type invitation struct{ Lang, Dir, Question, Text string }

// newCard writes a table's card in one to three languages.
func (h handler) newCard(v feedback.Venue, code feedback.Code, languages []string) (card, error) {
	symbol, err := qr.Encode(code.Printed(h.base))
	l := languages[0]
	c := card{
		Lang: l, Dir: direction(l), Venue: v.Name, Area: code.AreaName, TableName: code.TableName, Symbol: symbol,
		Word: web.In(l, "web.table"), Question: web.In(l, "paper.question"), Text: web.In(l, "paper.text"), Fold: web.In(l, "paper.fold"),
	}
	c.Host, c.Short = code.Typed(h.base)
	for _, l := range languages[1:] {
		c.Also = append(c.Also, invitation{l, direction(l), web.In(l, "paper.question"), web.In(l, "paper.text")})
	}
	return c, err
}

// direction is how a language is written.
func direction(lang string) string {
	for _, l := range web.LanguageNames() {
		if l.Tag == lang {
			return l.Dir
		}
	}
	return "ltr"
}

// ordered is what was ordered to be printed, with all that it needs. What leads
// nowhere but to this machine is not printed.
func (h handler) ordered(c echo.Context, r room) (paper.Sheet, error) {
	ctx := c.Request().Context()
	demo, err := h.desk.IsDemo(ctx, r.by)
	if err != nil {
		return paper.Sheet{}, err
	}
	if err := paper.Reachable(h.base, demo); err != nil {
		return paper.Sheet{}, err
	}
	s := paper.Sheet{Venue: r.Venue, Base: h.base, Made: h.desk.Now()}
	if s.Order, err = paper.Read(c.QueryParams(), r.Venue); err != nil {
		return s, err
	}
	tables, err := r.view.Tables(ctx)
	if err != nil {
		return s, err
	}
	codes, err := h.desk.TableCodes(ctx, r.by, r.Venue.ID)
	if err != nil {
		return s, err
	}
	if s.Codes, err = s.Pick(tables, codes); err != nil {
		return s, err
	}
	s.Logo, err = r.view.Logo(ctx)
	return s, err
}

// printed notes who printed what.
func (h handler) printed(c echo.Context, r room, s paper.Sheet) error {
	return h.desk.Printed(c.Request().Context(), r.by, r.Venue.ID, s.Detail())
}

// sheet answers with a PDF to print. Letters that it cannot set, as of Arabic,
// a browser can: then it leads to the page that prints the same.
func (h handler) sheet(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	s, err := h.ordered(c, r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = s.Write(&b)
	if ps, ok := errors.AsType[feedback.Problems](err); ok && ps["language"] == "paper.problem.script" {
		return c.Redirect(http.StatusSeeOther, r.Path("/print?"+c.QueryString()))
	}
	if err != nil {
		return err
	}
	if err := h.printed(c, r, s); err != nil {
		return err
	}
	web.Inline(c, "codes.pdf")
	return c.Blob(http.StatusOK, "application/pdf", b.Bytes())
}

// printPage is all that pages/print.html may use.
type printPage struct {
	room
	Order  paper.Order
	Sheets [][]card
	Other  string // address of the same on the other paper; empty where the labels decide
	Style  string // address of the rules for labels; empty without
}

// print is the page that a browser prints, in any script.
func (h handler) print(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	s, err := h.ordered(c, r)
	if err != nil {
		return err
	}
	p := printPage{room: r, Order: s.Order}
	cards := make([]card, s.Blank(), s.Blank()+len(s.Codes)) // labels that are used already stay empty
	for _, code := range s.Codes {
		one, err := h.newCard(r.Venue, code, s.Languages)
		if err != nil {
			return err
		}
		if len(s.Logo) > 0 {
			one.Logo = r.Path("/logo.png")
		}
		cards = append(cards, one)
	}
	p.Sheets = slices.Collect(slices.Chunk(cards, s.PerPage()))
	q := c.QueryParams()
	if s.Labels.Columns > 0 {
		p.Style = r.Path("/labels.css?" + c.QueryString())
	} else {
		q.Set("format", string(qr.Formats[(slices.Index(qr.Formats, s.Format)+1)%len(qr.Formats)]))
		p.Other = r.Path("/print?" + q.Encode())
	}
	if err := h.printed(c, r, s); err != nil {
		return err
	}
	return draw(c, "print.html", nil, p)
}

// labelStyle is the stylesheet that lays the labels of an order out: pages may
// have no measurements of their own.
func (h handler) labelStyle(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	o, err := paper.Read(c.QueryParams(), r.Venue)
	if err != nil {
		return err
	}
	g := o.Labels
	if g.Columns == 0 {
		return feedback.ErrNotFound
	}
	css := fmt.Sprintf(".labels{display:grid;grid-template:repeat(%d,%.3fmm)/repeat(%d,%.3fmm);gap:%.3fmm %.3fmm;padding:%.3fmm 0 0 %.3fmm;place-content:start}\n",
		g.Rows, g.Height, g.Columns, g.Width, g.GapY, g.GapX, g.Top, g.Left)
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", []byte(css))
}

// logoPicture answers with the venue's logo.
func (h handler) logoPicture(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	logo, err := r.view.Logo(c.Request().Context())
	if err == nil && len(logo) == 0 {
		err = feedback.ErrNotFound
	}
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/png", logo)
}

// setLogo takes a picture as the venue's logo, or takes it away.
func (h handler) setLogo(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	file, err := web.Upload(c, "logo", qr.MaxLogo)
	if err != nil {
		return err
	}
	var logo []byte
	if len(file) > 0 {
		if logo, err = qr.Logo(bytes.NewReader(file)); errors.Is(err, qr.ErrLogo) {
			return h.drawLife(c, r, feedback.Problems{"logo": "codes.problem.logo"})
		} else if err != nil {
			return err
		}
	}
	if err := h.desk.SetLogo(c.Request().Context(), r.by, r.Venue.ID, logo); err != nil {
		return err
	}
	return r.back(c, "/life", "saved")
}

// printLine is who printed what, for people.
type printLine struct {
	feedback.Audit
	Tables string
	How    []said // layout, paper, labels, languages
}

func printLines(c echo.Context, all []feedback.Audit) []printLine {
	lines := make([]printLine, len(all))
	for i, a := range all {
		lines[i] = printLine{a, a.Detail["tables"], nil}
		for _, name := range []string{"layout", "format", "labels", "languages"} {
			if a.Detail[name] != "" {
				lines[i].How = append(lines[i].How, detail(c, nil, a.Action, name, a.Detail[name]))
			}
		}
	}
	return lines
}

// Count is how many tables were printed; 0 when they are named.
func (l printLine) Count() int {
	n, err := strconv.Atoi(strings.TrimSpace(l.Audit.Detail["count"]))
	if err != nil {
		return 0
	}
	return n
}
