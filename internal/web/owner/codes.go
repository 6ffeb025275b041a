package owner

import (
	"bytes"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/web"
)

// codeRow is one table with its codes.
type codeRow struct {
	Table   feedback.Table
	Code    feedback.Code // the one that is printed; its ID is empty when there is none
	Symbol  qr.Symbol
	Address string // what the symbol holds
	Host    string // with a slash and Short, what is typed by hand
	Short   string
	Old     []feedback.Code // replaced, and still opening the form
	Revoked time.Time       // when the last code was revoked, if there is none
	Silent  int             // days without a scan, when they are many
}

// Works says whether the table has a code that can be printed.
func (r codeRow) Works() bool { return r.Code.ID != "" }

// codesPage is all that pages/codes.html may use.
type codesPage struct {
	room
	Rows     []codeRow
	In       newTables
	Problems feedback.Problems
	Areas    []feedback.Area
	Offered  []string  // languages a sheet can be printed in
	Printed  int       // codes that can be printed
	Paper    card      // of that tent
	Fell     []codeRow // whose scans fell to none against their own past
	Labels   []qr.Grid
	Layouts  []qr.Layout
	Local    bool // the address in the codes works on this machine only
	Zone     *time.Location
}

// Sizes are the measurements of labels without a name, as [paper.Read] reads them.
func (codesPage) Sizes() []string {
	return []string{"columns", "rows", "width", "height", "left", "top", "gap_x", "gap_y"}
}

// MoreLanguages are the second and third language of a card.
func (codesPage) MoreLanguages() []int { return []int{2, 3} }

func (h handler) codes(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	return h.drawCodes(c, r, newTables{}, nil)
}

func (h handler) drawCodes(c echo.Context, r room, in newTables, ps feedback.Problems) error {
	rows, err := h.codeRows(c, r)
	if err != nil {
		return err
	}
	p := codesPage{room: r, Labels: qr.Labels(), Layouts: qr.Layouts, Rows: rows, In: in, Problems: ps, Local: isLocal(h.base), Offered: web.Languages(), Zone: r.Venue.Zone()}
	q, err := h.quiet(c, r, rows)
	if err != nil {
		return err
	}
	p.Fell = q.Silent
	if p.Areas, err = r.view.Areas(c.Request().Context()); err != nil {
		return err
	}
	for _, row := range rows {
		if !row.Works() {
			continue
		}
		if p.Printed++; p.Printed == 1 {
			if p.Paper, err = h.newCard(r.Venue, row.Code, r.Venue.Languages[:1]); err != nil {
				return err
			}
		}
	}
	return draw(c, "codes.html", ps, p)
}

// codeRows lists the venue's tables in their order, each with its codes.
func (h handler) codeRows(c echo.Context, r room) ([]codeRow, error) {
	ctx, now := c.Request().Context(), h.desk.Now()
	tables, err := r.view.Tables(ctx)
	if err != nil {
		return nil, err
	}
	codes, err := r.view.Codes(ctx, now)
	if err != nil {
		return nil, err
	}
	rows := make([]codeRow, len(tables))
	at := map[string]*codeRow{}
	for i, t := range tables {
		rows[i].Table = t
		at[t.ID] = &rows[i]
	}
	for _, code := range codes {
		row := at[code.TableID]
		if row == nil || code.VisitID != "" {
			continue
		}
		if err := row.add(code, h.base, now); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// add sorts one of the table's codes in; they come oldest first.
func (r *codeRow) add(code feedback.Code, base *url.URL, now time.Time) (err error) {
	switch {
	case !code.RevokedAt.IsZero():
		r.Revoked = code.RevokedAt
	case code.EndsAt.IsZero():
		r.Code, r.Revoked = code, time.Time{}
		r.Address = code.Printed(base)
		r.Host, r.Short = code.Typed(base)
		last := code.CreatedAt
		if code.ScannedAt.After(last) {
			last = code.ScannedAt
		}
		if days := int(now.Sub(last).Hours() / 24); days >= feedback.UnscannedDays {
			r.Silent = days
		}
		r.Symbol, err = qr.Encode(r.Address)
	case code.Working(now):
		r.Old = append(r.Old, code)
	}
	return err
}

// isLocal says whether an address leads nowhere but to this machine.
func isLocal(base *url.URL) bool {
	host := base.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback() || addr.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// picture answers with one code as a file: /codes/ID.svg or /codes/ID.png.
func (h handler) picture(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	id, kind, _ := strings.Cut(c.Param("file"), ".")
	code, err := r.view.Code(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if err := code.Opens(h.desk.Now()); err != nil {
		return err
	}
	symbol, err := qr.Encode(code.Printed(h.base))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	switch kind {
	case "svg":
		err = symbol.SVG(&b, web.T(c, "owner.codes.picture", "Table", code.TableName))
	case "png":
		size, problem := strconv.Atoi(or(c.QueryParam("size"), "1024"))
		if problem != nil || size < qr.MinPixels || size > qr.MaxPixels {
			return feedback.Problems{"size": "owner.problem.size"}
		}
		err = symbol.PNG(&b, size)
	default:
		return feedback.ErrNotFound
	}
	if err != nil {
		return err
	}
	web.Attach(c, "table-"+code.TableName+"."+kind)
	return c.Blob(http.StatusOK, map[string]string{"svg": "image/svg+xml", "png": "image/png"}[kind], b.Bytes())
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
