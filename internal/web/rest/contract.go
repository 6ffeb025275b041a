package rest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
)

// The contract, and a page to read it on.

func (h handler) specYAML(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", api.Spec())
}

var specJSON = sync.OnceValues(api.SpecJSON)

func (h handler) specJSON(c echo.Context) error {
	text, err := specJSON()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text)
}

//go:embed docs
var docFiles embed.FS

// docsPolicy lets the page load our own files only. The reference draws with
// style attributes, so styles are let be; scripts are not.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"

func (h handler) docs(c echo.Context) error {
	text, err := docFiles.ReadFile("docs/index.html")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", docsPolicy)
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, text)
}

// docKinds are the files that the page loads, with their media types.
var docKinds = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// docsFile serves what the page loads. Large files are stored compressed.
func (h handler) docsFile(c echo.Context) error {
	name, head := c.Param("file"), c.Response().Header()
	kind := docKinds[path.Ext(name)]
	text, packed, err := docFile(name)
	if err != nil || kind == "" {
		return feedback.ErrNotFound
	}
	head.Set(echo.HeaderContentType, kind)
	head.Set("Cache-Control", "no-cache")
	head.Set("Vary", "Accept-Encoding")
	sum := sha256.Sum256(text)
	tag := hex.EncodeToString(sum[:8])
	if packed && strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		head.Set("Content-Encoding", "gzip")
		tag += ".gz"
	} else if packed {
		if text, err = unpack(text); err != nil {
			return err
		}
	}
	head.Set("ETag", `"`+tag+`"`)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(text))
	return nil
}

// docFile reads a file as it is stored.
func docFile(name string) (text []byte, packed bool, err error) {
	if text, err = docFiles.ReadFile("docs/" + name); err == nil {
		return text, false, nil
	}
	text, err = docFiles.ReadFile("docs/" + name + ".gz")
	return text, true, err
}

func unpack(text []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
