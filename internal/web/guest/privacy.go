package guest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// privacyPage is all that pages/privacy.html may use.
type privacyPage struct {
	Frame       web.GuestFrame
	ContactDays int
	TextMonths  int
	Usual       bool   // the numbers are nobody's in particular
	Back        string // to the form or the status page; empty for neither
	Contact     bool   // there are contact details to erase there
}

// privacy says what is kept by a venue that has not chosen.
func (h handler) privacy(c echo.Context) error {
	p := privacyFor(feedback.Venue{}, anywhere())
	p.Usual = true
	return web.Draw(c, http.StatusOK, pages, "privacy.html", p)
}

func privacyFor(v feedback.Venue, frame web.GuestFrame) privacyPage {
	frame.Script, frame.Skip = "", ""
	return privacyPage{Frame: frame, ContactDays: v.KeepsContact(), TextMonths: v.KeepsText()}
}

// privacyOfForm says what the venue of a code keeps.
func (h handler) privacyOfForm(c echo.Context) error {
	place, err := h.place(c)
	if err != nil {
		return h.closed(c, place, "", err)
	}
	p := privacyFor(place.venue, place.frame())
	p.Back = "/T/" + place.code.Code
	return web.Draw(c, http.StatusOK, pages, "privacy.html", p)
}

// privacyOfStatus says what the venue of a report keeps, and lets the guest erase
// how to reach them there and then.
func (h handler) privacyOfStatus(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	s, err := h.statusPage(c, guest)
	if err != nil {
		return err
	}
	v, err := h.store.For(guest, guest.Venue).Details(c.Request().Context())
	if err != nil {
		return err
	}
	p := privacyFor(v, s.Frame)
	p.Back, p.Contact = path(c), s.Contact
	return web.Draw(c, http.StatusOK, pages, "privacy.html", p)
}
