package app

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
)

// ServeNothing serves an empty answer, through the router we use and nothing
// else, until ctx is done. Benchmarks compare with it.
func ServeNothing(ctx context.Context, address string) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	context.AfterFunc(ctx, func() { _ = e.Close() })
	if err := e.Start(address); err != nil && err != http.ErrServerClosed {
		return err
	}
	return nil
}
