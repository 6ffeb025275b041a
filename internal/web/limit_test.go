package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/web"
)

func TestLimiter(t *testing.T) {
	clk := &clock{start}
	l := web.NewLimiter(clk.now, 3)
	rate := web.Rate{Burst: 2, Every: time.Minute}
	steps := []struct {
		after time.Duration
		key   string
		want  time.Duration
	}{
		{0, "a", 0},
		{0, "a", 0},
		{0, "a", time.Minute},
		{0, "b", 0},
		{20 * time.Second, "a", 40 * time.Second},
		{40 * time.Second, "a", 0},
		{0, "a", time.Minute},
		{time.Hour, "a", 0},
		{0, "a", 0},
		{0, "a", time.Minute},
		{-time.Hour, "a", time.Minute}, // a clock that is set back gives nothing away
	}
	for i, s := range steps {
		clk.advance(s.after)
		if got := l.Take(s.key, rate); got.Round(time.Millisecond) != s.want {
			t.Errorf("step %d: wait %s, want %s", i, got, s.want)
		}
	}
	for i := range 10_000 {
		l.Take(strconv.Itoa(i), rate)
	}
	if l.Len() != 3 {
		t.Errorf("remembers %d keys, want 3", l.Len())
	}
}

// limited is a router with one route that refuses after 3 and one that marks.
func limited(t *testing.T, change func(*web.Options)) (e *echo.Echo, marked *int) {
	t.Helper()
	e, marked = house(t, change), new(int)
	few := web.Rate{Burst: 3, Every: time.Minute}
	e.GET("/T/:code", func(c echo.Context) error { web.OpenForm(c); return ok(c) })
	e.POST("/T/:code", func(c echo.Context) error {
		if web.Marked(c) {
			*marked++
		}
		return ok(c)
	}, web.Mark("report", few))
	e.POST("/R/:token/call", ok, web.Limit("call", few))
	e.POST("/sign-in", func(c echo.Context) error {
		if err := web.Allow(c, "ines@example.com", few); err != nil {
			return err
		}
		return ok(c)
	})
	return e, marked
}

// from makes a request from an address.
func from(e *echo.Echo, remote, path string, headers ...string) *http.Response {
	r := httptest.NewRequest("POST", path, nil)
	r.RemoteAddr = remote
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return serve(e, r)
}

func TestLimit(t *testing.T) {
	e, _ := limited(t, nil)
	for i := range 5 {
		want, wait := 204, ""
		if i >= 3 {
			want, wait = 429, "60"
		}
		for _, path := range []string{"/R/ABC/call", "/sign-in"} {
			res := from(e, "192.0.2.1:1", path)
			if res.StatusCode != want || res.Header.Get("Retry-After") != wait {
				t.Errorf("try %d of %s = %d, wait %q", i, path, res.StatusCode, res.Header.Get("Retry-After"))
			}
		}
	}
	tests := map[string]struct {
		remote, path string
		want         int
	}{
		"another token":   {"192.0.2.1:1", "/R/DEF/call", 204},
		"another address": {"192.0.2.2:1", "/R/ABC/call", 204},
		"the same again":  {"192.0.2.1:9", "/R/ABC/call", 429},
		"an own key":      {"203.0.113.1:1", "/sign-in", 429},
	}
	for name, tt := range tests {
		if res := from(e, tt.remote, tt.path); res.StatusCode != tt.want {
			t.Errorf("%s = %d, want %d", name, res.StatusCode, tt.want)
		}
	}
}

// T04: headers do not help; the limit trips at the same count.
func TestLimit_SpoofedAddresses(t *testing.T) {
	e, _ := limited(t, nil)
	passed := 0
	for i := range 1000 {
		ip := fmt.Sprintf("203.0.%d.%d", i/250, i%250)
		if from(e, "192.0.2.1:1", "/R/ABC/call", "X-Forwarded-For", ip, "X-Real-IP", ip, "Forwarded", "for="+ip,
			"Cookie", "mr_form=made-up-"+ip).StatusCode == 204 {
			passed++
		}
	}
	if passed != 3 {
		t.Errorf("%d passed, want 3", passed)
	}
}

func TestLimit_CountsNetworksOfIPv6(t *testing.T) {
	e, _ := limited(t, nil)
	passed := 0
	for i := range 100 {
		if from(e, fmt.Sprintf("[2001:db8:1:2::%x]:1", i), "/R/ABC/call").StatusCode == 204 {
			passed++
		}
	}
	if passed != 3 {
		t.Errorf("%d of one network passed, want 3", passed)
	}
	if res := from(e, "[2001:db8:1:3::1]:1", "/R/ABC/call"); res.StatusCode != 204 {
		t.Errorf("the network next door = %d, want 204", res.StatusCode)
	}
}

// T03: a full restaurant shares one address. Each guest opens the form and
// sends one report within a minute, ten at each table; none is refused or marked.
func TestMark_FullRestaurant(t *testing.T) {
	clk := &clock{start}
	e, marked := limited(t, func(o *web.Options) { o.Now = clk.now })
	for i := range 500 {
		clk.advance(60 * time.Second / 500)
		path := fmt.Sprintf("/T/TABLE%d", i/10)
		r := httptest.NewRequest("GET", path, nil)
		cookie := formCookie(serve(e, r))
		if res := from(e, "192.0.2.1:1", path, "Cookie", "mr_form="+cookie); res.StatusCode != 204 {
			t.Fatalf("guest %d = %d", i, res.StatusCode)
		}
	}
	if *marked != 0 {
		t.Errorf("%d guests marked, want none", *marked)
	}
}

func TestMark_NeverRefuses(t *testing.T) {
	e, marked := limited(t, nil)
	for i := range 10_000 {
		if res := from(e, "192.0.2.1:1", "/T/TABLE"); res.StatusCode != 204 {
			t.Fatalf("report %d = %d, want it kept", i, res.StatusCode)
		}
	}
	if *marked != 10_000-3 {
		t.Errorf("%d marked, want all but 3", *marked)
	}
}

// One machine that makes up a table for each report meets the coarse gate.
func TestMark_OneAddress(t *testing.T) {
	e, marked := limited(t, nil)
	for i := range web.FromOneAddress.Burst + 100 {
		from(e, "192.0.2.1:1", fmt.Sprintf("/T/TABLE%d", i))
	}
	if *marked != 100 {
		t.Errorf("%d marked, want 100", *marked)
	}
}

func TestLimits_Off(t *testing.T) {
	e, marked := limited(t, func(o *web.Options) { o.Limits = false })
	for range 100 {
		for _, path := range []string{"/T/X", "/R/ABC/call", "/sign-in"} {
			if res := from(e, "192.0.2.1:1", path); res.StatusCode != 204 || *marked != 0 {
				t.Fatalf("%s = %d, %d marked", path, res.StatusCode, *marked)
			}
		}
	}
}
