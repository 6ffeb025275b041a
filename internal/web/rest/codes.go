package rest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/paper"
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

// receipt is a code in every form that a till prints.
func (h handler) receipt(code feedback.Code) (api.Receipt, error) {
	host, short := code.Typed(h.base)
	r := api.Receipt{Address: code.Printed(h.base), Typed: host + "/" + short}
	symbol, err := qr.Encode(r.Address)
	if err != nil {
		return r, err
	}
	var svg, png bytes.Buffer
	native, err := symbol.Native(r.Address, r.Typed)
	if err := errors.Join(err, symbol.SVG(&svg, code.TableName), symbol.PNG(&png, usualPixels)); err != nil {
		return r, err
	}
	r.SVG, r.PNG = svg.String(), base64.StdEncoding.EncodeToString(png.Bytes())
	r.Escpos, r.EscposRaster = base64.StdEncoding.EncodeToString(native), base64.StdEncoding.EncodeToString(symbol.Raster(r.Typed))
	return r, nil
}

func readSize(c echo.Context) (int, error) {
	text := c.QueryParam("size")
	if text == "" {
		return usualPixels, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < minPixels || size > maxPixels {
		return 0, feedback.Problems{"size": "owner.problem.size"}
	}
	return size, nil
}

// sheet prints the working codes of the tables, in languages of the guests.
func (h handler) sheet(c echo.Context) error {
	ctx, by := c.Request().Context(), web.Actor(c)
	s, err := h.ordered(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		return err
	}
	if err := h.desk.Printed(ctx, by, s.Venue.ID, s.Detail()); err != nil {
		return err
	}
	web.Inline(c, "codes.pdf")
	return c.Blob(http.StatusOK, "application/pdf", out.Bytes())
}

// ordered is what was ordered to be printed, with all that it needs.
func (h handler) ordered(c echo.Context) (paper.Sheet, error) {
	ctx, by, v := c.Request().Context(), web.Actor(c), here(c)
	s := paper.Sheet{Venue: v, Base: h.base, Made: h.desk.Now()}
	demo, err := h.desk.IsDemo(ctx, by)
	if err == nil {
		err = paper.Reachable(h.base, demo)
	}
	if err != nil {
		return s, err
	}
	if s.Order, err = paper.Read(c.QueryParams(), v); err != nil {
		return s, err
	}
	at := h.store.For(by, v.ID)
	tables, err := at.Tables(ctx)
	if err != nil {
		return s, err
	}
	codes, err := h.desk.TableCodes(ctx, by, v.ID)
	if err != nil {
		return s, err
	}
	if s.Codes, err = s.Pick(tables, codes); errors.Is(err, feedback.ErrNotFound) {
		err = feedback.Problems{"table": "problem.table.unknown"}
	}
	if err != nil {
		return s, err
	}
	s.Logo, err = at.Logo(ctx)
	return s, err
}
