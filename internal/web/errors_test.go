package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/web"
)

func TestErrorHandler(t *testing.T) {
	tests := map[string]struct {
		err   error
		code  int
		name  string
		title string // of the page
	}{
		"not found":          {fmt.Errorf("report r1: %w", feedback.ErrNotFound), 404, "not_found", "We couldn’t find this"},
		"gone":               {feedback.ErrGone, 410, "gone", "This visit has ended"},
		"conflict":           {feedback.ErrConflict, 409, "conflict", "Somebody was faster"},
		"held":               {feedback.HeldError{Person: "p1", Name: "Jonas"}, 409, "conflict", "Somebody was faster"},
		"forbidden":          {feedback.ErrForbidden, 403, "forbidden", "This is not yours to open"},
		"problems":           {feedback.Problems{"rating": "problem.rating.missing"}, 422, "invalid", "Something is missing or not right"},
		"invalid":            {feedback.ErrInvalid, 422, "invalid", "Something is missing or not right"},
		"busy":               {feedback.ErrBusy, 503, "busy", "One moment, please"},
		"too slow":           {context.DeadlineExceeded, 503, "busy", "One moment, please"},
		"wait":               {feedback.WaitError{For: 90 * time.Second}, 429, "too_many", "One moment, please"},
		"too large":          {&http.MaxBytesError{Limit: 1}, 413, "too_large", "This is too large"},
		"too large, wrapped": {echo.NewHTTPError(400).SetInternal(&http.MaxBytesError{Limit: 1}), 413, "too_large", "This is too large"},
		"media type":         {web.ErrMediaType, 415, "unsupported_media_type", "We can’t read this kind of file"},
		"router, 405":        {echo.ErrMethodNotAllowed, 405, "method_not_allowed", "This can’t be done here"},
		"router, 418":        {echo.NewHTTPError(http.StatusTeapot), 418, "bad_request", "We couldn’t read this"},
		"router, 500":        {echo.NewHTTPError(500, "secret"), 500, "internal", "Something went wrong on our side"},
		"ours":               {errors.New("secret"), 500, "internal", "Something went wrong on our side"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := house(t, nil)
			e.GET("/page", fails(tt.err))
			e.GET("/api/v1/thing", fails(tt.err))

			res := visit(e, "GET", "/page", "", "Accept-Language", "en")
			body := text(t, res)
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.Find("h1").Text(); res.StatusCode != tt.code || got != tt.title {
				t.Errorf("page = %d %q, want %d %q", res.StatusCode, got, tt.code, tt.title)
			}
			if strings.Contains(body, "secret") {
				t.Errorf("the page shows the error's own text: %s", body)
			}

			res = visit(e, "GET", "/api/v1/thing", "")
			var p web.Problem
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.code || p.Status != tt.code || p.Code != tt.name || p.Title != tt.title || p.Detail == "" {
				t.Errorf("problem = %d %+v, want %d %s", res.StatusCode, p, tt.code, tt.name)
			}
			if kind := res.Header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("type = %q", kind)
			}
		})
	}
}

func TestErrorHandler_SaysMore(t *testing.T) {
	e := house(t, nil)
	e.POST("/api/form", fails(feedback.Problems{"rating": "problem.rating.missing"}))
	e.POST("/form", fails(feedback.Problems{"rating": "problem.rating.missing"}))
	e.POST("/api/take", fails(feedback.HeldError{Person: "p1", Name: "Jonas"}))
	e.POST("/take", fails(feedback.HeldError{Person: "p1", Name: "Jo<nas"}))
	e.POST("/api/wait", fails(feedback.WaitError{For: 1500 * time.Millisecond}))
	e.POST("/busy", fails(feedback.ErrBusy))

	want := `{"type":"urn:makeright:problem:invalid","title":"Etwas fehlt oder stimmt nicht","status":422,` +
		`"detail":"Bitte gehen Sie zurück und prüfen Sie Ihre Angaben.","code":"invalid",` +
		`"problems":{"rating":"` + i18n.For("de").T("problem.rating.missing") + `"}}` + "\n"
	if diff := cmp.Diff(want, text(t, visit(e, "POST", "/api/form", "", "Accept-Language", "de"))); diff != "" {
		t.Errorf("problem (-want +got):\n%s", diff)
	}
	for path, part := range map[string]string{
		"/form":     i18n.For("en").T("problem.rating.missing"),
		"/take":     "Jo&lt;nas has this already.",
		"/api/take": `"taken_by":{"id":"p1","name":"Jonas"}`,
	} {
		if body := text(t, visit(e, "POST", path, "")); !strings.Contains(body, part) {
			t.Errorf("%s lacks %q: %s", path, part, body)
		}
	}
	for path, wait := range map[string]string{"/api/wait": "2", "/busy": "2", "/take": ""} {
		if got := visit(e, "POST", path, "").Header.Get("Retry-After"); got != wait {
			t.Errorf("%s: Retry-After = %q, want %q", path, got, wait)
		}
	}
}

