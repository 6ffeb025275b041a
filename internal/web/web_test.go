package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/web"
)

// start is when the tests' clock stands still.
var start = time.Date(2026, 3, 4, 19, 30, 0, 0, time.UTC)

// clock is a time that only moves when a test says so.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// house returns a router as the program makes it, after change had its say.
func house(t *testing.T, change func(*web.Options)) *echo.Echo {
	t.Helper()
	o := web.Options{
		BaseURL: &url.URL{Scheme: "https", Host: "feedback.example"},
		Key:     []byte("0123456789abcdef0123456789abcdef"),
		Limits:  true,
		Log:     slog.New(slog.DiscardHandler),
		Now:     func() time.Time { return start },
	}
	if change != nil {
		change(&o)
	}
	return web.New(o)
}

// visit makes one request; headers are names and values in turn.
func visit(e *echo.Echo, method, target, body string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return serve(e, r)
}

func serve(e *echo.Echo, r *http.Request) *http.Response {
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, r)
	return rec.Result()
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func ok(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

func fails(err error) echo.HandlerFunc { return func(echo.Context) error { return err } }

// T04: nobody chooses their own address by a header.
func TestNew_BelievesListedProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/48")}
	tests := map[string]struct {
		proxies  []netip.Prefix
		remote   string
		forward  string
		ip, want string // want is the scheme
	}{
		"no proxies":           {nil, "192.0.2.1:1", "203.0.113.9", "192.0.2.1", "http"},
		"no proxies, loopback": {nil, "127.0.0.1:1", "203.0.113.9", "127.0.0.1", "http"},
		"not the proxy":        {proxies, "192.0.2.1:1", "203.0.113.9", "192.0.2.1", "http"},
		"private network":      {proxies, "192.168.0.7:1", "203.0.113.9", "192.168.0.7", "http"},
		"loopback":             {proxies, "127.0.0.1:1", "203.0.113.9", "127.0.0.1", "http"},
		"the proxy":            {proxies, "10.1.2.3:1", "203.0.113.9", "203.0.113.9", "https"},
		"the proxy, lied to":   {proxies, "10.1.2.3:1", "198.51.100.1, 203.0.113.9", "203.0.113.9", "https"},
		"two proxies":          {proxies, "10.1.2.3:1", "203.0.113.9, 10.1.0.9", "203.0.113.9", "https"},
		"the proxy, IPv6":      {proxies, "[2001:db8::5]:1", "203.0.113.9", "203.0.113.9", "https"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := house(t, func(o *web.Options) { o.TrustedProxies = tt.proxies })
			var ip, scheme string
			e.GET("/", func(c echo.Context) error { ip, scheme = c.RealIP(), c.Scheme(); return ok(c) })
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.remote
			for name, v := range map[string]string{
				"X-Forwarded-For": tt.forward, "X-Real-IP": "198.51.100.2",
				"Forwarded": "for=198.51.100.3", "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on",
			} {
				r.Header.Set(name, v)
			}
			serve(e, r)
			if ip != tt.ip || scheme != tt.want {
				t.Errorf("address = %s by %s, want %s by %s", ip, scheme, tt.ip, tt.want)
			}
		})
	}
}

