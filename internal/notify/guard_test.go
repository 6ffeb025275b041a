package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"makeright/internal/notify"
)

// canary counts who comes to it, on every loopback address and both families.
type canary struct {
	hits atomic.Int64
	port string
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	c := &canary{}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	go c.count(l)
	t.Cleanup(func() { _ = l.Close() })
	if six, err := net.Listen("tcp6", "[::1]:"+c.port); err == nil {
		go c.count(six)
		t.Cleanup(func() { _ = six.Close() })
	}
	return c
}

// count takes every connection and hangs up.
func (c *canary) count(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		c.hits.Add(1)
		_ = conn.Close()
	}
}

// names answers every question for an address with what reply says: the n-th
// answer for a name may differ from the first, as that of an attacker would.
func names(t *testing.T, reply func(name string, n int64) []netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var asked atomic.Int64
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := answer(buf[:n], reply, &asked); out != nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func answer(question []byte, reply func(string, int64) []netip.Addr, asked *atomic.Int64) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	for _, ip := range reply(strings.TrimSuffix(q.Name.String(), "."), asked.Add(1)) {
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
		switch {
		case q.Type == dnsmessage.TypeA && ip.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
		case q.Type == dnsmessage.TypeAAAA && ip.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// inside are addresses that nobody may send us to, in their plain form.
var inside = []string{
	"0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.1", "10.255.255.254", "100.64.0.1", "100.100.100.200", "100.127.255.254",
	"127.0.0.1", "127.0.0.53", "127.1.2.3", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
	"172.17.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1",
	"192.168.0.1", "192.168.255.254", "192.175.48.1", "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1",
	"239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
	"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:192.168.0.1",
	"::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "100::1",
	"2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
	"2002:c0a8:1::1", "2002:a9fe:a9fe::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00::1",
	"fd00:ec2::254", "fd12:3456:789a::1", "fe80::1", "fe90::1", "febf::1", "fec0::1", "ff01::1", "ff02::1", "ff05::2",
}

// spellings are other ways to write an address of ours, and ways to hide one.
var spellings = []string{
	"localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "0x7F.0x00.0x00.0x01", "2130706433",
	"017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.1.", "127.000.000.001", "0", "0x0", "00.00.00.00", "127.0.0.1%00",
	"１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37.0.0.1", "%6c%6f%63%61%6c%68%6f%73%74",
	"evil.example@127.0.0.1", "evil.example:443@127.0.0.1", "hooks.slack.com@localhost", "a%40b:c@127.0.0.1", "127.0.0.1#@evil.example",
	"127.0.0.1\\@evil.example", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]",
	"[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[::127.0.0.1]", "[::1%25lo]", "[fe80::1%25lo]", "[0:0:0:0:0:ffff:127.0.0.1]",
	"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518",
	"metadata", "ip6-localhost", "ip6-loopback", "127.0.0.1:0", "3232235521", "0300.0250.0.1", "192.168.1",
}

// TestGuard_LetsNobodyIn tries everything that is known to lead a program back
// into its own house, against a listener that counts.
func TestGuard_LetsNobodyIn(t *testing.T) {
	trap := newCanary(t)
	ip := map[string]netip.Addr{}
	for i, s := range inside {
		ip[fmt.Sprintf("n%d.attacker.example", i)] = netip.MustParseAddr(s)
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	away := netip.MustParseAddr("93.184.216.34")
	resolver := names(t, func(name string, n int64) []netip.Addr {
		switch {
		case ip[name].IsValid():
			return []netip.Addr{ip[name]}
		case strings.HasPrefix(name, "rebind"): // right at first, then ours, over and over
			if n%4 < 2 {
				return nil
			}
			return []netip.Addr{loopback}
		case strings.HasPrefix(name, "two"):
			return []netip.Addr{loopback, netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.2")}
		case strings.HasPrefix(name, "public"):
			return []netip.Addr{away}
		}
		return nil
	})
	var urls []string
	for i, s := range inside {
		host := s
		if strings.Contains(s, ":") {
			host = "[" + s + "]"
		}
		for _, scheme := range []string{"http", "https"} {
			urls = append(urls, scheme+"://"+host+":"+trap.port+"/", fmt.Sprintf("%s://n%d.attacker.example:%s/", scheme, i, trap.port))
		}
	}
	for _, s := range spellings {
		urls = append(urls, "http://"+s+":"+trap.port+"/", "https://"+s+":"+trap.port+"/", "http://"+s+"/")
	}
	for i := range 12 {
		urls = append(urls, fmt.Sprintf("https://rebind%d.attacker.example:%s/", i, trap.port))
	}
	urls = append(urls, "http://two.attacker.example:"+trap.port+"/", "http://public.attacker.example/", "https://public.attacker.example:8443/",
		"ftp://127.0.0.1:"+trap.port+"/", "gopher://127.0.0.1:"+trap.port+"/", "file:///etc/passwd", "unix:///run/x.sock", "//127.0.0.1:"+trap.port+"/")
	if len(urls) < 200 {
		t.Fatalf("%d vectors, want 200", len(urls))
	}

	client := notify.Guard{Resolver: resolver}.Client()
	for _, u := range urls {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, u, strings.NewReader("{}"))
		if err == nil {
			var res *http.Response
			if res, err = client.Do(r); err == nil {
				_ = res.Body.Close()
			}
		}
		if err == nil {
			t.Errorf("%s was answered", u)
		}
		cancel()
	}
	if n := trap.hits.Load(); n != 0 {
		t.Errorf("%d of %d vectors reached the canary", n, len(urls))
	}
	t.Logf("%d vectors, %d hits", len(urls), trap.hits.Load())

	// The canary sings when it is reached, or the silence would prove nothing.
	open := notify.Guard{Resolver: resolver, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}.Client()
	for _, u := range []string{"http://127.0.0.1:" + trap.port + "/", "http://two.attacker.example:" + trap.port + "/", "http://n8.attacker.example:" + trap.port + "/"} {
		before := trap.hits.Load()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, u, http.NoBody)
		if res, err := open.Do(r); err == nil {
			_ = res.Body.Close()
		}
		if trap.hits.Load() == before {
			t.Errorf("%s is allowed, and did not reach the canary", u)
		}
	}
}

// TestGuard_FollowsNothing redirects from an allowed receiver to others.
func TestGuard_FollowsNothing(t *testing.T) {
	trap := newCanary(t)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/301": 301, "/302": 302, "/303": 303, "/307": 307, "/308": 308}[r.URL.Path]
		w.Header().Set("Location", "http://127.0.0.2:"+trap.port+"/")
		w.WriteHeader(status)
	}))
	defer front.Close()
	client := notify.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}.Client()
	for _, path := range []string{"/301", "/302", "/303", "/307", "/308"} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+path, strings.NewReader("{}"))
		r.Header.Set("Authorization", "secret")
		res, err := client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode/100 != 3 {
			t.Errorf("%s: status %d, want the redirect itself", path, res.StatusCode)
		}
	}
	if n := trap.hits.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// TestGuard_AsksNoProxy holds that the environment leads nobody astray.
func TestGuard_AsksNoProxy(t *testing.T) {
	trap := newCanary(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+trap.port)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+trap.port)
	client := notify.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Resolver: names(t, func(string, int64) []netip.Addr { return nil })}.Client()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://receiver.example/", http.NoBody)
	if res, err := client.Do(r); err == nil {
		_ = res.Body.Close()
	}
	if n := trap.hits.Load(); n != 0 {
		t.Errorf("the proxy was asked %d times", n)
	}
}

// TestGuard_OpenConnectionsAreNotShared lets the operator's own receiver leave a
// connection open, by which nobody else may come.
func TestGuard_OpenConnectionsAreNotShared(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	get := func(c *http.Client) error {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, http.NoBody)
		res, err := c.Do(r)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	guard := notify.Guard{}
	strict, open := guard.Client(), guard.Open().Client()
	if err := get(open); err != nil {
		t.Fatal(err)
	}
	if err := get(strict); !errors.Is(err, notify.ErrGuarded) {
		t.Errorf("after it: %v, want %v", err, notify.ErrGuarded)
	}
}