// Who does not wait for the answer is logged as such, and not as our fault; a
// fault of ours is one whoever waits.
func TestErrorHandler_WhoLeft(t *testing.T) {
	tests := map[string]struct {
		err   error
		stays bool
		want  string
	}{
		"left":                    {err: fmt.Errorf("report: %w", context.Canceled), want: "level=INFO 499"},
		"left while it was read":  {err: fmt.Errorf("report: %w", feedback.ErrBusy), want: "level=INFO 499"},
		"left while we wrote":     {err: &net.OpError{Op: "write", Err: errors.New("broken pipe")}, want: "level=INFO 499"},
		"left, not found":         {err: feedback.ErrNotFound, want: "level=INFO 404"},
		"left, and a bug of ours": {err: errors.New("a bug"), want: "level=ERROR level=INFO 500"},
		"busy":                    {err: feedback.ErrBusy, stays: true, want: "level=ERROR level=INFO 503"},
		"ended by ourselves":      {err: context.Canceled, stays: true, want: "level=ERROR level=INFO 500"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			e := house(t, func(o *web.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			e.GET("/page", func(echo.Context) error {
				if !tt.stays {
					leave()
				}
				return tt.err
			})
			res := serve(e, httptest.NewRequestWithContext(ctx, "GET", "/page", nil))
			got := strings.Join(regexp.MustCompile(`level=\w+`).FindAllString(log.String(), -1), " ") + fmt.Sprintf(" %d", res.StatusCode)
			if got != tt.want || !strings.Contains(log.String(), fmt.Sprintf("status=%d", res.StatusCode)) {
				t.Errorf("%s, want %s; the log:\n%s", got, tt.want, &log)
			}
		})
	}
}

// T05: whoever guesses learns nothing from the answer.
func TestErrorHandler_UnknownIsForeign(t *testing.T) {
	e := house(t, nil)
	e.GET("/R/:token", fails(fmt.Errorf("report %s of venue v2: %w", "r7", feedback.ErrNotFound)))
	e.GET("/api/v1/venues/:venue", fails(fmt.Errorf("venue v2: %w", feedback.ErrNotFound)))
	for _, pair := range [][2]string{
		{"/R/FOREIGN", "/nowhere/at/all"},
		{"/R/FOREIGN", "/R/FOREIGN2/more"},
		{"/api/v1/venues/foreign", "/api/v1/unknown"},
	} {
		a, b := visit(e, "GET", pair[0], ""), visit(e, "GET", pair[1], "")
		if a.StatusCode != 404 || b.StatusCode != 404 {
			t.Errorf("%q answer %d and %d, want 404", pair, a.StatusCode, b.StatusCode)
		}
		if diff := cmp.Diff(a.Header, b.Header); diff != "" {
			t.Errorf("%q differ in headers:\n%s", pair, diff)
		}
		if diff := cmp.Diff(text(t, a), text(t, b)); diff != "" {
			t.Errorf("%q differ:\n%s", pair, diff)
		}
	}
}

func TestErrorHandler_SendsToSignIn(t *testing.T) {
	e := house(t, nil)
	for _, path := range []string{"/board", "/api/v1/me"} {
		e.Any(path, ok, web.SignedIn)
	}
	res := visit(e, "GET", "/board?f=1&q=a%26b", "")
	if got := res.Header.Get("Location"); res.StatusCode != 303 || got != "/sign-in?next=%2Fboard%3Ff%3D1%26q%3Da%2526b" {
		t.Errorf("page = %d to %q", res.StatusCode, got)
	}
	for _, tt := range []struct{ method, path, accept string }{
		{"POST", "/board", ""}, {"GET", "/board", "text/event-stream"}, {"GET", "/api/v1/me", ""},
	} {
		if res := visit(e, tt.method, tt.path, "", "Accept", tt.accept); res.StatusCode != 401 {
			t.Errorf("%s %s = %d, want 401", tt.method, tt.path, res.StatusCode)
		}
	}
	res = visit(e, "GET", "/board", "", "HX-Request", "true")
	if res.StatusCode != 401 || res.Header.Get("HX-Redirect") != "/sign-in" {
		t.Errorf("a fragment = %d to %q", res.StatusCode, res.Header.Get("HX-Redirect"))
	}
}

func TestAfterSignIn(t *testing.T) {
	for next, want := range map[string]string{
		"/board?f=1": "/board?f=1", "": "/home", "board": "/home", "//evil.example": "/home", `/\evil.example`: "/home",
		"https://evil.example": "/home", "/\t/evil.example": "/home", "/\n": "/home", "/": "/",
	} {
		r := httptest.NewRequest("GET", "/sign-in", nil)
		q := r.URL.Query()
		q.Set("next", next)
		r.URL.RawQuery = q.Encode()
		c := echo.New().NewContext(r, httptest.NewRecorder())
		if got := web.AfterSignIn(c, "/home"); got != want {
			t.Errorf("AfterSignIn(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestErrorHandler_LeavesStreamsAlone(t *testing.T) {
	e := house(t, nil)
	e.GET("/half", func(c echo.Context) error {
		if err := c.String(http.StatusOK, "half"); err != nil {
			return err
		}
		return errors.New("broke off")
	})
	if body := text(t, visit(e, "GET", "/half", "")); body != "half" {
		t.Errorf("body = %q, want what was sent before", body)
	}
}
