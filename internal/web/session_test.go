package web_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

func TestNewToken(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		token := web.NewToken()
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("token %q: repeated, or not Crockford", token)
		}
		seen[token] = true
	}
}

func TestSession_Cookies(t *testing.T) {
	for scheme, prefix := range map[string]string{"https": "__Host-", "http": ""} {
		e := house(t, func(o *web.Options) { o.BaseURL.Scheme = scheme })
		e.POST("/in", func(c echo.Context) error {
			web.SetSession(c, "SECRET", time.Hour)
			web.SetDevice(c, "TABLET")
			return ok(c)
		})
		e.POST("/out", func(c echo.Context) error { web.ClearSession(c); web.ClearDevice(c); return ok(c) })
		for path, wantAge := range map[string]int{"/in": 3600, "/out": -1} {
			cookies := visit(e, "POST", path, "").Cookies()
			if len(cookies) != 2 {
				t.Fatalf("%s %s: %d cookies", scheme, path, len(cookies))
			}
			for i, name := range []string{"mr", "mr_device"} {
				c := cookies[i]
				if c.Name != prefix+name || !c.HttpOnly || c.Secure != (scheme == "https") || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
					t.Errorf("%s %s: cookie %v", scheme, path, c)
				}
			}
			if cookies[0].MaxAge != wantAge {
				t.Errorf("%s %s: age %d, want %d", scheme, path, cookies[0].MaxAge, wantAge)
			}
		}
	}
}

func TestAuthenticate(t *testing.T) {
	boom := errors.New("boom")
	sessions := func(_ context.Context, session, device string) (feedback.Actor, error) {
		switch session {
		case web.Hash("MARIA"):
			return feedback.Actor{Kind: feedback.ByPerson, ID: "maria", Device: device}, nil
		case web.Hash("BROKEN"):
			return feedback.Actor{}, boom
		}
		return feedback.Actor{}, feedback.ErrNotFound
	}
	keys := func(_ context.Context, key string) (feedback.Actor, error) {
		if key == web.Hash("mr_good") {
			return feedback.Actor{Kind: feedback.ByKey, ID: "till"}, nil
		}
		return feedback.Actor{}, feedback.ErrNotFound
	}
	tests := map[string]struct {
		cookie, authorization string
		code                  int
		id                    string
	}{
		"nobody":                    {"", "", 401, ""},
		"a session":                 {"__Host-mr=MARIA", "", 200, "maria"},
		"an ended session":          {"__Host-mr=OLD", "", 401, ""},
		"a session by another name": {"mr=MARIA", "", 401, ""},
		"a broken house":            {"__Host-mr=BROKEN", "", 500, ""},
		"a key":                     {"", "Bearer mr_good", 200, "till"},
		"a key, any case":           {"", "bearer  mr_good ", 200, "till"},
		"a wrong key":               {"", "Bearer mr_bad", 401, ""},
		"a wrong key and a session": {"__Host-mr=MARIA", "Bearer mr_bad", 401, ""},
		"another kind of key":       {"__Host-mr=MARIA", "Basic mr_good", 401, ""},
		"an empty key":              {"__Host-mr=MARIA", "Bearer ", 401, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := house(t, nil)
			g := e.Group("/api", web.Authenticate(sessions, keys), web.SignedIn)
			g.GET("/me", func(c echo.Context) error { return c.String(200, web.Actor(c).ID) })
			headers := []string{"Cookie", tt.cookie}
			if tt.authorization != "" {
				headers = append(headers, "Authorization", tt.authorization)
			}
			res := visit(e, "GET", "/api/me", "", headers...)
			body := text(t, res)
			if res.StatusCode != tt.code || tt.code == 200 && body != tt.id {
				t.Errorf("answer = %d %q, want %d %q", res.StatusCode, body, tt.code, tt.id)
			}
		})
	}
}