func TestNew_AnswersHeadAsGet(t *testing.T) {
	e := house(t, nil)
	method := ""
	e.GET("/page", func(c echo.Context) error {
		method = c.Request().Method
		return c.String(http.StatusOK, "hello")
	})
	e.POST("/page", fails(http.ErrBodyNotAllowed))
	srv := httptest.NewServer(e)
	defer srv.Close()
	for path, code := range map[string]int{"/page": http.StatusOK, "/nowhere": http.StatusNotFound} {
		res, err := http.Head(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body := text(t, res)
		_ = res.Body.Close()
		if res.StatusCode != code || body != "" {
			t.Errorf("HEAD %s = %d with %q, want %d and no body", path, res.StatusCode, body, code)
		}
		if code == http.StatusOK && res.ContentLength != 5 {
			t.Errorf("HEAD %s: length %d, want 5", path, res.ContentLength)
		}
	}
	if method != http.MethodHead {
		t.Errorf("the handler saw %s, want HEAD", method)
	}
}

// T07, T09: what every answer carries.
func TestHeaders(t *testing.T) {
	e := house(t, nil)
	e.GET("/plain", ok)
	e.GET("/app", ok, web.AppHeaders)
	e.GET("/guest", ok, web.GuestHeaders("guest.js"))
	e.GET("/framed", ok, web.FramedBySelf("guest.js"))
	e.GET("/broken", fails(io.ErrUnexpectedEOF), web.AppHeaders)

	for _, path := range []string{"/plain", "/app", "/guest", "/framed", "/broken", "/nowhere", "/api/v1/nowhere"} {
		h := visit(e, "GET", path, "").Header
		for name, want := range map[string]string{
			"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: policy %q lacks %q", path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") || h.Get("Server") != "" {
			t.Errorf("%s: policy %q, server %q", path, policy, h.Get("Server"))
		}
	}
	tests := map[string]struct{ has, lacks string }{
		"/app":    {"script-src 'self'; style-src 'self'; ", "sha256"},
		"/guest":  {"frame-ancestors 'none'; require-trusted-types-for 'script'", "script-src 'self'"},
		"/framed": {"frame-ancestors 'self'", "frame-ancestors 'none'"},
		"/broken": {"script-src 'none'", "script-src 'self'"},
	}
	for path, tt := range tests {
		policy := visit(e, "GET", path, "").Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, tt.has) || strings.Contains(policy, tt.lacks) {
			t.Errorf("%s: policy %q, want %q and not %q", path, policy, tt.has, tt.lacks)
		}
	}
	plain := house(t, func(o *web.Options) { o.BaseURL.Scheme = "http" })
	if h := visit(plain, "GET", "/", "").Header; h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS is sent over plain http")
	}
}

// T07, T11, T35: no token, word or name reaches the log, and each line is one
// line of JSON.
func TestLog_KeepsSecrets(t *testing.T) {
	var b bytes.Buffer
	e := house(t, func(o *web.Options) { o.Log = slog.New(slog.NewJSONHandler(&b, nil)) })
	e.GET("/R/:token", ok)
	e.GET("/panic/:token", func(c echo.Context) error { panic("canary " + c.Param("token")) })
	e.GET("/range/:token", func(c echo.Context) error {
		var none []string
		return c.String(200, none[len(c.Param("token"))])
	})
	e.GET("/busy/:token", fails(io.ErrUnexpectedEOF))
	g := e.Group("/g", web.AppHeaders)
	g.GET("/x/:token", ok)
	for _, path := range []string{"/R/canary", "/R/", "/R/canary/canary", "/panic/canary", "/range/canary", "/busy/canary?q=canary", "/canary", "/g/canary", "/g/x/canary"} {
		visit(e, "GET", path+"?words=canary%0a%0d%22", "", "User-Agent", "canary\x1b", "Referer", "https://canary/")
		visit(e, "POST", path, "words=canary", "Content-Type", "application/x-www-form-urlencoded")
		visit(e, "CANARY", path, "")
	}
	if strings.Contains(strings.ToLower(b.String()), "canary") {
		t.Errorf("the log holds a canary:\n%s", b.String())
	}
	for _, want := range []string{`"route":"/R/:token"`, "TestLog_KeepsSecrets", "index out of range", `"route":"unknown"`, "unexpected EOF"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, `{"time":`) || !strings.HasSuffix(line, "}\n") {
			t.Errorf("not one line of JSON: %q", line)
		}
	}
}

