package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

const (
	// maxDepth is how deep a body may be nested; ours need three levels.
	maxDepth = 32
	// maxField bounds how much of a field's name is said back.
	maxField = 64
)

// readAll reads a body, which the kit bounds.
func readAll(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		return body, nil
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, large
	}
	return nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
}

// decode reads JSON into in. What is no JSON object fails with 400; what is
// one but not what we take, with [feedback.Problems].
func decode(body []byte, in any) error {
	if !utf8.Valid(body) {
		return feedback.Problems{"body": "rest.problem.utf8"}
	}
	if !json.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	if err := shape(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return misfit(d.Decode(in))
}

// misfit says which field does not fit.
func misfit(err error) error {
	if err == nil {
		return nil
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return feedback.Problems{field(kind.Field): "rest.problem.kind"}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		return feedback.Problems{field(name): "rest.problem.field"}
	}
	return feedback.Problems{"body": "rest.problem.kind"} // a value that its type refused, such as a time
}

// field is a field's name as it is said back.
func field(name string) string {
	name = feedback.CleanLine(name)
	if name == "" {
		return "body"
	}
	if r := []rune(name); len(r) > maxField {
		name = string(r[:maxField])
	}
	return name
}

// shape checks what the decoder of encoding/json lets pass: fields that come
// twice, or in another case than ours, and nesting that only costs time. The
// body is known to be valid JSON.
func shape(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []map[string]bool // of each level: the names seen; nil for a list
	name := true               // the next string of an object is a name
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("body: %w", echo.NewHTTPError(http.StatusBadRequest).SetInternal(err))
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open, name = append(open, map[string]bool{}), true
			case '[':
				open = append(open, nil)
			default:
				open, name = open[:len(open)-1], true
			}
			if len(open) > maxDepth {
				return feedback.Problems{"body": "rest.problem.deep"}
			}
			continue
		case string:
			if level := open[len(open)-1]; level != nil && name {
				if err := newName(level, t); err != nil {
					return err
				}
				name = false
				continue
			}
		}
		name = true
	}
}

// newName notes a field's name.
func newName(seen map[string]bool, name string) error {
	if seen[name] {
		return feedback.Problems{field(name): "rest.problem.twice"}
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return feedback.Problems{field(name): "rest.problem.field"}
	}
	seen[name] = true
	return nil
}
