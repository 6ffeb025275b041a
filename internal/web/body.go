package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// DefaultBody is how long a body may be where nothing else is said.
const DefaultBody = 64 << 10

// BodyLimit bounds the body of a request. On a route it replaces the limit
// that holds everywhere.
func BodyLimit(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			body, ok := c.Get(keyBody).(io.ReadCloser)
			if !ok {
				body = r.Body
				c.Set(keyBody, body)
			}
			if body != nil {
				r.Body = http.MaxBytesReader(c.Response().Writer, body, limit)
			}
			return next(c)
		}
	}
}

// Form reads a posted form. Unlike echo's FormValue it says when the body was
// too large or could not be read. Files of a multipart form are at
// c.Request().MultipartForm.
func Form(c echo.Context) (url.Values, error) {
	r := c.Request()
	var err error
	switch mediaType(r) {
	case echo.MIMEMultipartForm:
		err = r.ParseMultipartForm(DefaultBody)
	case echo.MIMEApplicationForm, "":
		err = r.ParseForm()
	default:
		err = ErrMediaType
	}
	if err == nil {
		return r.PostForm, nil
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large || errors.Is(err, ErrMediaType) {
		return nil, fmt.Errorf("form: %w", err)
	}
	return nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
}

// JSONOnly is for routes of other programs: a body must be JSON. It is also
// what keeps forms of other sites out, which cannot send that type unasked.
func JSONOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !safe(r.Method) && r.ContentLength != 0 && mediaType(r) != echo.MIMEApplicationJSON {
			return ErrMediaType
		}
		return next(c)
	}
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil {
		return ""
	}
	return kind
}

// safe are the methods that change nothing.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
