package rest

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/web"
)

// Sizes of a picture in pixels.
const (
	usualPixels = 512
	minPixels   = 64
	maxPixels   = 2048
)

func (h handler) codes(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	all, err := h.store.For(web.Actor(c), here(c).ID).Codes(c.Request().Context(), h.desk.Now())
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b feedback.Code) int { return cmp.Compare(b.ID, a.ID) }) // newest first
	items, next, err := part(all, p, func(c feedback.Code) string { return c.ID })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.CodeList{Items: wires(items, h.wireCodeDetail), Next: next})
}

// picture draws a code. Its id and the kind of picture are one part of the
// address: 0123.svg.
func (h handler) picture(c echo.Context) error {
	id, kind, _ := strings.Cut(c.Param("file"), ".")
	by := web.Actor(c)
	code, err := h.store.For(by, here(c).ID).Code(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if by.Scope == feedback.ScopeVisits && code.VisitID == "" {
		return feedback.ErrNotFound // a till sees the codes of its visits
	}
	symbol, err := qr.Encode(code.Printed(h.base))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	switch kind {
	case "svg":
		if err := symbol.SVG(&out, code.TableName); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "image/svg+xml", out.Bytes())
	case "png":
		size, err := readSize(c)
		if err != nil {
			return err
		}
		if err := symbol.PNG(&out, size); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "image/png", out.Bytes())
	}
	return feedback.ErrNotFound
}

func readSize(c echo.Context) (int, error) {
	text := c.QueryParam("size")
	if text == "" {
		return usualPixels, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < minPixels || size > maxPixels {
		return 0, feedback.Problems{"size": "rest.problem.pixels"}
	}
	return size, nil
}

// order is what to print.
type order struct {
	format   qr.Format
	layout   qr.Layout
	language string
	table    string // id or name; empty: all
}

func readOrder(c echo.Context, v feedback.Venue) (order, error) {
	ps := feedback.Problems{}
	o := order{
		format: cmp.Or(choice(c, "format", []qr.Format{qr.FormatA4, qr.FormatLetter}, ps), qr.FormatA4),
		layout: cmp.Or(choice(c, "layout", []qr.Layout{qr.LayoutTent, qr.LayoutSticker, qr.LayoutCard}, ps), qr.LayoutTent),
		table:  feedback.CleanLine(c.QueryParam("table")), language: v.Languages[0],
	}
	if language := c.QueryParam("language"); language != "" {
		o.language = language
		if !slices.Contains(web.Languages(), language) {
			ps["language"] = "problem.language.unknown"
		}
	}
	return o, ps.OrNil()
}

// sheet prints the working codes of the tables, in a language of the guests.
func (h handler) sheet(c echo.Context) error {
	v := here(c)
	o, err := readOrder(c, v)
	if err != nil {
		return err
	}
	codes, err := h.desk.TableCodes(c.Request().Context(), web.Actor(c), v.ID)
	if err != nil {
		return err
	}
	var cards []qr.Card
	for _, code := range codes {
		if o.table == "" || o.table == code.TableID || o.table == code.TableName {
			cards = append(cards, h.card(o.language, v, code))
		}
	}
	if len(cards) == 0 {
		return feedback.Problems{"table": "rest.problem.nothing_to_print"}
	}
	var out bytes.Buffer
	err = qr.WriteSheet(&out, qr.SheetSpec{
		Format: o.format, Layout: o.layout, Title: v.Name, Lang: o.language,
		Fold: web.In(o.language, "paper.fold"), Made: h.desk.Now(),
	}, cards)
	if _, foreign := errors.AsType[qr.ScriptError](err); foreign {
		return feedback.Problems{"language": "rest.problem.script"}
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `inline; filename="codes.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", out.Bytes())
}

func (h handler) card(language string, v feedback.Venue, code feedback.Code) qr.Card {
	host, short := code.Typed(h.base)
	return qr.Card{
		Venue: v.Name, Table: code.TableName, TableWord: web.In(language, "paper.table"), Area: code.AreaName,
		Title: web.In(language, "paper.question"), Text: web.In(language, "paper.text"),
		Address: code.Printed(h.base), Host: host, Short: short,
	}
}
