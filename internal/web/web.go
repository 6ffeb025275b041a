// Package web is the kit of all screens: it turns errors into answers, draws
// pages in the reader's language, knows who asks, and keeps what is hostile
// out. What a screen shows is the business of its face: guest, staff, owner
// and rest stand below this package and use it.
package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// Options are what an installation decides about its screens.
type Options struct {
	BaseURL        *url.URL       // how guests reach us; https makes cookies secure and adds HSTS
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and -Proto are believed
	Key            []byte         // the installation's secret; signs the form cookie
	Limits         bool           // rate limits apply
	Dev            bool           // read pages from disk at every request
	Log            *slog.Logger
	Now            func() time.Time
	Streams        *sync.WaitGroup // of streams that go on after their handler returned
}

// kit is what handlers need of the options; every context carries it.
type kit struct {
	secure bool
	limits bool
	dev    bool
	key    []byte
	macs   sync.Pool // of hash.Hash under that key
	base   *url.URL
	log    *slog.Logger
	now    func() time.Time
	rates  *Limiter
	crowd  *crowd

	streams  *sync.WaitGroup
	patterns func() map[string]bool // of routes
}

// Keys of what we keep in an echo context.
const (
	keyKit    = "makeright.kit"
	keyLang   = "makeright.lang"
	keyActor  = "makeright.actor"
	keyBody   = "makeright.body"
	keyMarked = "makeright.marked"
	keyForm   = "makeright.form"
)

// maxEntries bounds what the rate limits remember: about 20 MB.
const maxEntries = 100_000

// New returns a router with everything that no route may go without: errors
// become answers, panics are caught, addresses are believed from listed
// proxies only, bodies are bounded, other sites cannot write, and every answer
// carries the headers of a private page until a route says otherwise.
func New(o Options) *echo.Echo {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Streams == nil {
		o.Streams = new(sync.WaitGroup)
	}
	if o.BaseURL == nil {
		o.BaseURL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	k := &kit{
		secure: o.BaseURL.Scheme == "https",
		limits: o.Limits, dev: o.Dev, key: o.Key, base: o.BaseURL, log: o.Log, now: o.Now,
		rates: NewLimiter(o.Now, maxEntries), streams: o.Streams, crowd: &crowd{held: map[string]int{}},
	}
	e := echo.New()
	k.patterns = patterns(e)
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = ipExtractor(o.TrustedProxies)
	e.SchemeExtractor = schemeExtractor(o.TrustedProxies)
	e.HTTPErrorHandler = ErrorHandler(o.Log)
	e.Pre(k.enter, headAsGet)
	e.Use(restoreHead, accessLog, recoverPanic, securityHeaders, language, crossOrigin(o.BaseURL), BodyLimit(DefaultBody))
	return e
}

// enter gives the context the kit, so that the functions of this package can
// be called with nothing but the context.
func (k *kit) enter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(keyKit, k)
		return next(c)
	}
}

// of returns the context's kit. A router that New did not make gets the
// defaults, so that a small test needs no more than its own routes.
func of(c echo.Context) *kit {
	if k, ok := c.Get(keyKit).(*kit); ok {
		return k
	}
	return &kit{
		base: &url.URL{Scheme: "http", Host: "localhost"},
		log:  slog.Default(), now: time.Now, rates: NewLimiter(time.Now, maxEntries), streams: new(sync.WaitGroup),
	}
}

// headAsGet lets every GET route answer HEAD: the route is found as GET and
// restoreHead gives the method back before anything is written, so that
// net/http leaves the body out.
func headAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method == http.MethodHead {
			r.Method = http.MethodGet
			c.Response().Before(func() { r.Method = http.MethodHead })
			c.Set(http.MethodHead, true)
		}
		return next(c)
	}
}

func restoreHead(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Get(http.MethodHead) != nil {
			c.Request().Method = http.MethodHead
		}
		return next(c)
	}
}

// ipExtractor takes the address of the connection; X-Forwarded-For counts only
// when the connection comes from a listed proxy. Being on this machine or in a
// private network is no reason to be believed.
func ipExtractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{
		echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false),
	}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP:   p.Masked().Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func schemeExtractor(proxies []netip.Prefix) echo.SchemeExtractor {
	return func(r *http.Request) string {
		if r.TLS != nil {
			return "https"
		}
		if listed(proxies, r.RemoteAddr) && r.Header.Get("X-Forwarded-Proto") == "https" {
			return "https"
		}
		return "http"
	}
}

func listed(proxies []netip.Prefix, remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, p := range proxies {
		if p.Contains(at.Addr().Unmap()) {
			return true
		}
	}
	return false
}
