package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Picture answers with a JPEG of our own making. Nothing may make anything else
// of it, and only the browser that asked keeps it, for a short while.
func Picture(c echo.Context, jpeg []byte) error {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", "inline; filename=photo.jpg")
	h.Set("Cache-Control", "private, max-age=300")
	return c.Blob(http.StatusOK, "image/jpeg", jpeg)
}
