package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"makeright/internal/config"
)

// lookForCertificate is how often we look whether the operator's certificate
// was renewed.
const lookForCertificate = time.Minute

// secure lets srv speak https on l where the settings ask for it. A certificate
// that cannot be read is found at the start, not by the first guest. When l is
// the port that https means, port 80 is opened too: who types the address
// without https comes there, and so does whoever issues certificates. end stops
// what looks after it.
func (a *App) secure(ctx context.Context, srv *http.Server, l net.Listener) (end func(), err error) {
	plain := onwards(a.cfg.BaseURL)
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	switch set := a.cfg.TLS; {
	case set.Domain != "":
		m := fetcher(set)
		srv.TLSConfig, plain = m.TLSConfig(), m.HTTPHandler(plain)
	case set.Cert != "":
		c := &certificate{cert: set.Cert, key: set.Key}
		if err := c.refresh(ctx); err != nil {
			cancel()
			return nil, err
		}
		srv.TLSConfig = &tls.Config{GetCertificate: c.get}
		work.Go(func() {
			a.every(ctx, chore{lookForCertificate, soon, "certificate not read again, the old one goes on", c.refresh})
		})
	default:
		return cancel, nil
	}
	srv.TLSConfig.MinVersion = tls.VersionTLS12
	if host, port, err := net.SplitHostPort(l.Addr().String()); err == nil && port == "443" {
		work.Go(func() { a.welcome(ctx, net.JoinHostPort(host, "80"), plain) })
	}
	return func() { cancel(); work.Wait() }, nil
}

// fetcher gets certificates for one name by ACME and keeps them.
func fetcher(set config.TLS) *autocert.Manager {
	return &autocert.Manager{
		Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(set.Domain), Cache: autocert.DirCache(set.Folder),
	}
}

// welcome serves http until ctx is done. It is a help, so that the port is taken
// by somebody else stops nothing.
func (a *App) welcome(ctx context.Context, address string, plain http.Handler) {
	srv := &http.Server{
		Addr: address, Handler: plain,
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		a.log.Warn("nobody is sent on from http to https", "address", address, "err", err)
	}
}

// onwards sends who comes by http to the same page by https. What a form sent
// would be sent again in the open, so only looking is sent on.
func onwards(base *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		if rq.Method != http.MethodGet && rq.Method != http.MethodHead {
			http.Error(w, "Please use "+base.String(), http.StatusForbidden)
			return
		}
		to := *base
		to.Path, to.RawPath, to.RawQuery = "/"+strings.TrimLeft(rq.URL.Path, "/"), "", rq.URL.RawQuery
		w.Header().Set("Referrer-Policy", "same-origin")
		http.Redirect(w, rq, to.String(), http.StatusPermanentRedirect)
	})
}

// certificate is the operator's own, read again when its files change.
type certificate struct {
	cert, key string

	read time.Time // the newer of the files' times, when they were read
	now  atomic.Pointer[tls.Certificate]
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }

// refresh reads the files if they changed. One that cannot be read leaves what
// we have as it is.
func (c *certificate) refresh(context.Context) error {
	var changed time.Time
	for _, name := range []string{c.cert, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("TLS_CERT and TLS_KEY: %w", err)
		}
		if info.ModTime().After(changed) {
			changed = info.ModTime()
		}
	}
	if changed.Equal(c.read) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("TLS_CERT %s with TLS_KEY %s: %w", c.cert, c.key, err)
	}
	c.now.Store(&pair)
	c.read = changed
	return nil
}
