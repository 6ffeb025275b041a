package web

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// crossOrigin refuses what another site makes a browser send. Browsers say
// where a request comes from: with Sec-Fetch-Site where the address is https
// or localhost, and with Origin everywhere, which covers plain http in a
// restaurant's own network. A request with neither comes from no browser.
func crossOrigin(base *url.URL) echo.MiddlewareFunc {
	guard := http.NewCrossOriginProtection()
	// A proxy in front of us may change Host; the address we print in codes is
	// ours in any case. It was checked when the settings were read.
	_ = guard.AddTrustedOrigin(base.Scheme + "://" + base.Host)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := guard.Check(c.Request()); err != nil {
				return fmt.Errorf("%w: %w", feedback.ErrForbidden, err)
			}
			return next(c)
		}
	}
}
