package guest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// shortCode is the length of a code that is made to be typed.
const shortCode = 8

// landingPage is all that pages/landing.html may use.
type landingPage struct {
	Frame    web.GuestFrame
	Code     string
	Problems feedback.Problems
}

func (h handler) landing(c echo.Context) error {
	return web.Draw(c, http.StatusOK, pages, "landing.html", landingPage{Frame: anywhere()})
}

// typed leads from the typed code to its form. It looks nothing up, so nobody
// learns here which codes there are.
func (h handler) typed(c echo.Context) error {
	in, err := web.Form(c)
	if err != nil {
		return err
	}
	code := feedback.ReadCode(in.Get("code"))
	if len(code) < shortCode {
		page := landingPage{anywhere(), in.Get("code"), feedback.Problems{"code": "problem.code.unknown"}}
		return web.Draw(c, http.StatusUnprocessableEntity, pages, "landing.html", page)
	}
	return c.Redirect(http.StatusSeeOther, "/T/"+code)
}

// short leads from a code that was typed after the host to its form: what is
// printed beside the picture. It looks nothing up either.
func (h handler) short(c echo.Context) error {
	code := feedback.ReadCode(c.Param("short"))
	if len(code) != shortCode {
		return feedback.ErrNotFound
	}
	return c.Redirect(http.StatusSeeOther, "/T/"+code)
}

// anywhere is the frame of a page that belongs to no venue.
func anywhere() web.GuestFrame {
	return web.GuestFrame{Languages: web.Languages(), Privacy: "/privacy"}
}
