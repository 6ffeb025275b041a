package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// accessLog writes one line for each request. It names the route's pattern and
// never the address itself: addresses hold tokens, and searches hold words.
func accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		k := of(c)
		began := k.now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		k.note(c, began)
		return nil
	}
}

// note writes the line. It does not ask the logger, which would look up where it
// was called. Like other funcs that handlers of streams pass through it is not
// inlined: a stream waits below their frames, and all of its stack is kept.
//
//go:noinline
func (k *kit) note(c echo.Context, began time.Time) {
	ctx := c.Request().Context()
	if !k.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("method", methodName(c.Request().Method)), slog.String("route", route(c)),
		slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size),
		slog.Duration("took", k.now().Sub(began).Round(time.Microsecond)))
	_ = k.log.Handler().Handle(ctx, r) // the logger drops this error too
}

// route is the pattern of the address, such as /T/:code. For an address that
// fits none, echo gives the address itself, which is not for the log.
func route(c echo.Context) string {
	if k := of(c); k.patterns != nil && k.patterns()[c.Path()] {
		return c.Path()
	}
	return "unknown"
}

// patterns collects the patterns of all routes, at the first request.
func patterns(e *echo.Echo) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		all := map[string]bool{}
		for _, r := range e.Routes() {
			all[r.Path] = true
		}
		return all
	})
}

// methodName keeps made-up methods out of the log.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// panicError is a panic on its way to the log: where it happened, and its text
// only if it comes from the runtime. Other texts may hold what guests wrote.
type panicError struct {
	what  string
	stack string
}

func (e panicError) Error() string { return "panic: " + e.what + " at " + e.stack }

// recoverPanic turns a panic into an error, so that one bad request does not
// take the house down.
func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer rescue(&err)
		return next(c)
	}
}

// rescue, when deferred, turns a panic into the error that is returned.
func rescue(err *error) {
	r := recover()
	if r == nil {
		return
	}
	if e, ok := r.(error); ok && errors.Is(e, http.ErrAbortHandler) {
		panic(r) // net/http's own way to cut a connection
	}
	*err = panicError{panicText(r), stack()}
}

func panicText(r any) string {
	if e, ok := r.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", r)
}

// stack names the functions and lines above the panic, without their arguments.
func stack() string {
	pcs := make([]uintptr, 24)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s:%d ", f.Function, f.Line)
		if !more {
			return strings.TrimSpace(b.String())
		}
	}
}
