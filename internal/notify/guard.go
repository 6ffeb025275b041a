package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// ErrGuarded says that an address lies inside: this machine, its network, the
// provider's. Whoever may name receivers must not reach those through us.
var ErrGuarded = errors.New("the address is not a public one")

// Guard decides where the program may connect to on somebody's word. It looks
// at the address that is dialled, after the name was looked up, so a name that
// changes its mind does not help, nor does a number written in an unusual way.
type Guard struct {
	// Allow are networks that receivers may lie in besides the public ones,
	// over http too and at any port: the operator's ALLOW_NETS.
	Allow []netip.Prefix
	// Resolver looks names up; nil for the machine's.
	Resolver *net.Resolver

	open bool // for hosts that the operator wrote into a setting
}

// Open is the guard for hosts that the operator wrote into a setting, never one
// that a person or another program named: it lets them lie anywhere. Its client
// has connections of its own, so that nobody else comes by those it left open.
func (g Guard) Open() Guard {
	g.open = true
	return g
}

// Client makes the HTTP client of the program; there is no other. It follows no redirects, asks
// no proxy, and reaches public addresses over https at port 443 only.
func (g Guard) Client() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: g.Resolver, ControlContext: g.control}
	return &http.Client{
		Transport: encrypted{&http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  Patience,
			MaxResponseHeaderBytes: 32 << 10,
			MaxIdleConns:           50,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       Patience,
	}
}

type encryptedKey struct{}

// encrypted tells the guard which connections will speak TLS.
type encrypted struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (e encrypted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		r = r.WithContext(context.WithValue(r.Context(), encryptedKey{}, true))
	}
	return e.RoundTripper.RoundTrip(r)
}

// names says whether host is written as an address of an allowed network.
func (g Guard) names(host string) bool {
	ip, err := netip.ParseAddr(host)
	if host == "localhost" {
		ip, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	return err == nil && g.allows(ip)
}

func (g Guard) allows(ip netip.Addr) bool {
	return slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// control is asked before each connection, with the address that was found.
func (g Guard) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	if g.open {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGuarded, err)
	}
	ip := at.Addr().Unmap()
	switch {
	case g.allows(ip):
		return nil
	case !public(ip), at.Port() != 443, ctx.Value(encryptedKey{}) == nil:
		return ErrGuarded
	}
	return nil
}

// public says whether everybody's internet routes ip, by the registries of
// special-purpose addresses (RFC 6890) and what clouds keep for themselves.
func public(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.Is6() && !global6.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// global6 is all that has been given to networks of IPv6. Outside of it lie
// loopback, mapped and translated addresses (::ffff:0:0/96, 64:ff9b::/96),
// private ones (fc00::/7) and links (fe80::/10).
var global6 = netip.MustParsePrefix("2000::/3")

// special are addresses that are of no public host.
var special = func(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}(
	"0.0.0.0/8",         // this network
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // carriers' NAT; one cloud's metadata
	"127.0.0.0/8",       // this machine
	"169.254.0.0/16",    // link; clouds' metadata
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // protocol assignments; another cloud's metadata
	"192.0.2.0/24",      // documentation
	"192.31.196.0/24",   // AS112
	"192.52.193.0/24",   // AMT
	"192.88.99.0/24",    // 6to4 relays
	"192.168.0.0/16",    // private
	"192.175.48.0/24",   // AS112
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"224.0.0.0/3",       // multicast, reserved, broadcast
	"168.63.129.16/32",  // a cloud's wire server
	"2001::/23",         // Teredo, ORCHID, benchmarks
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4: holds an IPv4 address
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

// answerLimit is how much of an answer is read: enough to keep the connection.
const answerLimit = 16 << 10

// do sends a request and turns the answer into one of our errors.
func do(client *http.Client, r *http.Request) error {
	r.Header.Set("User-Agent", "Makeright")
	res, err := client.Do(r)
	if err != nil {
		return discreet(err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, answerLimit)
	return judged(res)
}

// discreet takes the address out of an error: it may hold a token.
func discreet(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		return asked.Err
	}
	return err
}

// judged is the error that an answer means; nil for a success.
func judged(res *http.Response) error {
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusServiceUnavailable:
		return &Later{Status: res.StatusCode, After: retryAfter(res, time.Now())}
	}
	return StatusError{Status: res.StatusCode}
}

// longestWait bounds what a receiver may ask for.
const longestWait = 24 * time.Hour

// retryAfter reads the header of that name, seconds or a date; zero when there
// is none.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	header := res.Header.Get("Retry-After")
	if n, err := strconv.Atoi(header); err == nil {
		return min(max(time.Duration(min(n, 1e6))*time.Second, 0), longestWait)
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestWait)
}
