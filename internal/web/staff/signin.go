package staff

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// signInPage is all that pages/sign_in.html may use.
type signInPage struct {
	Frame    web.GateFrame
	Next     string
	Email    string
	Problems feedback.Problems
	Wait     time.Duration
	Tablet   bool // this browser is a paired tablet, so there is a PIN pad
}

func (h handler) signInForm(c echo.Context) error {
	return web.Draw(c, http.StatusOK, pages, "sign_in.html", signInPage{
		Next: web.AfterSignIn(c, ""), Tablet: web.DeviceHash(c) != "",
	})
}

func (h handler) signIn(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	fresh, err := h.Desk.SignIn(c.Request().Context(), form.Get("email"), form.Get("password"), c.Request().UserAgent())
	page := signInPage{Next: web.AfterSignIn(c, ""), Email: form.Get("email"), Tablet: web.DeviceHash(c) != ""}
	if wait, ok := errors.AsType[feedback.WaitError](err); ok {
		page.Wait = wait.For
		return drawWait(c, "sign_in.html", page, wait)
	}
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		page.Problems = ps
		return web.Draw(c, http.StatusUnprocessableEntity, pages, "sign_in.html", page)
	}
	if err != nil {
		return err
	}
	if err := h.begin(c, fresh); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, web.AfterSignIn(c, "/board"))
}

// drawWait answers with a page that says how long to wait.
func drawWait(c echo.Context, name string, page any, wait feedback.WaitError) error {
	c.Response().Header().Set("Retry-After", seconds(wait.For))
	return web.Draw(c, http.StatusTooManyRequests, pages, name, page)
}

// begin gives the browser its new session and ends the one it came with, so
// that a token somebody planted or saw before opens nothing afterwards.
func (h handler) begin(c echo.Context, fresh desk.Fresh) error {
	if who := web.Actor(c); who.Kind == feedback.ByPerson {
		if err := h.Desk.SignOut(c.Request().Context(), who); err != nil {
			return err
		}
	}
	web.SetSession(c, fresh.Token, fresh.Expires.Sub(h.Desk.Now()))
	return nil
}

// signOut ends the session. A paired tablet goes back to its PIN pad.
func (h handler) signOut(c echo.Context) error {
	if who := web.Actor(c); who.Kind == feedback.ByPerson {
		if err := h.Desk.SignOut(c.Request().Context(), who); err != nil {
			return err
		}
	}
	web.ClearSession(c)
	if web.DeviceHash(c) != "" {
		return c.Redirect(http.StatusSeeOther, "/pin")
	}
	return c.Redirect(http.StatusSeeOther, web.SignIn)
}

// enter signs in by a link, which only a demo has.
func (h handler) enter(c echo.Context) error {
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusNoContent) // a preview signs nobody in
	}
	ctx := c.Request().Context()
	fresh, venue, err := h.Desk.Enter(ctx, c.Param("token"), c.Request().UserAgent())
	if err != nil {
		return err
	}
	who, err := h.Desk.Session(ctx, web.Hash(fresh.Token))
	if err != nil {
		return err
	}
	if err := h.begin(c, fresh); err != nil {
		return err
	}
	to := "/board/"
	if who.OrgRole == feedback.Owner {
		to = "/owner/"
	}
	return c.Redirect(http.StatusSeeOther, to+url.PathEscape(venue))
}
