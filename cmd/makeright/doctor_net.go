package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"makeright/internal/config"
)

// patience bounds every question to the network.
const patience = 3 * time.Second

// netFindings looks at the port and at the way guests take to it.
func netFindings(ctx context.Context, cfg config.Config) []finding {
	port, serving := portFinding(ctx, cfg)
	found := []finding{port, baseFinding(cfg)}
	if cfg.Local() || !serving {
		return found
	}
	if err := alive(ctx, http.DefaultClient, cfg.BaseURL.String()); err != nil {
		return append(found, finding{warn, "way in", fmt.Sprintf("%s does not lead here from this machine (%v): look at DNS, proxy and firewall, and try it with a phone", cfg.BaseURL, err)})
	}
	return append(found, finding{well, "way in", cfg.BaseURL.String() + " leads here"})
}

// portFinding says whether we can listen, or do already.
func portFinding(ctx context.Context, cfg config.Config) (f finding, serving bool) {
	listen := cfg.Listen
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	switch {
	case err == nil:
		_ = l.Close()
		return finding{well, "port", listen + " is free; makeright does not serve there now"}, false
	case !errors.Is(err, syscall.EADDRINUSE):
		return finding{fail, "port", err.Error() + ": set LISTEN to an address of this machine and a port above 1023, or allow makeright this one"}, false
	}
	host, port, _ := net.SplitHostPort(listen)
	if at, err := netip.ParseAddr(host); host == "" || err == nil && at.IsUnspecified() {
		host = "localhost"
	}
	client, scheme := http.DefaultClient, "http://"
	if cfg.TLS.On() {
		client, scheme = ourselves(cfg.BaseURL.Hostname()), "https://"
	}
	if err := alive(ctx, client, scheme+net.JoinHostPort(host, port)); err != nil {
		return finding{fail, "port", listen + " is taken by another program: stop it, or set LISTEN to another port"}, false
	}
	return finding{well, "port", "makeright serves on " + listen}, true
}

// ourselves asks for the certificate of name at whatever address, and believes
// any: whether phones do is found out on the way in.
func ourselves(name string) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: name, InsecureSkipVerify: true}, DisableKeepAlives: true}}
}

// alive asks whether makeright answers at base.
func alive(ctx context.Context, client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
	if err != nil {
		return err
	}
	rs, err := client.Do(rq)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // without the address, which is said already
		}
		return err
	}
	defer rs.Body.Close()
	var health struct{ Status string }
	err = json.NewDecoder(io.LimitReader(rs.Body, 1000)).Decode(&health)
	if err != nil || health.Status != "ok" {
		return fmt.Errorf("something else answers %s", rs.Status)
	}
	return nil
}

// baseFinding looks at what is printed in codes.
func baseFinding(cfg config.Config) finding {
	base := cfg.BaseURL.String()
	host := cfg.BaseURL.Hostname()
	_, err := netip.ParseAddr(host)
	switch {
	case cfg.Local():
		return finding{warn, "base URL", base + " is this machine alone, and phones cannot follow it: set BASE_URL to how guests reach it before you print codes"}
	case cfg.BaseURL.Scheme != "https":
		return finding{warn, "base URL", base + " is not encrypted, and browsers keep notifications and the offline board from such pages: put a proxy with a certificate in front, and set BASE_URL to https://"}
	case err == nil:
		return finding{warn, "base URL", base + " is a number; printed codes die when it changes: use a name"}
	case !strings.Contains(host, "."):
		return finding{warn, "base URL", base + " has a name that only this network knows: guests on mobile data cannot follow it"}
	}
	return finding{well, "base URL", base}
}

// settingsFindings names settings that are not for a real venue.
func settingsFindings(cfg config.Config) (found []finding) {
	if !cfg.Limits {
		found = append(found, finding{warn, "settings", "LIMITS is off, so nothing slows down abuse: take it away"})
	}
	if cfg.Dev {
		found = append(found, finding{warn, "settings", "DEV is on, so pages are read from disk at every request: take it away"})
	}
	host, _, err := net.SplitHostPort(cfg.MetricsListen)
	if at, bad := netip.ParseAddr(host); err == nil && host != "localhost" && (bad != nil || !at.IsLoopback()) {
		found = append(found, finding{warn, "metrics", "METRICS is " + cfg.MetricsListen + ", open to whoever reaches it: use a token, or 127.0.0.1, or be sure of the firewall"})
	}
	return found
}
