package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"makeright/internal/config"
)

// issued is a certificate for a name, and who trusts it.
type issued struct {
	cert, key []byte // PEM
	trust     *x509.CertPool
}

func issue(t *testing.T, name string) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<60))
	now := time.Now()
	like := &x509.Certificate{
		SerialNumber: serial, DNSNames: []string{name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 2, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, like, like, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	i := issued{
		cert:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:   pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}),
		trust: x509.NewCertPool(),
	}
	i.trust.AppendCertsFromPEM(i.cert)
	return i
}

func (i issued) write(t *testing.T, cert, key string, at time.Time) {
	t.Helper()
	for name, text := range map[string][]byte{cert: i.cert, key: i.key} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// visit serves the whole program with settings and asks it for a page as a
// browser does that trusts an issuer and looks for name.
func visit(t *testing.T, set config.TLS, name string, trust *x509.CertPool) (*http.Response, error) {
	t.Helper()
	cfg := config.Config{
		Listen: "127.0.0.1:0", BaseURL: &url.URL{Scheme: "https", Host: name}, TLS: set, Limits: true, Shutdown: time.Second,
		Database: filepath.Join(t.TempDir(), "makeright.db"), Backups: t.TempDir(),
	}
	a, err := New(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: trust},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		},
	}}
	defer client.CloseIdleConnections()
	rs, err := client.Get("https://" + name + "/healthz")
	if err == nil {
		_, _ = io.Copy(io.Discard, rs.Body)
		rs.Body.Close()
	}
	return rs, err
}

func TestHTTPS_OwnCertificate(t *testing.T) {
	i, dir := issue(t, "feedback.example"), t.TempDir()
	set := config.TLS{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}
	i.write(t, set.Cert, set.Key, time.Now())
	rs, err := visit(t, set, "feedback.example", i.trust)
	if err != nil {
		t.Fatal(err)
	}
	if rs.StatusCode != http.StatusOK || rs.ProtoMajor != 2 || rs.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("answer %d by HTTP/%d with HSTS %q", rs.StatusCode, rs.ProtoMajor, rs.Header.Get("Strict-Transport-Security"))
	}
}

// The certificate of a domain comes from where the one before was kept: a start
// asks nobody while it is good.
func TestHTTPS_Domain(t *testing.T) {
	i, folder := issue(t, "feedback.example"), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "feedback.example"), append(bytes.Clone(i.key), i.cert...), 0o600); err != nil {
		t.Fatal(err)
	}
	set := config.TLS{Domain: "feedback.example", Folder: folder}
	rs, err := visit(t, set, "feedback.example", i.trust)
	if err != nil || rs.StatusCode != http.StatusOK || rs.ProtoMajor != 2 {
		t.Fatalf("answer %+v, %v", rs, err)
	}
	if _, err := visit(t, set, "other.example", i.trust); err == nil {
		t.Error("a name that is not ours got an answer")
	}
}

func TestHTTPS_BadCertificateStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	a := &App{cfg: config.Config{BaseURL: &url.URL{Scheme: "https", Host: "x"}, TLS: config.TLS{Cert: filepath.Join(dir, "c"), Key: filepath.Join(dir, "k")}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := a.secure(t.Context(), &http.Server{}, l); err == nil || !strings.Contains(err.Error(), "TLS_CERT") {
		t.Errorf("err = %v, want one that names TLS_CERT", err)
	}
}

func TestCertificate_IsReadAgain(t *testing.T) {
	dir := t.TempDir()
	c := &certificate{cert: filepath.Join(dir, "c.pem"), key: filepath.Join(dir, "k.pem")}
	serves := func() string {
		pair, _ := c.get(nil)
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.DNSNames[0]
	}
	old := time.Now().Add(-time.Hour)
	issue(t, "one.example").write(t, c.cert, c.key, old)
	if err := c.refresh(t.Context()); err != nil || serves() != "one.example" {
		t.Fatalf("serves %s, %v", serves(), err)
	}
	issue(t, "two.example").write(t, c.cert, c.key, old.Add(time.Minute))
	if err := c.refresh(t.Context()); err != nil || serves() != "two.example" {
		t.Errorf("after a renewal it serves %s, %v", serves(), err)
	}
	if err := os.WriteFile(c.cert, []byte("half of a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.refresh(t.Context()); err == nil || serves() != "two.example" {
		t.Errorf("with a broken file it serves %s, err = %v", serves(), err)
	}
}

func TestOnwards(t *testing.T) {
	h := onwards(&url.URL{Scheme: "https", Host: "feedback.example"})
	tests := map[string]struct {
		method, target string
		code           int
		to             string
	}{
		"a code":              {"GET", "/T/ABC?lang=de", 308, "https://feedback.example/T/ABC?lang=de"},
		"another host's name": {"GET", "//evil.example/", 308, "https://feedback.example/evil.example/"},
		"a form":              {"POST", "/T/ABC", 403, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rq := httptest.NewRequest(tt.method, "http://feedback.example/", nil)
			rq.URL, _ = url.ParseRequestURI(tt.target)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, rq)
			if rec.Code != tt.code || rec.Header().Get("Location") != tt.to {
				t.Errorf("answer %d to %q, want %d to %q", rec.Code, rec.Header().Get("Location"), tt.code, tt.to)
			}
		})
	}
}
