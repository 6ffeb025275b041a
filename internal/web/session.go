package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// NewToken returns 128 random bits as 26 letters and digits (Crockford base32).
func NewToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails; the program ends when there is no randomness
	return feedback.Crockford(b[:])
}

// Hash is how tokens are kept: SHA-256, in hex. The tokens are random, so that
// nothing slower is needed.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// sessionName and deviceName are the cookies' names. With https, browsers hold
// the prefix __Host- to its promise: ours alone, for the whole site, secure.
func (k *kit) sessionName() string {
	if k.secure {
		return "__Host-mr"
	}
	return "mr"
}

func (k *kit) deviceName() string {
	if k.secure {
		return "__Host-mr_device"
	}
	return "mr_device"
}

// SetSession gives the browser a session for at most age.
func SetSession(c echo.Context, token string, age time.Duration) {
	c.SetCookie(of(c).cookie(of(c).sessionName(), token, age))
}

// ClearSession takes the session from the browser.
func ClearSession(c echo.Context) { c.SetCookie(of(c).cookie(of(c).sessionName(), "", -time.Second)) }

// SetDevice makes the browser a paired tablet.
func SetDevice(c echo.Context, token string) {
	c.SetCookie(of(c).cookie(of(c).deviceName(), token, feedback.DeviceMax))
}

// ClearDevice makes it an ordinary browser again.
func ClearDevice(c echo.Context) { c.SetCookie(of(c).cookie(of(c).deviceName(), "", -time.Second)) }

func (k *kit) cookie(name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode,
	}
}

// SessionHash and DeviceHash are the hashes of the tokens the browser sent;
// empty when it sent none.
func SessionHash(c echo.Context) string { return cookieHash(c, of(c).sessionName()) }

// DeviceHash is the hash of the paired tablet's token; empty for other browsers.
func DeviceHash(c echo.Context) string { return cookieHash(c, of(c).deviceName()) }

func cookieHash(c echo.Context, name string) string {
	cookie, err := c.Cookie(name)
	if err != nil || cookie.Value == "" {
		return ""
	}
	return Hash(cookie.Value)
}

// BySession finds who a session belongs to. It fails with
// [feedback.ErrUnauthorised] or [feedback.ErrNotFound] when it is nobody's.
type BySession func(ctx context.Context, session, device string) (feedback.Actor, error)

// ByKey is the same for a key.
type ByKey func(ctx context.Context, key string) (feedback.Actor, error)

// Authenticate finds out who asks: a program by its key, or a person by the
// browser's session. Nobody is fine too, until [SignedIn]. A key that opens
// nothing is refused at once, so that its owner finds out.
func Authenticate(sessions BySession, keys ByKey) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := recognise(c, sessions, keys); err != nil {
				return err
			}
			return next(c)
		}
	}
}

//go:noinline
func recognise(c echo.Context, sessions BySession, keys ByKey) error {
	actor, err := who(c, sessions, keys)
	if err == nil {
		c.Set(keyActor, actor)
	}
	return err
}

func who(c echo.Context, sessions BySession, keys ByKey) (feedback.Actor, error) {
	ctx := c.Request().Context()
	if token, ok := bearer(c.Request()); ok {
		actor, err := keys(ctx, Hash(token))
		if errors.Is(err, feedback.ErrNotFound) {
			err = feedback.ErrUnauthorised
		}
		return actor, err
	}
	session := SessionHash(c)
	if session == "" {
		return feedback.Actor{}, nil
	}
	actor, err := sessions(ctx, session, DeviceHash(c))
	if errors.Is(err, feedback.ErrNotFound) || errors.Is(err, feedback.ErrUnauthorised) {
		return feedback.Actor{}, nil
	}
	return actor, err
}

// bearer is the key of a request. Any other kind of Authorization is a key
// that opens nothing, not a reason to look for a cookie.
func bearer(r *http.Request) (string, bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	kind, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(kind, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// Actor is who asks; nobody, as the zero value, when nobody is signed in.
func Actor(c echo.Context) feedback.Actor {
	actor, _ := c.Get(keyActor).(feedback.Actor)
	return actor
}

// SetActor makes actor the one who asks, for the rest of the request.
func SetActor(c echo.Context, actor feedback.Actor) { c.Set(keyActor, actor) }

// SignedIn lets only people and programs pass that we know.
func SignedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !signedIn(c) {
			return feedback.ErrUnauthorised
		}
		return next(c)
	}
}

//go:noinline
func signedIn(c echo.Context) bool { return Actor(c).Kind != "" }

// Require lets only those pass who have at least this role in the venue that
// the route names as :venue, or, where it names none, anywhere. A venue out of
// reach is not found.
func Require(role feedback.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return SignedIn(func(c echo.Context) error {
			if err := needs(Actor(c), role, c.Param("venue")); err != nil {
				return err
			}
			return next(c)
		})
	}
}

func needs(a feedback.Actor, role feedback.Role, venue string) error {
	if venue != "" {
		return a.Needs(role, venue)
	}
	if a.OrgRole.AtLeast(role) || a.Kind == feedback.ByKey && a.Scope == feedback.ScopeAdmin {
		return nil
	}
	for _, r := range a.Venues {
		if r.AtLeast(role) {
			return nil
		}
	}
	return feedback.ErrForbidden
}

// Once is the one who asks, with the key of the form that was posted, so that a
// form sent twice is carried out once.
func Once(c echo.Context, form url.Values) feedback.Actor {
	who := Actor(c)
	if key := form.Get("key"); key != "" && len(key) <= 255 {
		who.Request.Key = key
		who.Request.Hash = Hash(c.Request().URL.Path + "\n" + form.Encode())
	}
	return who
}

// Opened says whether somebody opened the page just now: browsers tell it from
// what loads by itself or in advance, and programs that look at links do not.
func Opened(c echo.Context) bool {
	h := c.Request().Header
	return c.Request().Method == http.MethodGet && h.Get("Sec-Fetch-User") == "?1" && h.Get("Sec-Purpose") == "" && h.Get("Purpose") == ""
}