// T28: a site of somebody else's makes no browser write here.
func TestCrossOrigin(t *testing.T) {
	tests := map[string]struct {
		method  string
		headers []string
		code    int
	}{
		"no browser":               {"POST", nil, 204},
		"same origin":              {"POST", []string{"Sec-Fetch-Site", "same-origin"}, 204},
		"typed by the user":        {"POST", []string{"Sec-Fetch-Site", "none"}, 204},
		"cross-site":               {"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"sister site":              {"POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		"cross-site, our Origin":   {"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		"plain http, same":         {"POST", []string{"Origin", "http://10.0.0.5:8080"}, 204},
		"plain http, other":        {"POST", []string{"Origin", "http://evil.example"}, 403},
		"plain http, other port":   {"POST", []string{"Origin", "http://10.0.0.5:9090"}, 403},
		"opaque":                   {"POST", []string{"Origin", "null"}, 403},
		"behind a proxy":           {"POST", []string{"Origin", "https://feedback.example"}, 204},
		"behind a proxy, http":     {"POST", []string{"Origin", "http://feedback.example"}, 403},
		"a key from a page":        {"POST", []string{"Sec-Fetch-Site", "cross-site", "Authorization", "Bearer mr_x"}, 403},
		"put":                      {"PUT", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"patch":                    {"PATCH", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"delete":                   {"DELETE", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a link from another site": {"GET", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 204},
		"head":                     {"HEAD", []string{"Sec-Fetch-Site", "cross-site"}, 204},
		"another name for a method": {
			"POST", []string{"X-HTTP-Method-Override", "GET", "Sec-Fetch-Site", "cross-site"}, 403,
		},
	}
	e := house(t, nil)
	e.Any("/x", ok)
	e.Any("/api/x", ok, web.JSONOnly)
	for name, tt := range tests {
		for _, path := range []string{"http://10.0.0.5:8080/x", "http://10.0.0.5:8080/api/x"} {
			if res := visit(e, tt.method, path, "", tt.headers...); res.StatusCode != tt.code {
				t.Errorf("%s: %s %s = %d, want %d", name, tt.method, path, res.StatusCode, tt.code)
			}
		}
	}
}

func TestJSONOnly(t *testing.T) {
	e := house(t, nil)
	e.Any("/api/x", ok, web.JSONOnly)
	tests := map[string]struct {
		method, kind, body string
		code               int
	}{
		"json":           {"POST", "application/json", "{}", 204},
		"json, charset":  {"POST", "application/json; charset=utf-8", "{}", 204},
		"nothing":        {"POST", "", "", 204},
		"untyped":        {"POST", "", "{}", 415},
		"form":           {"POST", "application/x-www-form-urlencoded", "a=b", 415},
		"plain text":     {"POST", "text/plain", "{}", 415},
		"like json":      {"POST", "application/jsonx", "{}", 415},
		"garbled":        {"PATCH", "application/json;;=", "{}", 415},
		"read with body": {"GET", "text/plain", "x", 204},
	}
	for name, tt := range tests {
		if res := visit(e, tt.method, "/api/x", tt.body, "Content-Type", tt.kind); res.StatusCode != tt.code {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, tt.code)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	e := house(t, nil)
	read := func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		return ok(c)
	}
	form := func(c echo.Context) error {
		if _, err := web.Form(c); err != nil {
			return err
		}
		return ok(c)
	}
	e.POST("/small", read)
	e.POST("/large", read, web.BodyLimit(1<<20))
	e.POST("/form", form)
	g := e.Group("/g", web.BodyLimit(1<<20))
	g.POST("/tiny", read, web.BodyLimit(10))

	type row struct {
		path string
		size int
		code int
	}
	for _, tt := range []row{
		{"/small", web.DefaultBody, 204},
		{"/small", web.DefaultBody + 1, 413},
		{"/large", web.DefaultBody + 1, 204},
		{"/large", 1<<20 + 1, 413},
		{"/form", web.DefaultBody + 1, 413},
		{"/g/tiny", 11, 413},
		{"/g/tiny", 10, 204},
	} {
		body := "a=" + strings.Repeat("x", tt.size-2)
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest("POST", tt.path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if chunked {
				r.ContentLength = -1
			}
			if res := serve(e, r); res.StatusCode != tt.code {
				t.Errorf("%s with %d bytes = %d, want %d", tt.path, tt.size, res.StatusCode, tt.code)
			}
		}
	}
}

func hashSource(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func unzip(t *testing.T, s string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
