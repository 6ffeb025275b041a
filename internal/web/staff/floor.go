package staff

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/store"
	"makeright/internal/web"
)

// newPage is all that pages/new.html may use.
type newPage struct {
	Frame  web.StaffFrame
	Base   string
	Key    string
	Tables []feedback.Table
	Langs  []string
	typed
}

// Ratings are the five faces.
func (p newPage) Ratings() []int { return []int{1, 2, 3, 4, 5} }

// Causes are what a report can be about.
func (p newPage) Causes() []string { return feedback.Causes }

// Handlings are what the guest may want. What staff write down they know already:
// it is not kept back.
func (p newPage) Handlings() []string {
	return slices.DeleteFunc(slices.Clone(feedback.Handlings), func(h string) bool { return h == feedback.ManagerLater })
}

// newForm is where a spoken complaint is written down.
func (h handler) newForm(c echo.Context) error {
	return h.drawNew(c, http.StatusOK, url.Values{"table": {c.QueryParam("table")}, "language": {web.Lang(c)}}, nil)
}

func (h handler) drawNew(c echo.Context, status int, in url.Values, ps feedback.Problems) error {
	ctx, at := c.Request().Context(), h.at(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	page := newPage{Frame: h.frame(c, venue), Base: home(c), Key: web.NewToken(), Langs: web.Languages(), typed: typed{in, ps}}
	if page.Tables, err = at.Tables(ctx); err != nil {
		return err
	}
	return web.Draw(c, status, pages, "new.html", page)
}

// write writes down what a guest said aloud.
func (h handler) write(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	rating, _ := strconv.Atoi(form.Get("rating")) // 0 when none was chosen, which is a problem of its own
	in := desk.NewReport{
		Rating: rating, Causes: form["causes"], Words: form.Get("words"), Handling: form.Get("handling"),
		Language: form.Get("language"),
		Contact:  feedback.Contact{Name: form.Get("name"), Phone: form.Get("phone"), Email: form.Get("email")},
	}
	if in.Handling != feedback.ContactLater {
		in.Contact = feedback.Contact{}
	}
	id, err := h.Desk.WriteDown(c.Request().Context(), web.Once(c, form), c.Param("venue"), form.Get("table"), in)
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawNew(c, http.StatusUnprocessableEntity, form, ps)
	}
	if err != nil {
		return err
	}
	if _, err := h.at(c).Report(c.Request().Context(), id); errors.Is(err, feedback.ErrNotFound) {
		// It is for managers only: who wrote it down does not see it again.
		if scripted(c) {
			return c.JSON(http.StatusOK, notice{Say: web.T(c, "staff.for_manager")})
		}
		return c.Redirect(http.StatusSeeOther, home(c))
	}
	return h.answer(c, didWrite, id, nil)
}

// visitsPage is all that pages/visits.html may use.
type visitsPage struct {
	Frame  web.StaffFrame
	Base   string
	Venue  feedback.Venue
	Tables []feedback.Table
	Visits []visitView
	typed
}

// visitView is one party that is here.
type visitView struct {
	feedback.Visit
	Code   feedback.Code
	Symbol qr.Symbol
	Fresh  bool // opened just now
}

// visits are the parties that are here. The address may choose the table of the form.
func (h handler) visits(c echo.Context) error {
	return h.drawVisits(c, http.StatusOK, url.Values{"table": {c.QueryParam("table")}}, nil)
}

func (h handler) drawVisits(c echo.Context, status int, in url.Values, ps feedback.Problems) error {
	ctx, at := c.Request().Context(), h.at(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	page := visitsPage{Frame: h.frame(c, venue), Base: home(c), Venue: venue, typed: typed{in, ps}}
	if page.Tables, err = at.Tables(ctx); err != nil {
		return err
	}
	if page.Visits, err = h.parties(c, at); err != nil {
		return err
	}
	return web.Draw(c, status, pages, "visits.html", page)
}

// parties are the open visits, each with its code.
func (h handler) parties(c echo.Context, at store.View) ([]visitView, error) {
	ctx, now := c.Request().Context(), h.Desk.Now()
	open, err := at.OpenVisits(ctx, now)
	if err != nil {
		return nil, err
	}
	codes, err := at.Codes(ctx, now)
	if err != nil {
		return nil, err
	}
	byVisit := map[string]feedback.Code{}
	for _, code := range codes {
		byVisit[code.VisitID] = code
	}
	var out []visitView
	for _, v := range open {
		view := visitView{Visit: v, Code: byVisit[v.ID], Fresh: v.ID == c.QueryParam("opened")}
		if view.Code.ID != "" {
			if view.Symbol, err = qr.Encode(view.Code.Printed(h.BaseURL)); err != nil {
				return nil, err
			}
		}
		out = append(out, view)
	}
	return out, nil
}

func (h handler) openVisit(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	covers, err := strconv.Atoi(form.Get("covers"))
	if form.Get("covers") != "" && err != nil {
		return h.drawVisits(c, http.StatusUnprocessableEntity, form, feedback.Problems{"covers": "problem.covers.range"})
	}
	id, _, err := h.Desk.OpenVisit(c.Request().Context(), web.Once(c, form), c.Param("venue"), desk.NewVisit{
		Table: form.Get("table"), Check: form.Get("check"), Server: form.Get("server"), Covers: covers,
		Test: form.Get("test") != "",
	})
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawVisits(c, http.StatusUnprocessableEntity, form, ps)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/visits?opened="+url.QueryEscape(id))
}

// markVisit notes how far a party is, so that its guests are asked.
func (h handler) markVisit(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	err = h.Desk.Mark(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("visit"), form.Get("moment"))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/visits")
}

func (h handler) closeVisit(c echo.Context) error {
	err := h.Desk.CloseVisit(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("visit"))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/visits")
}
