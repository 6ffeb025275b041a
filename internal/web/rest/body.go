package rest

import (
	"bytes"
	"encoding/json"
	"errors"
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

// maxNames is how many fields one object may have; none of ours has half of it.
const maxNames = 64

// shape checks what the decoder of encoding/json lets pass: fields that come
// twice, or in another case than ours, and nesting that only costs time. The
// body is known to be valid JSON.
func shape(body []byte) error {
	var names [][]byte // of all objects that are open, the innermost last
	var open []int     // of each level, where its names begin; -1 for a list
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{':
			open = append(open, len(names))
		case '[':
			open = append(open, -1)
		case '}':
			names, open = names[:open[len(open)-1]], open[:len(open)-1]
		case ']':
			open = open[:len(open)-1]
		case '"':
			text := quoted(body[i:])
			i += len(text) - 1
			if rest := bytes.TrimLeft(body[i+1:], " \t\r\n"); len(rest) == 0 || rest[0] != ':' {
				continue // a value: only names are followed by a colon
			}
			var err error
			if names, err = newName(names, open[len(open)-1], text); err != nil {
				return err
			}
		}
		if len(open) > maxDepth {
			return feedback.Problems{"body": "rest.problem.deep"}
		}
	}
	return nil
}

// quoted is the string that valid JSON begins with, in its quotes.
func quoted(body []byte) []byte {
	for i := 1; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return body[:i+1]
		}
	}
	return body
}

// newName adds a field's name, in its quotes, to those of the object that
// begins at from.
func newName(names [][]byte, from int, name []byte) ([][]byte, error) {
	bare := name[1 : len(name)-1]
	if bytes.IndexByte(bare, '\\') >= 0 {
		var text string
		if err := json.Unmarshal(name, &text); err != nil {
			return nil, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		}
		bare = []byte(text)
	}
	for _, seen := range names[from:] {
		if bytes.Equal(seen, bare) {
			return nil, feedback.Problems{field(string(bare)): "rest.problem.twice"}
		}
	}
	if len(names)-from >= maxNames || len(bytes.Trim(bare, "abcdefghijklmnopqrstuvwxyz0123456789_-")) > 0 {
		return nil, feedback.Problems{field(string(bare)): "rest.problem.field"}
	}
	return append(names, bare), nil
}
