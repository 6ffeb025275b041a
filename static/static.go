// Package static holds what browsers load besides pages: styles, scripts,
// icons. Everything is inside the program, compressed once, and served under a
// name with its own hash, so that browsers keep it for ever.
//
// What people edit is in src; the *.min.* files beside this one are made from
// it by go generate and are committed.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

//go:generate go tool esbuild src/*.css src/*.js --bundle --minify --charset=utf8 --outdir=. --entry-names=[name].min --log-level=warning

//go:embed *.min.css *.min.js *.svg *.png *.webmanifest
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

// file is one file as it is served.
type file struct {
	name   string // as written in pages: makeright.css
	hashed string // makeright.0a1b2c3d4e.css
	kind   string // media type
	text   []byte
	gzip   []byte // nil when compressing does not help
}

// kinds are the media types of what we have; the machine's own table is not
// asked, because it differs from machine to machine.
var kinds = map[string]string{
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".webmanifest": "application/manifest+json",
}

// shelf finds files by both of their names.
type shelf map[string]file

// loaded panics on a file that cannot be read: they are part of the program.
var loaded = sync.OnceValue(func() shelf {
	s, err := load(files)
	if err != nil {
		panic(err)
	}
	return s
})

func load(fsys fs.FS) (shelf, error) {
	s := shelf{}
	names, err := fs.Glob(fsys, "*.*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if kinds[path.Ext(name)] == "" {
			continue
		}
		f := newFile(strings.Replace(name, ".min.", ".", 1), text)
		s[f.name], s[f.hashed] = f, f
	}
	return s, nil
}

func newFile(name string, text []byte) file {
	sum := sha256.Sum256(text)
	ext := path.Ext(name)
	f := file{
		name:   name,
		hashed: strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
		kind:   kinds[ext],
		text:   text,
	}
	if small := squeeze(text); len(small) < len(text) {
		f.gzip = small
	}
	return f
}

func squeeze(text []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(text)                                  // a Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// Has says whether there is a file of this name.
func Has(name string) bool {
	_, ok := loaded()[name]
	return ok
}

// URL is the address of a file, with its hash in the name. An unknown name
// gets an address that answers 404; see [Has].
func URL(name string) string {
	if f, ok := loaded()[name]; ok {
		return Prefix + f.hashed
	}
	return Prefix + name
}

// Inline is the text of a style or script, to stand inside a page; empty when
// there is no such file.
func Inline(name string) string { return string(loaded()[name].text) }

// Handler serves everything under [Prefix]. Under its hashed name a file may
// be kept for a year; under its plain name it is asked for again each time.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, loaded(), strings.TrimPrefix(r.URL.Path, Prefix))
	})
}

// Dev is Handler for work on styles and scripts: it reads dir at each request
// and lets browsers keep nothing.
func Dev(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := plain(strings.TrimPrefix(r.URL.Path, Prefix))
		fresh, err := load(os.DirFS(dir))
		if err != nil {
			fresh = loaded()
		}
		serve(w, r, fresh, name)
	})
}

// plain takes the hash out of a name.
func plain(name string) string {
	if f, ok := loaded()[name]; ok {
		return f.name
	}
	return name
}

// File serves one file at an address of its own, such as /sw.js, under which
// browsers ask for it again each time.
func File(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, loaded(), plain(name))
	})
}

func serve(w http.ResponseWriter, r *http.Request, from shelf, name string) {
	f, ok := from[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if name == f.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	tag, text := f.hashed, f.text
	if f.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		tag, text = tag+".gz", f.gzip
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" is a no.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if coding == "gzip" {
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q, "q=0.") != ""
		}
	}
	return false
}
