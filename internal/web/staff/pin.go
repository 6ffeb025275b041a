package staff

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// pinPage is all that pages/pin.html may use.
type pinPage struct {
	Frame    web.GateFrame
	People   []feedback.Person // who have a PIN
	Who      string
	Problems feedback.Problems
	Wait     time.Duration
}

// Digits are the keys of the pad but 0, which stands alone in the last row.
func (p pinPage) Digits() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9} }

func (h handler) pinForm(c echo.Context) error {
	page, _, err := h.pinPage(c)
	if errors.Is(err, feedback.ErrNotFound) {
		return notPaired(c)
	}
	if err != nil {
		return err
	}
	return web.Draw(c, http.StatusOK, pages, "pin.html", page)
}

// notPaired sends a browser away that is no tablet, or no longer one.
func notPaired(c echo.Context) error {
	if web.DeviceHash(c) != "" {
		web.ClearDevice(c)
	}
	return c.Redirect(http.StatusSeeOther, web.SignIn)
}

func (h handler) pinPage(c echo.Context) (page pinPage, venue string, err error) {
	ctx := c.Request().Context()
	tablet, system, err := h.Desk.Tablet(ctx, web.DeviceHash(c))
	if err != nil {
		return page, "", err
	}
	at := h.Store.For(system, tablet.VenueID)
	details, err := at.Details(ctx)
	if err != nil {
		return page, "", err
	}
	staff, err := at.Staff(ctx)
	for _, p := range staff {
		if p.PinHash != "" {
			page.People = append(page.People, p)
		}
	}
	page.Frame = web.GateFrame{Sub: details.Name + ", " + tablet.Name, Wide: true, Scripts: []string{"pin.js"}}
	return page, tablet.VenueID, err
}

func (h handler) pin(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	page, venue, err := h.pinPage(c)
	if errors.Is(err, feedback.ErrNotFound) {
		return notPaired(c)
	}
	if err != nil {
		return err
	}
	page.Who = form.Get("who")
	fresh, err := h.Desk.SignInByPin(c.Request().Context(), web.DeviceHash(c), page.Who, form.Get("pin"), c.Request().UserAgent())
	if wait, ok := errors.AsType[feedback.WaitError](err); ok {
		page.Wait = wait.For
		return drawWait(c, "pin.html", page, wait)
	}
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		page.Problems = ps
		return web.Draw(c, http.StatusUnprocessableEntity, pages, "pin.html", page)
	}
	if err != nil {
		return err
	}
	if err := h.begin(c, fresh); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/board/"+url.PathEscape(venue))
}

// pairPage is all that pages/pair.html may use.
type pairPage struct {
	Frame    web.StaffFrame
	Base     string
	Name     string
	Problems feedback.Problems
}

func (h handler) pairForm(c echo.Context) error {
	return h.drawPair(c, http.StatusOK, pairPage{})
}

func (h handler) drawPair(c echo.Context, status int, page pairPage) error {
	venue, err := h.at(c).Details(c.Request().Context())
	if err != nil {
		return err
	}
	page.Frame, page.Base = h.frame(c, venue), home(c)
	return web.Draw(c, status, pages, "pair.html", page)
}

// pair makes this browser a shared tablet: the manager who asks is signed out
// of it, and the PIN pad opens.
func (h handler) pair(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	fresh, err := h.Desk.PairDevice(ctx, web.Actor(c), c.Param("venue"), form.Get("name"))
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawPair(c, http.StatusUnprocessableEntity, pairPage{Name: form.Get("name"), Problems: ps})
	}
	if err != nil {
		return err
	}
	if err := h.Desk.SignOut(ctx, web.Actor(c)); err != nil {
		return err
	}
	web.ClearSession(c)
	web.SetDevice(c, fresh.Token)
	return c.Redirect(http.StatusSeeOther, "/pin")
}

// seconds writes a time to wait for Retry-After.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }
