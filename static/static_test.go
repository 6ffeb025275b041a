package static_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"makeright/static"
)

// get asks a handler for a path; headers are names and values in turn.
func get(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	body := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHandler(t *testing.T) {
	h := static.Handler()
	tests := map[string]struct{ name, kind string }{
		"style":    {"makeright.css", "text/css; charset=utf-8"},
		"script":   {"guest.js", "text/javascript; charset=utf-8"},
		"icon":     {"icon.svg", "image/svg+xml"},
		"picture":  {"icon-192.png", "image/png"},
		"manifest": {"manifest.webmanifest", "application/manifest+json"},
	}
	hashed := regexp.MustCompile(`^/static/[a-z0-9-]+\.[0-9a-f]{10}\.[a-z]+$`)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url := static.URL(tt.name)
			if !hashed.MatchString(url) {
				t.Errorf("URL = %q, want a hash in it", url)
			}
			for _, accept := range []string{"", "gzip", "br, gzip;q=0", "deflate, gzip;q=1.0"} {
				res := get(h, "GET", url, "Accept-Encoding", accept)
				if res.StatusCode != 200 || res.Header.Get("Content-Type") != tt.kind {
					t.Errorf("answer = %d %v", res.StatusCode, res.Header)
				}
				if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
					t.Errorf("Cache-Control = %q", got)
				}
				zipped := res.Header.Get("Content-Encoding") == "gzip"
				if zipped && (accept == "" || strings.Contains(accept, "q=0")) {
					t.Errorf("compressed for %q", accept)
				}
				if !zipped && accept == "gzip" && strings.HasPrefix(tt.kind, "text/") {
					t.Error("a text is not compressed")
				}
				if text(t, res) != static.Inline(tt.name) || static.Inline(tt.name) == "" {
					t.Error("the body is not the file")
				}
			}
		})
	}
}

func TestHandler_PlainNames(t *testing.T) {
	h := static.Handler()
	first := get(h, "GET", "/static/icon.svg")
	if first.StatusCode != 200 || first.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("plain name = %d %v", first.StatusCode, first.Header)
	}
	again := get(h, "GET", "/static/icon.svg", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again = %d, want 304", again.StatusCode)
	}
	if res := get(h, "HEAD", "/static/icon.svg"); res.StatusCode != 200 || text(t, res) != "" {
		t.Errorf("HEAD = %d with a body", res.StatusCode)
	}
	if res := get(static.File("guest.js"), "GET", "/sw.js"); res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("at its own address = %d %v", res.StatusCode, res.Header)
	}
	for _, path := range []string{"/static/", "/static/none.css", "/static/static.go", "/static/../static.go", "/static/src/guest.css", "/static/guest.0000000000.css"} {
		if res := get(h, "GET", path); res.StatusCode != 404 {
			t.Errorf("%s = %d, want 404", path, res.StatusCode)
		}
	}
}

func TestDev(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "makeright.min.css"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a{color:red}", "a{color:blue}"} {
		write(want)
		res := get(static.Dev(dir), "GET", static.URL("makeright.css"))
		if got := text(t, res); got != want || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("got %q with %v, want %q from disk", got, res.Header, want)
		}
	}
}

// What is committed is what go generate makes of the sources.
func TestBundlesAreUpToDate(t *testing.T) {
	source, err := os.ReadFile("static.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//go:generate go tool (.*)$`).FindSubmatch(source)
	if line == nil {
		t.Fatal("static.go has no line for go generate")
	}
	dir := t.TempDir()
	args := strings.Fields(strings.ReplaceAll(string(line[1]), "--outdir=.", "--outdir="+dir))
	if out, err := exec.CommandContext(t.Context(), "go", append([]string{"tool"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made, err := os.ReadDir(dir)
	if err != nil || len(made) == 0 {
		t.Fatalf("nothing was made: %v", err)
	}
	for _, f := range made {
		want, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(f.Name())
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not up to date (%v): run go generate ./static", f.Name(), err)
		}
	}
}

// Guest pages carry their style and script: each byte is one more to wait for.
func TestSizes(t *testing.T) {
	for name, most := range map[string]int{"guest.css": 6 << 10, "guest.js": 3 << 10, "makeright.css": 14 << 10} {
		res := get(static.Handler(), "GET", static.URL(name), "Accept-Encoding", "gzip")
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > most {
			t.Errorf("%s is %d bytes compressed, at most %d", name, len(b), most)
		}
		t.Logf("%s: %d bytes", name, len(b))
	}
}

// What the dark look changes is changed back on paper, by rules that come later:
// who reads in the dark prints black on white.
func TestPaperIsLight(t *testing.T) {
	text, err := os.ReadFile("makeright.min.css")
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(--[a-z0-9-]+):`)
	last := map[string]int{}
	paper := map[string]int{}
	for _, m := range regexp.MustCompile(`@media ?(\(prefers-color-scheme: ?dark\)|print)\{((?:[^{}]*\{[^{}]*\})*)\}`).FindAllSubmatchIndex(text, -1) {
		into := last
		if string(text[m[2]:m[3]]) == "print" {
			into = paper
		}
		for _, name := range set.FindAllSubmatch(text[m[4]:m[5]], -1) {
			into[string(name[1])] = m[0]
		}
	}
	if len(last) < 20 {
		t.Fatalf("%d colours are changed in the dark", len(last))
	}
	for name, at := range last {
		if paper[name] < at {
			t.Errorf("%s stays dark on paper", name)
		}
	}
}
