package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
)

// Files are those behind the fields of a form, which come when they come.
type Files struct {
	parts *multipart.Reader
	next  *multipart.Part
	field string
	most  int
	size  int64
}

// FormThenFiles reads a posted form up to its first file, so that what was filled
// in need not wait for what may take a while. Of the files those of one field
// count: at most so many, each of at most size bytes. What stands behind a file
// is not read, so the field is the last of its form.
func FormThenFiles(c echo.Context, field string, most int, size int64) (url.Values, *Files, error) {
	if mediaType(c.Request()) != echo.MIMEMultipartForm {
		form, err := Form(c)
		form.Del(field) // what a browser makes of a file where there is none
		return form, &Files{}, err
	}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	form, left := url.Values{}, int64(DefaultBody)
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, &Files{}, nil
		}
		if err == nil && p.FileName() != "" {
			return form, &Files{parts, p, field, most, size}, nil
		}
		var body []byte
		if err == nil {
			body, err = io.ReadAll(io.LimitReader(p, left+1))
		}
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return nil, nil, err
		}
		if err != nil {
			return nil, nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		}
		if left -= int64(len(body)); left < 0 {
			return nil, nil, ErrTooLarge
		}
		form.Add(p.FormName(), string(body))
	}
}

// Read reads the files. One that is too long comes as nil; whole is false when
// the body was cut off, by whatever: what had arrived by then is returned.
func (f *Files) Read() (files [][]byte, whole bool) {
	for p := f.next; p != nil; {
		body, err := io.ReadAll(io.LimitReader(p, f.size+1))
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return append(files, nil), true
		}
		if err != nil {
			return files, false
		}
		switch {
		case p.FormName() != f.field || p.FileName() == "" || len(files) == f.most:
		case int64(len(body)) > f.size:
			files = append(files, nil)
		case len(body) > 0:
			files = append(files, body)
		}
		p, err = f.parts.NextPart()
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return append(files, nil), true
		}
		if err != nil {
			return files, errors.Is(err, io.EOF)
		}
	}
	return files, true
}
