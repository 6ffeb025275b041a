package config

import (
	"net"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOffer(t *testing.T) {
	tests := map[string]struct {
		listen string
		want   []string
	}{
		"everywhere":          {":8080", []string{"http://192.168.1.5:8080", "http://172.17.0.1:8080", "http://10.0.0.9:8080"}},
		"everywhere, spelled": {"0.0.0.0:80", []string{"http://192.168.1.5:80", "http://172.17.0.1:80", "http://10.0.0.9:80"}},
		"this machine only":   {"127.0.0.1:8080", nil},
		"this machine's name": {"localhost:8080", nil},
		"one network":         {"10.0.0.9:8080", []string{"http://10.0.0.9:8080"}},
	}
	var addrs []net.Addr
	for _, s := range []string{"127.0.0.1/8", "10.0.0.9/8", "192.168.1.5/24", "172.17.0.1/16", "8.8.8.8/32", "fd00::1/64"} {
		ip, n, err := net.ParseCIDR(s)
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, &net.IPNet{IP: ip, Mask: n.Mask})
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, offer(tt.listen, addrs)); diff != "" {
				t.Errorf("offer(%q) (-want +got):\n%s", tt.listen, diff)
			}
		})
	}
}

func TestConfig_Local(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:80": true, "127.0.0.1:80": true, "[::1]:80": true, "0.0.0.0": true,
		"192.168.1.5": false, "example.com": false, "localhost.example.com": false,
	} {
		c := Config{BaseURL: &url.URL{Scheme: "http", Host: host}}
		if got := c.Local(); got != want {
			t.Errorf("Local() of %s = %v, want %v", host, got, want)
		}
	}
}

// TestConfig_LANAddresses asks the machine itself: whatever it offers can be
// used as BASE_URL.
func TestConfig_LANAddresses(t *testing.T) {
	c := Config{Listen: ":8080"}
	for _, s := range c.LANAddresses() {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if ip := netip.MustParseAddr(u.Hostname()); !ip.IsPrivate() || u.Port() != "8080" {
			t.Errorf("offers %s, want a private address with port 8080", s)
		}
		if _, err := (Flags{BaseURL: s}).Config(); err != nil {
			t.Error(err)
		}
	}
}
