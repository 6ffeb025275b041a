package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"makeright/internal/i18n"
)

//go:embed pages/*.html
var shared embed.FS

// ownPages are the pages that belong to no face.
var ownPages = sync.OnceValue(func() *Pages { return MustPages(shared, "pages/error.html") })

// Pages are the pages of one face, in every language. A page is a file that may
// call a frame of ours ("guest", "staff", "owner", "gate", "paper") and defines
// its blocks: "title" and "main", and if it likes "head", and what else the
// frame names. Each is read when it is first asked for in a language, and kept.
type Pages struct {
	source
	dir string // where the files lie on disk; empty when nobody knows

	ready sync.Map // of pageKey to *template.Template
}

// pageKey names a page in a language.
type pageKey struct{ lang, name string }

// source is where the pages of a face are read from.
type source struct {
	files, frames fs.FS
	glob          string
	partials      []string
	base          func() (*template.Template, error) // frames and partials, read once
}

func newSource(files, frames fs.FS, glob string, partials []string) source {
	s := source{files: files, frames: frames, glob: glob, partials: partials}
	s.base = sync.OnceValues(s.readBase)
	return s
}

// readBase reads what all pages of the face share.
func (s source) readBase() (*template.Template, error) {
	base, err := template.New("").Funcs(funcs(i18n.For(i18n.English))).ParseFS(s.frames, "pages/frame*.html")
	if err != nil {
		return nil, fmt.Errorf("frames: %w", err)
	}
	if len(s.partials) > 0 {
		if base, err = base.ParseFS(s.files, s.partials...); err != nil {
			return nil, fmt.Errorf("partials: %w", err)
		}
	}
	return base, nil
}

// read reads one page and binds the functions that write sentences, so that
// this is not done at each request.
func (s source) read(lang, name string) (*template.Template, error) {
	base, err := s.base()
	if err != nil {
		return nil, err
	}
	page, err := base.Clone()
	if err != nil {
		return nil, err
	}
	if page, err = page.Funcs(funcs(i18n.For(lang))).ParseFS(s.files, path.Join(path.Dir(s.glob), name)); err != nil {
		return nil, err
	}
	return page.Lookup(name), nil
}

// MustPages are the pages that match glob, each with our frames and with the
// face's partials. It panics when there are none: they are part of the program.
func MustPages(files embed.FS, glob string, partials ...string) *Pages {
	p := &Pages{source: newSource(files, shared, glob, partials), dir: callerDir()}
	if len(p.Names()) == 0 {
		panic("no pages match " + glob)
	}
	return p
}

// callerDir is the folder of the source that calls MustPages, for work on
// pages with DEV.
func callerDir() string {
	_, file, _, ok := runtime.Caller(2)
	if !ok {
		return ""
	}
	return onDisk(path.Dir(file))
}

// onDisk turns a folder as the compiler knows it into one that exists here. A
// program built with -trimpath knows it from the module's root.
func onDisk(dir string) string {
	dir = strings.TrimPrefix(dir, "makeright/")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return filepath.FromSlash(dir)
}

// Names lists the pages.
func (p *Pages) Names() []string {
	files, _ := fs.Glob(p.files, p.glob) // only a wrong glob fails, and finds nothing
	for i, f := range files {
		files[i] = path.Base(f)
	}
	return files
}

// Check reads every page in every language and returns what is wrong with the
// first that cannot be read. Tests call it.
func (p *Pages) Check() error {
	for _, name := range p.Names() {
		for _, l := range i18n.Languages() {
			if _, err := p.read(l.Tag, name); err != nil {
				return fmt.Errorf("page %s in %s: %w", name, l.Tag, err)
			}
		}
	}
	return nil
}

// template returns a page that is ready to be drawn.
func (p *Pages) template(lang, name string) (*template.Template, error) {
	key := pageKey{i18n.For(lang).Lang(), name}
	if t, ok := p.ready.Load(key); ok {
		return t.(*template.Template), nil
	}
	t, err := p.read(key.lang, name)
	if err != nil {
		return nil, err
	}
	p.ready.Store(key, t)
	return t, nil
}

// Render draws a page to memory. An error leaves nothing half-drawn. Faces that
// keep pages call it themselves; all others use [Draw].
func (p *Pages) Render(lang, name string, page any) ([]byte, error) {
	t, err := p.template(lang, name)
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", name, err)
	}
	return execute(t, page)
}

func execute(t *template.Template, page any) ([]byte, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("draw %s: %w", t.Name(), err)
	}
	return b.Bytes(), nil
}

// fresh draws a page as it is on disk, or as it is in the program when the
// sources are not here.
func (p *Pages) fresh(lang, name string, page any) ([]byte, error) {
	_, here, _, _ := runtime.Caller(0)
	own := onDisk(path.Dir(here))
	if p.dir == "" || own == "" {
		return p.Render(lang, name, page)
	}
	t, err := newSource(os.DirFS(p.dir), os.DirFS(own), p.glob, p.partials).read(i18n.For(lang).Lang(), name)
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", name, err)
	}
	return execute(t, page)
}

// Draw answers with a page in the reader's language. Nothing is sent before
// the whole page is drawn.
func Draw(c echo.Context, status int, p *Pages, name string, page any) error {
	draw := p.Render
	if of(c).dev {
		draw = p.fresh
	}
	body, err := draw(Lang(c), name, page)
	if err != nil {
		return err
	}
	return Write(c, status, body)
}

// Write answers with a page that is drawn already.
func Write(c echo.Context, status int, body []byte) error {
	h := c.Response().Header()
	h.Set("Content-Language", Lang(c))
	h.Add("Vary", "Accept-Language")
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= worthwhile && AcceptsGzip(c.Request()) {
		small, err := Gzip(body)
		if err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = small
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return Whole(c, status, echo.MIMETextHTMLCharsetUTF8, body)
}

// worthwhile is the length from which compressing saves a packet.
const worthwhile = 1200

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// Gzip compresses a page.
func Gzip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, _ := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	if _, err := z.Write(body); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return b.Bytes(), nil
}

// AcceptsGzip says whether the browser takes compressed answers.
func AcceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if coding == "gzip" {
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q, "q=0.") != ""
		}
	}
	return false
}
