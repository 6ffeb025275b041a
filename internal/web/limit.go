package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// Rate allows a burst, and then one more each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// Limiter counts tries in token buckets. What it remembers is bounded: the
// bucket that was not touched for longest goes first. All methods may be
// called at the same time.
type Limiter struct {
	now func() time.Time
	max int

	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  *list.List // of *bucket; the newest in front
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

// NewLimiter returns a Limiter that remembers at most limit keys.
func NewLimiter(now func() time.Time, limit int) *Limiter {
	return &Limiter{now: now, max: limit, buckets: map[string]*list.Element{}, recent: list.New()}
}

// Take takes one try from the bucket of key. It returns 0 when there was one,
// else how long it takes until there is.
func (l *Limiter) Take(key string, rate Rate) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key, rate)
	now := l.now()
	if gone := now.Sub(b.at); gone > 0 {
		b.tokens = min(float64(rate.Burst), b.tokens+gone.Seconds()/rate.Every.Seconds())
		b.at = now
	}
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return time.Duration((1 - b.tokens) * float64(rate.Every))
}

// Len is how many keys are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.recent.Len()
}

func (l *Limiter) bucket(key string, rate Rate) *bucket {
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		b, _ := e.Value.(*bucket)
		return b
	}
	if l.recent.Len() >= l.max {
		oldest := l.recent.Back()
		if b, ok := l.recent.Remove(oldest).(*bucket); ok {
			delete(l.buckets, b.key)
		}
	}
	b := &bucket{key: key, tokens: float64(rate.Burst), at: l.now()}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

// FromOneAddress is the coarse last gate. A full restaurant shares one
// address: 500 guests in a minute never meet it.
var FromOneAddress = Rate{Burst: 5000, Every: 20 * time.Millisecond}

// Limit refuses what comes too often, with 429 and how long to wait. A limit
// has a name of its own; it counts first by what the route is about and the
// browser, and by the network address only in the end.
func Limit(name string, rate Rate) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if wait := overLimit(c, name, rate); wait > 0 {
				return feedback.WaitError{For: wait}
			}
			return next(c)
		}
	}
}

// Mark lets everything pass and marks what comes too often: a guest's report
// is kept, whatever happens. See [Marked].
func Mark(name string, rate Rate) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if overLimit(c, name, rate) > 0 {
				c.Set(keyMarked, true)
			}
			return next(c)
		}
	}
}

// Marked says whether the request is one of too many.
func Marked(c echo.Context) bool { return c.Get(keyMarked) != nil }

// Quotas counts reports against quotas that are not of a browser: n at once from
// what a key has left. It never says that there was not enough where limits are
// off.
func Quotas(c echo.Context) func(key string, n int, q feedback.Quota) bool {
	k := of(c)
	return func(key string, n int, q feedback.Quota) (over bool) {
		for range n {
			over = k.limits && k.rates.Take("quota\x00"+key, Rate(q)) > 0 || over
		}
		return over
	}
}

// Allow counts a try against a key of the caller's own, such as an account's
// name at signing in. It fails with a [feedback.WaitError].
func Allow(c echo.Context, key string, rate Rate) error {
	k := of(c)
	if !k.limits {
		return nil
	}
	if wait := k.rates.Take("own\x00"+key, rate); wait > 0 {
		return feedback.WaitError{For: wait}
	}
	return nil
}

func overLimit(c echo.Context, name string, rate Rate) time.Duration {
	k := of(c)
	if !k.limits {
		return 0
	}
	address := network(c.RealIP())
	wait := k.rates.Take(name+"\x00"+subject(c)+"\x00"+browser(c, address), rate)
	return max(wait, k.rates.Take("address\x00"+address, FromOneAddress))
}

// subject is what the route is about: a code or a token. Its hash keeps the
// memory of a key bounded, whatever is sent.
func subject(c echo.Context) string {
	for _, name := range []string{"code", "token"} {
		if v := c.Param(name); v != "" {
			return Hash(v)
		}
	}
	return ""
}

// browser tells who asks apart from others at the same address: a key, a
// session or tablet, a guest's form cookie that we signed; an unknown one is
// its address.
func browser(c echo.Context, address string) string {
	if a := Actor(c); a.Kind != "" {
		return string(a.Kind) + a.ID + a.Session
	}
	if f, ok := readForm(c); ok {
		return f.Device
	}
	return address
}

// network is the address that limits count: of IPv6 the first 64 bits, which
// one household has to itself.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
