package config

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/net/idna"
)

// TLS is how we speak https ourselves. The zero value speaks http, for a
// network of our own or behind a proxy.
type TLS struct {
	Domain    string // DOMAIN: whose certificate we fetch and renew by ourselves
	Cert, Key string // TLS_CERT, TLS_KEY: PEM files
	Folder    string // where fetched certificates are kept
}

// On says whether we speak https.
func (t TLS) On() bool { return t.Domain != "" || t.Cert != "" }

// scheme of BASE_URL when none is set.
func (t TLS) scheme() string {
	if t.On() {
		return "https"
	}
	return "http"
}

func (m *mistakes) tls(f Flags) TLS {
	t := TLS{Domain: m.domain(f.Domain), Cert: f.TLSCert, Key: f.TLSKey}
	switch {
	case f.Domain != "" && (f.TLSCert != "" || f.TLSKey != ""):
		m.add("DOMAIN and TLS_CERT are both set; either we fetch certificates or you bring one.")
	case (f.TLSCert == "") != (f.TLSKey == ""):
		m.add("TLS_CERT and TLS_KEY belong together; set both or neither.")
	case t.Domain != "":
		t.Folder = filepath.Join("data", "certificates")
		if database := cmp.Or(f.Database, defaultDatabase); !strings.Contains(database, "://") {
			t.Folder = filepath.Join(filepath.Dir(database), "certificates")
		}
	}
	return t
}

// domain is a name that a certificate can be fetched for: public, without a
// port.
func (m *mistakes) domain(s string) string {
	if s == "" {
		return ""
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(s, "."))
	_, number := netip.ParseAddr(s)
	if err != nil || number == nil || !strings.Contains(name, ".") || net.ParseIP(name) != nil {
		m.add("DOMAIN is %q; write the name that leads to this machine, such as feedback.example.com, without https:// and port.", s)
		return ""
	}
	return name
}

// agree sees that guests are sent to where the certificate is good.
func (m *mistakes) agree(t TLS, base *url.URL) {
	switch {
	case base == nil:
	case t.On() && base.Scheme != "https":
		m.add("BASE_URL is %q, but DOMAIN or TLS_CERT make us speak https; write https:// in it, or leave it out.", base)
	case t.Domain != "" && base.Hostname() != t.Domain:
		m.add("BASE_URL is %q, but DOMAIN is %q; the certificate would not be good for guests.", base, t.Domain)
	}
}
