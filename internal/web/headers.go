package web

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"makeright/static"
)

// appPolicy is what pages of staff and owner may load: our own files and
// nothing that stands inside the page.
const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; " +
	"base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

// securityHeaders gives every answer the strictest headers; a route that needs
// less says so. Referrer-Policy keeps tokens from other sites but, unlike
// no-referrer, lets browsers send an Origin with our own forms.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	// Every answer shares the lists of values: Set puts another in its place, and
	// Add makes a longer one.
	strict := map[string][]string{
		"Content-Security-Policy":      {strictest()},
		"Referrer-Policy":              {"same-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"Permissions-Policy":           {"camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
	}
	transport := []string{"max-age=31536000"}
	return func(c echo.Context) error {
		h := c.Response().Header()
		maps.Copy(h, strict)
		if of(c).secure {
			h["Strict-Transport-Security"] = transport
		}
		return next(c)
	}
}

// AppHeaders is for pages of staff and owner. They may use the camera: codes
// are checked by scanning them.
func AppHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", appPolicy)
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()")
		return next(c)
	}
}

// GuestHeaders is for pages of guests, whose style and one script stand inside
// them: script is its name in static, or "" for a page without.
func GuestHeaders(script string) echo.MiddlewareFunc {
	policy := []string{guestPolicy(script, "none")}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header()["Content-Security-Policy"] = policy
			return next(c)
		}
	}
}

// FramedBySelf lets our own pages show this one in a frame, with script as in
// [GuestHeaders].
func FramedBySelf(script string) echo.MiddlewareFunc {
	policy := guestPolicy(script, "self")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Content-Security-Policy", policy)
			return next(c)
		}
	}
}

// strictest is the policy of answers that are no pages.
var strictest = sync.OnceValue(func() string { return guestPolicy("", "none") })

// guestPolicy allows the one style and the one script by their hashes.
// ancestors is 'none' or 'self', without the quotes.
func guestPolicy(script, ancestors string) string {
	scripts := "'none'"
	if script != "" {
		scripts = sourceHash(script)
	}
	return strings.Join([]string{
		"default-src 'none'", "style-src " + sourceHash(guestStyle), "script-src " + scripts,
		"connect-src 'self'", "form-action 'self'", "frame-src 'self'", "img-src 'self' data:",
		"base-uri 'none'", "object-src 'none'", "frame-ancestors '" + ancestors + "'",
		"require-trusted-types-for 'script'",
	}, "; ")
}

// guestStyle stands inside every guest page.
const guestStyle = "guest.css"

func sourceHash(name string) string {
	sum := sha256.Sum256([]byte(static.Inline(name)))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
