package staff

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

const (
	// walkFor is how long a look at a sticker counts for the walk under way.
	walkFor = 12 * time.Hour
	// elsewhere stands for an address that nobody typed: the sticker opened
	// some page that is not ours.
	elsewhere = "://"
)

// walkPage is all that pages/walk.html may use.
type walkPage struct {
	Frame  web.StaffFrame
	Base   string
	Tables []walkTable
	At     *feedback.Table // to look at now; nil when all are done
	Saw    string          // what was scanned, to be checked
	Last   *feedback.Walk  // what was found last
	typed
}

// walkTable is a table and what was found on it, if anything yet.
type walkTable struct {
	feedback.Table
	Verdict feedback.Sticker
}

// walk leads from table to table: staff scan each sticker, and hear whether it
// is the right one.
func (h handler) walk(c echo.Context) error { return h.drawWalk(c, http.StatusOK, nil) }

func (h handler) drawWalk(c echo.Context, status int, ps feedback.Problems) error {
	ctx, at := c.Request().Context(), h.at(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	tables, err := at.Tables(ctx)
	if err != nil {
		return err
	}
	walks, err := at.Walks(ctx, h.Desk.Now().Add(-walkFor))
	if err != nil {
		return err
	}
	page := walkPage{Frame: h.frame(c, venue), Base: home(c), Saw: c.QueryParam("saw"), typed: typed{url.Values{}, ps}}
	found := map[string]feedback.Sticker{}
	for i, w := range walks {
		if i == 0 {
			page.Last = &walks[0]
		}
		if found[w.TableID] == "" {
			found[w.TableID] = w.Verdict
		}
	}
	for _, t := range tables {
		page.Tables = append(page.Tables, walkTable{t, found[t.ID]})
		if t.ID == c.QueryParam("table") || page.At == nil && c.QueryParam("table") == "" && found[t.ID] == "" {
			page.At = &t
		}
	}
	if page.At != nil {
		web.SetWalk(c, venue.ID, page.At.ID)
	}
	return web.Draw(c, status, pages, "walk.html", page)
}

// inspect checks one sticker and goes on to the next table.
func (h handler) inspect(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	text := form.Get("sticker")
	switch form.Get("found") {
	case "elsewhere":
		text = elsewhere
	case "missing":
		text = ""
	default:
		if feedback.CleanLine(text) == "" {
			return h.drawWalk(c, http.StatusUnprocessableEntity, feedback.Problems{"sticker": "problem.code.unknown"})
		}
	}
	_, err = h.Desk.Inspect(c.Request().Context(), web.Actor(c), c.Param("venue"), form.Get("table"), text, h.BaseURL)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/walk")
}
