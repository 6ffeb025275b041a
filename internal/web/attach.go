package web

import (
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// awaitCookie is set by a page that waits for a file. Browsers keep the page when
// a file comes, and tell it nothing: it looks whether the cookie is gone.
const awaitCookie = "mr_await"

// Attach makes the answer a file that is saved under a name, and says so to a
// page that waits for it.
func Attach(c echo.Context, name string) { file(c, "attachment", name) }

// Inline is the same for a file that browsers show if they can.
func Inline(c echo.Context, name string) { file(c, "inline", name) }

func file(c echo.Context, how, name string) {
	name = strings.NewReplacer("/", "-", "\\", "-").Replace(name)
	c.Response().Header().Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	if _, err := c.Cookie(awaitCookie); err == nil {
		c.SetCookie(&http.Cookie{Name: awaitCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: of(c).secure, SameSite: http.SameSiteStrictMode})
	}
}
