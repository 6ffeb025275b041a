// Package config turns flags and environment into checked settings, once, and
// names every mistake at once. Its sentences are for the operator's terminal.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is everything an operator can set, checked. It comes from
// [Flags.Config]; nothing else reads the environment.
type Config struct {
	Listen         string         // LISTEN: address to serve on
	TLS            TLS            // DOMAIN, TLS_CERT, TLS_KEY: we speak https ourselves
	BaseURL        *url.URL       // BASE_URL: how guests reach us; printed in QR codes
	Database       string         // DATABASE: SQLite file, or postgres://...
	Dev            bool           // DEV: read pages and styles from disk
	Shutdown       time.Duration  // SHUTDOWN: how long open requests may finish
	TrustedProxies []netip.Prefix // TRUSTED_PROXIES: whose X-Forwarded-For is believed
	Limits         bool           // LIMITS: rate limits apply
	Backups        string         // BACKUPS: folder of the daily backups; empty on PostgreSQL
	BackupKeep     int            // BACKUP_KEEP: how many of them stay; 0: none are made
	Photos         string         // PHOTOS: folder of guests' photos
	MetricsToken   string         // METRICS: who sends it as bearer token reads /metrics
	MetricsListen  string         // METRICS: or a listener of its own, open to whoever reaches it
	Outside        Outside        // SMTP_URL, SMS_URL, ALLOW_NETS, HEARTBEAT_URL: how messages leave the house
}

// Config checks the settings. Its error names every wrong one, a line each.
func (f Flags) Config() (Config, error) {
	var bad mistakes
	secure := bad.tls(f)
	port := "8080"
	if secure.Domain != "" {
		port = "443"
	}
	listen, port := bad.listen(cmp.Or(f.Listen, ":"+port))
	c := Config{
		Listen:         listen,
		TLS:            secure,
		BaseURL:        bad.baseURL(cmp.Or(f.BaseURL, secure.scheme()+"://"+host(secure, port))),
		Database:       bad.database(cmp.Or(f.Database, defaultDatabase)),
		Dev:            bad.onOff("DEV", cmp.Or(string(f.Dev), "off")),
		Shutdown:       bad.shutdown(cmp.Or(f.Shutdown, "10s")),
		TrustedProxies: bad.networks("TRUSTED_PROXIES", "believe everybody", f.TrustedProxies),
		Limits:         bad.onOff("LIMITS", cmp.Or(f.Limits, "on")),
	}
	bad.agree(c.TLS, c.BaseURL)
	c.Backups = bad.backups(f.Backups, c.Database)
	c.Photos = cmp.Or(f.Photos, photosBeside(c.Database))
	c.BackupKeep = bad.count("BACKUP_KEEP", cmp.Or(f.BackupKeep, "14"), 3650)
	c.MetricsToken, c.MetricsListen = bad.metrics(f.Metrics)
	c.Outside = bad.outside(f)
	if len(bad) > 0 {
		return Config{}, errors.Join(bad...)
	}
	return c, nil
}

const defaultDatabase = "data/makeright.db"

// host is where guests reach us when BASE_URL does not say so, with the port
// unless it is the one that the scheme means.
func host(t TLS, port string) string {
	name := cmp.Or(t.Domain, "localhost")
	if port == "" || t.On() && port == "443" || !t.On() && port == "80" {
		return name
	}
	return name + ":" + port
}

// mistakes collects what is wrong with the settings. Its methods return the
// checked value of one setting, or the zero value and one mistake more.
type mistakes []error

func (m *mistakes) add(format string, args ...any) {
	*m = append(*m, fmt.Errorf(format, args...))
}

func (m *mistakes) listen(s string) (addr, port string) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		m.add("LISTEN is %q; write HOST:PORT, or :PORT for every address of this machine.", s)
		return "", ""
	}
	if !isPort(port) {
		m.add("LISTEN is %q; its port must be a number from 0 to 65535.", s)
		return "", ""
	}
	return s, port
}

func (m *mistakes) baseURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		m.add("BASE_URL is %q; write http:// or https:// and the host that guests reach, such as https://feedback.example.com.", s)
		return nil
	}
	if u.User != nil {
		m.add("BASE_URL holds a user name; it is printed in QR codes, so leave the name and password out.")
		return nil
	}
	_, after, _ := strings.Cut(s, "://")
	if rest := after[len(u.Host):]; rest != "" {
		m.add("BASE_URL is %q; nothing may follow the host, so leave %q off.", s, rest)
		return nil
	}
	if p := u.Port(); strings.HasSuffix(u.Host, ":") || p != "" && !isPort(p) {
		m.add("BASE_URL is %q; its port must be a number from 0 to 65535.", s)
		return nil
	}
	u.Host = strings.ToLower(u.Host)
	return u
}

// database never repeats a URL, which may hold a password.
func (m *mistakes) database(s string) string {
	scheme, _, isURL := strings.Cut(s, "://")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		if _, err := url.Parse(s); err != nil {
			m.add("DATABASE begins with %s:// but cannot be read as a URL; special characters of a password are written as %%40 and the like.", scheme)
			return ""
		}
	case isURL:
		m.add("DATABASE begins with %s://; write the path of a SQLite file, or postgres://user:password@host/name.", scheme)
		return ""
	case s == ":memory:" || strings.HasPrefix(s, "file:") || strings.ContainsAny(s, "?\x00") || strings.HasSuffix(s, "/"):
		m.add("DATABASE is %q; write the plain path of a file.", s)
		return ""
	}
	return s
}

func (m *mistakes) onOff(name, s string) bool {
	switch strings.ToLower(s) {
	case "on", "true", "yes", "1":
		return true
	case "off", "false", "no", "0":
		return false
	}
	m.add("%s is %q; write on or off.", name, s)
	return false
}

func (m *mistakes) shutdown(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		m.add("SHUTDOWN is %q; write a time with its unit, such as 10s or 1m.", s)
		return 0
	}
	if d < 0 {
		m.add("SHUTDOWN is %q; it cannot be less than nothing.", s)
		return 0
	}
	return d
}

// networks reads a list; all is what one that holds every address would mean.
func (m *mistakes) networks(name, all, s string) []netip.Prefix {
	var list []netip.Prefix
	for _, one := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := network(one)
		switch {
		case err != nil:
			m.add("%s has %q; write addresses or networks, such as 10.0.0.5 or 10.0.0.0/8.", name, one)
		case p.Bits() == 0:
			m.add("%s has %q; that would %s.", name, one, all)
		default:
			list = append(list, p)
		}
	}
	return list
}

// network reads 10.0.0.0/8, or one address as a network of its own.
func network(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err == nil && a.Zone() != "" {
		err = errors.New("a zone is of one machine")
	}
	if err != nil {
		return netip.Prefix{}, err
	}
	a = a.Unmap()
	return a.Prefix(a.BitLen())
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