func TestRequire(t *testing.T) {
	manager := feedback.Actor{Kind: feedback.ByPerson, Venues: map[string]feedback.Role{"v1": feedback.Manager, "v2": feedback.Staff}}
	owner := feedback.Actor{Kind: feedback.ByPerson, OrgRole: feedback.Owner}
	tests := map[string]struct {
		actor feedback.Actor
		path  string
		code  int
	}{
		"nobody":            {feedback.Actor{}, "/api/venues/v1", 401},
		"manager":           {manager, "/api/venues/v1", 204},
		"staff there":       {manager, "/api/venues/v2", 403},
		"elsewhere":         {manager, "/api/venues/v3", 404},
		"manager of one":    {manager, "/api/all", 204},
		"owner":             {owner, "/api/all", 204},
		"staff of all":      {feedback.Actor{Kind: feedback.ByPerson, OrgRole: feedback.Staff}, "/api/all", 403},
		"a key that admins": {feedback.Actor{Kind: feedback.ByKey, Scope: feedback.ScopeAdmin}, "/api/all", 204},
		"a key that reads":  {feedback.Actor{Kind: feedback.ByKey, Scope: feedback.ScopeRead}, "/api/all", 403},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := house(t, nil)
			sign := func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error { web.SetActor(c, tt.actor); return next(c) }
			}
			e.GET("/api/venues/:venue", ok, sign, web.Require(feedback.Manager))
			e.GET("/api/all", ok, sign, web.Require(feedback.Manager))
			if res := visit(e, "GET", tt.path, ""); res.StatusCode != tt.code {
				t.Errorf("%d, want %d", res.StatusCode, tt.code)
			}
		})
	}
}

// formCookie is the value of the form cookie that an answer sets; empty when
// it sets none.
func formCookie(res *http.Response) string {
	for _, c := range res.Cookies() {
		if c.Name == "mr_form" {
			return c.Value
		}
	}
	return ""
}

func TestForm(t *testing.T) {
	clk := &clock{start}
	e := house(t, func(o *web.Options) { o.Now = clk.now })
	var got web.FormState
	e.GET("/T/:code", func(c echo.Context) error { got = web.OpenForm(c); return ok(c) })
	e.POST("/T/:code", func(c echo.Context) error { got = web.ReadForm(c); return ok(c) })
	e.POST("/sent/:code", func(c echo.Context) error { got = web.ReadForm(c); web.RenewForm(c); return ok(c) })
	cookie := func(v string) []string { return []string{"Cookie", "mr_form=" + v} }

	value := formCookie(visit(e, "GET", "/T/X", ""))
	first := got
	if first.Key == "" || first.Device == "" || !first.Opened.Equal(start) {
		t.Fatalf("opened as %+v", first)
	}
	clk.advance(time.Minute)
	if set := formCookie(visit(e, "GET", "/T/X", "", cookie(value)...)); set != "" || got != first {
		t.Errorf("opened again as %+v and %q, want %+v kept", got, set, first)
	}
	visit(e, "POST", "/T/X", "", cookie(value)...)
	if got != first {
		t.Errorf("posted with %+v, want %+v", got, first)
	}
	renewed := formCookie(visit(e, "POST", "/sent/X", "", cookie(value)...))
	visit(e, "POST", "/T/X", "", cookie(renewed)...)
	if got.Key == first.Key || got.Device != first.Device || !got.Opened.Equal(start.Add(time.Minute)) {
		t.Errorf("after an accepted post: %+v, want another key for device %s", got, first.Device)
	}

	clk.advance(25 * time.Hour)
	for name, v := range map[string]string{
		"too old": renewed, "empty": "", "garbled": "???", "short": value[:20],
		"forged": "A" + value[1:], "signed by others": formCookie(visit(house2(t), "GET", "/T/X", "")),
	} {
		visit(e, "POST", "/T/X", "", cookie(v)...)
		if !got.Opened.IsZero() || got.Device != "" || got.Key == "" || got.Key == first.Key {
			t.Errorf("%s: read as %+v, want a key and nothing else", name, got)
		}
	}
}

// house2 is another installation, with another key, at the time of the end of
// TestForm.
func house2(t *testing.T) *echo.Echo {
	e := house(t, func(o *web.Options) {
		o.Key = []byte("another key of thirty-two bytes!")
		o.Now = func() time.Time { return start.Add(25 * time.Hour) }
	})
	e.GET("/T/:code", func(c echo.Context) error { web.OpenForm(c); return ok(c) })
	return e
}
