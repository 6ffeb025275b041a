package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// FormWithFiles reads a posted form with the files of one field: at most so many, each
// of at most size bytes. A file that is longer, or cut off because the whole body
// is too long, comes as nil: what else was filled in must not be lost with it.
func FormWithFiles(c echo.Context, field string, most int, size int64) (url.Values, [][]byte, error) {
	if mediaType(c.Request()) != echo.MIMEMultipartForm {
		form, err := Form(c)
		return form, nil, err
	}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	form, files, left := url.Values{}, [][]byte(nil), int64(DefaultBody)
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, files, nil
		}
		limit := left
		if err == nil && p.FileName() != "" {
			limit = size
		}
		var body []byte
		if err == nil {
			body, err = io.ReadAll(io.LimitReader(p, limit+1))
		}
		if _, long := errors.AsType[*http.MaxBytesError](err); long && len(form) > 0 {
			return form, append(files, nil), nil
		} else if long {
			return nil, nil, err
		}
		switch {
		case err != nil:
			return nil, nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		case p.FileName() == "":
			if left -= int64(len(body)); left < 0 {
				return nil, nil, ErrTooLarge
			}
			form.Add(p.FormName(), string(body))
		case p.FormName() != field || len(files) == most:
		case int64(len(body)) > size:
			files = append(files, nil)
		case len(body) > 0:
			files = append(files, body)
		}
	}
}
