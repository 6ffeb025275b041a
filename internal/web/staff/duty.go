package staff

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// duty lets somebody say that they are on duty, or not any more.
func (h handler) duty(said feedback.Said) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := h.Desk.SayDuty(c.Request().Context(), web.Actor(c), c.Param("venue"), said); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, home(c))
	}
}
