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

// Pages are the pages of one face, ready in every language. A page is a file
// that may call a frame of ours ("guest", "staff", "owner", "gate", "paper")
// and defines its blocks: "title" and "main", and if it likes "head", and what
// else the frame names.
type Pages struct {
	files    fs.FS
	glob     string
	partials []string
	dir      string // where the files lie on disk; empty when nobody knows

	languages map[string]pageSet
}

// pageSet holds the pages of one language by file name.
type pageSet map[string]*template.Template

// MustPages parses the pages that match glob, each with our frames and with
// the face's partials, and panics when one is wrong: they are part of the
// program. Call it once, at start.
func MustPages(files embed.FS, glob string, partials ...string) *Pages {
	p := &Pages{files: files, glob: glob, partials: partials, dir: callerDir()}
	languages, err := p.parse(files, shared)
	if err != nil {
		panic(err)
	}
	p.languages = languages
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

// parse reads the pages and clones them for every language, so that the
// functions that write sentences are bound once and not at each request.
func (p *Pages) parse(files, frames fs.FS) (map[string]pageSet, error) {
	names, err := fs.Glob(files, p.glob)
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("pages %s: none found: %w", p.glob, err)
	}
	base, err := template.New("").Funcs(funcs(i18n.For(i18n.English))).ParseFS(frames, "pages/frame*.html")
	if err != nil {
		return nil, fmt.Errorf("frames: %w", err)
	}
	if len(p.partials) > 0 {
		if base, err = base.ParseFS(files, p.partials...); err != nil {
			return nil, fmt.Errorf("partials: %w", err)
		}
	}
	all := map[string]pageSet{}
	for _, l := range i18n.Languages() {
		all[l.Tag] = pageSet{}
	}
	for _, name := range names {
		if err := addPage(all, base, files, name); err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
	}
	return all, nil
}

func addPage(all map[string]pageSet, base *template.Template, files fs.FS, name string) error {
	clone, err := base.Clone()
	if err != nil {
		return err
	}
	page, err := clone.ParseFS(files, name)
	if err != nil {
		return err
	}
	for tag, set := range all {
		one, err := page.Clone()
		if err != nil {
			return err
		}
		file := path.Base(name)
		if set[file] = one.Funcs(funcs(i18n.For(tag))).Lookup(file); set[file] == nil {
			return fmt.Errorf("no template of this name")
		}
	}
	return nil
}

// Names lists the pages, for tests that draw them all.
func (p *Pages) Names() []string {
	var names []string
	for name := range p.languages[i18n.English] {
		names = append(names, name)
	}
	return names
}

// Render draws a page to memory. An error leaves nothing half-drawn. Faces that
// keep pages call it themselves; all others use [Draw].
func (p *Pages) Render(lang, name string, page any) ([]byte, error) {
	return render(p.languages, lang, name, page)
}

func render(languages map[string]pageSet, lang, name string, page any) ([]byte, error) {
	t := languages[i18n.For(lang).Lang()][name]
	if t == nil {
		return nil, fmt.Errorf("draw %s: no such page", name)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("draw %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// fresh reads the pages from disk, or returns those of the program when the
// sources are not here.
func (p *Pages) fresh() map[string]pageSet {
	_, here, _, _ := runtime.Caller(0)
	own := onDisk(path.Dir(here))
	if p.dir == "" || own == "" {
		return p.languages
	}
	languages, err := p.parse(os.DirFS(p.dir), os.DirFS(own))
	if err != nil {
		return p.languages
	}
	return languages
}

// Draw answers with a page in the reader's language. Nothing is sent before
// the whole page is drawn.
func Draw(c echo.Context, status int, p *Pages, name string, page any) error {
	languages := p.languages
	if of(c).dev {
		languages = p.fresh()
	}
	body, err := render(languages, Lang(c), name, page)
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
	return c.Blob(status, echo.MIMETextHTMLCharsetUTF8, body)
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
