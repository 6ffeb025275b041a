package guest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// seen takes from the page's script that a message of the team stands where the
// guest can see it.
func (h handler) seen(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	if err := h.desk.Saw(c.Request().Context(), guest, guest.Venue, guest.ID, form.Get("message")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// opened notes what a page shows as seen, when the guest opened it: so it is
// known without a script. The page is shown whether that can be written or not.
func (h handler) opened(c echo.Context, guest feedback.Actor, s story) {
	if id := s.unseen(); id != "" && web.Opened(c) {
		_ = h.desk.Saw(c.Request().Context(), guest, guest.Venue, guest.ID, id)
	}
}

// unseen is the newest message of the team, when the guest has not seen it; else
// empty.
func (s story) unseen() string {
	if n := len(s.messages); n > 0 && !s.report.Withdrawn() {
		for i := n - 1; i >= 0; i-- {
			if m := s.messages[i]; !m.FromGuest {
				if s.report.Saw(m) {
					return ""
				}
				return m.ID
			}
		}
	}
	return ""
}
