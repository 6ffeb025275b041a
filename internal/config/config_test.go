package config_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"makeright/internal/config"
)

func TestFlags_Config(t *testing.T) {
	tests := map[string]struct {
		flags  config.Flags
		change func(*config.Config) // from the defaults
	}{
		"nothing set": {config.Flags{}, func(*config.Config) {}},
		"another port": {config.Flags{Listen: "127.0.0.1:9000"}, func(c *config.Config) {
			c.Listen = "127.0.0.1:9000"
			c.BaseURL = &url.URL{Scheme: "http", Host: "localhost:9000"}
		}},
		"the port of http": {config.Flags{Listen: ":80"}, func(c *config.Config) {
			c.Listen = ":80"
			c.BaseURL = &url.URL{Scheme: "http", Host: "localhost"}
		}},
		"a name for guests": {config.Flags{BaseURL: "https://Feedback.Example.com"}, func(c *config.Config) {
			c.BaseURL = &url.URL{Scheme: "https", Host: "feedback.example.com"}
		}},
		"an IPv6 address for guests": {config.Flags{BaseURL: "http://[fd00::1]:8080"}, func(c *config.Config) {
			c.BaseURL = &url.URL{Scheme: "http", Host: "[fd00::1]:8080"}
		}},
		"another file": {config.Flags{Database: "/srv/100%.db"}, func(c *config.Config) {
			c.Database, c.Backups, c.Photos = "/srv/100%.db", "/srv/backups", "/srv/photos"
		}},
		"PostgreSQL": {config.Flags{Database: "postgres://u:p@h/n?sslmode=disable"}, func(c *config.Config) { c.Database, c.Backups = "postgres://u:p@h/n?sslmode=disable", "" }},
		"a socket":   {config.Flags{Database: "postgresql:///n?host=/run"}, func(c *config.Config) { c.Database, c.Backups = "postgresql:///n?host=/run", "" }},
		"a domain": {config.Flags{Domain: "feedback.example.com"}, func(c *config.Config) {
			c.Listen, c.BaseURL = ":443", &url.URL{Scheme: "https", Host: "feedback.example.com"}
			c.TLS = config.TLS{Domain: "feedback.example.com", Folder: "data/certificates"}
		}},
		"a domain behind another port": {config.Flags{Domain: "feedback.example.com", Listen: ":8443", BaseURL: "https://feedback.example.com", Database: "/srv/m.db"}, func(c *config.Config) {
			c.Listen, c.BaseURL = ":8443", &url.URL{Scheme: "https", Host: "feedback.example.com"}
			c.Database, c.Backups, c.Photos = "/srv/m.db", "/srv/backups", "/srv/photos"
			c.TLS = config.TLS{Domain: "feedback.example.com", Folder: "/srv/certificates"}
		}},
		"a certificate": {config.Flags{TLSCert: "c.pem", TLSKey: "k.pem"}, func(c *config.Config) {
			c.BaseURL = &url.URL{Scheme: "https", Host: "localhost:8080"}
			c.TLS = config.TLS{Cert: "c.pem", Key: "k.pem"}
		}},
		"for developers":           {config.Flags{Dev: "YES"}, func(c *config.Config) { c.Dev = true }},
		"no limits":                {config.Flags{Limits: "off"}, func(c *config.Config) { c.Limits = false }},
		"stop at once":             {config.Flags{Shutdown: "0s"}, func(c *config.Config) { c.Shutdown = 0 }},
		"a patient house":          {config.Flags{Shutdown: "1m30s"}, func(c *config.Config) { c.Shutdown = 90 * time.Second }},
		"a folder of backups":      {config.Flags{Backups: "/mnt/b/"}, func(c *config.Config) { c.Backups = "/mnt/b" }},
		"no backups of PostgreSQL": {config.Flags{Database: "postgres:///n", Backups: "/mnt/b"}, func(c *config.Config) { c.Database, c.Backups = "postgres:///n", "" }},
		"a folder of photos":       {config.Flags{Photos: "/mnt/p"}, func(c *config.Config) { c.Photos = "/mnt/p" }},
		"no daily backups":         {config.Flags{BackupKeep: "0"}, func(c *config.Config) { c.BackupKeep = 0 }},
		"a token for metrics":      {config.Flags{Metrics: "0123456789abcdef"}, func(c *config.Config) { c.MetricsToken = "0123456789abcdef" }},
		"a port for metrics":       {config.Flags{Metrics: "127.0.0.1:9100"}, func(c *config.Config) { c.MetricsListen = "127.0.0.1:9100" }},
		"a mail server": {config.Flags{SMTPURL: "smtp://u%40x.example:p@mail.example:587"}, func(c *config.Config) {
			c.Outside.SMTP = &url.URL{Scheme: "smtp", User: url.UserPassword("u@x.example", "p"), Host: "mail.example:587"}
			c.Outside.From = "u@x.example"
		}},
		"a mail server and a sender": {config.Flags{SMTPURL: "smtps://mail.example?from=Alerts%20<a@x.example>"}, func(c *config.Config) {
			c.Outside.SMTP, c.Outside.From = &url.URL{Scheme: "smtps", Host: "mail.example"}, "Alerts <a@x.example>"
		}},
		"a gateway": {config.Flags{SMSURL: "http://10.0.0.9/send?n={to}&m={text}#json"}, func(c *config.Config) {
			c.Outside.SMS = &url.URL{Scheme: "http", Host: "10.0.0.9", Path: "/send", RawQuery: "n={to}&m={text}", Fragment: "json"}
		}},
		"networks of our own": {config.Flags{AllowNets: "10.0.0.7/8 fd00::/8"}, func(c *config.Config) { c.Outside.AllowNets = prefixes("10.0.0.0/8", "fd00::/8") }},
		"a heartbeat": {config.Flags{HeartbeatURL: "https://hc.example/x"}, func(c *config.Config) {
			c.Outside.Heartbeat = &url.URL{Scheme: "https", Host: "hc.example", Path: "/x"}
		}},
		"proxies": {config.Flags{TrustedProxies: "10.1.2.3/8, 192.168.0.7,::ffff:192.168.0.8 fd00::1"}, func(c *config.Config) {
			c.TrustedProxies = prefixes("10.0.0.0/8", "192.168.0.7/32", "192.168.0.8/32", "fd00::1/128")
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := defaults()
			tt.change(&want)
			got, err := tt.flags.Config()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, same); diff != "" {
				t.Errorf("Config() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlags_Config_NamesTheMistake(t *testing.T) {
	tests := map[string]struct {
		flags config.Flags
		want  string
	}{
		"a port alone":             {config.Flags{Listen: "8080"}, `LISTEN is "8080"`},
		"a port by name":           {config.Flags{Listen: ":http"}, `LISTEN is ":http"`},
		"a port too high":          {config.Flags{Listen: ":65536"}, `from 0 to 65535`},
		"a name alone":             {config.Flags{BaseURL: "example.com"}, `BASE_URL is "example.com"`},
		"a name and port":          {config.Flags{BaseURL: "localhost:8080"}, `http:// or https://`},
		"another scheme":           {config.Flags{BaseURL: "ftp://example.com"}, `http:// or https://`},
		"no host":                  {config.Flags{BaseURL: "https://"}, `http:// or https://`},
		"no host but a port":       {config.Flags{BaseURL: "https://:8080"}, `http:// or https://`},
		"a space in the host":      {config.Flags{BaseURL: "https://my host"}, `http:// or https://`},
		"a trailing slash":         {config.Flags{BaseURL: "https://example.com/"}, `leave "/" off`},
		"a path":                   {config.Flags{BaseURL: "https://example.com/feedback/"}, `leave "/feedback/" off`},
		"a query":                  {config.Flags{BaseURL: "https://example.com?"}, `leave "?" off`},
		"a fragment":               {config.Flags{BaseURL: "https://example.com#a"}, `leave "#a" off`},
		"a user":                   {config.Flags{BaseURL: "https://me@example.com"}, `BASE_URL holds a user name`},
		"a base port too high":     {config.Flags{BaseURL: "https://example.com:99999"}, `its port`},
		"a base port left out":     {config.Flags{BaseURL: "https://example.com:"}, `its port`},
		"another database":         {config.Flags{Database: "mysql://h/n"}, `DATABASE begins with mysql://`},
		"a broken URL":             {config.Flags{Database: "postgres://u:p%@h/n"}, `cannot be read as a URL`},
		"a database in memory":     {config.Flags{Database: ":memory:"}, `DATABASE is ":memory:"`},
		"a file with options":      {config.Flags{Database: "a.db?mode=ro"}, `the plain path of a file`},
		"a file as a URI":          {config.Flags{Database: "file:a.db"}, `the plain path of a file`},
		"a folder":                 {config.Flags{Database: "data/"}, `the plain path of a file`},
		"a domain with a port":     {config.Flags{Domain: "example.com:443"}, `DOMAIN is "example.com:443"`},
		"a domain as a URL":        {config.Flags{Domain: "https://example.com"}, `DOMAIN is "https://example.com"`},
		"a number for a domain":    {config.Flags{Domain: "192.0.2.1"}, `DOMAIN is "192.0.2.1"`},
		"a name of the LAN":        {config.Flags{Domain: "tablet"}, `DOMAIN is "tablet"`},
		"a domain and a file":      {config.Flags{Domain: "example.com", TLSCert: "c", TLSKey: "k"}, `both set`},
		"no key":                   {config.Flags{TLSCert: "c"}, `belong together`},
		"http in spite of it":      {config.Flags{Domain: "example.com", BaseURL: "http://example.com"}, `write https://`},
		"another domain":           {config.Flags{Domain: "example.com", BaseURL: "https://example.org"}, `would not be good`},
		"perhaps for developers":   {config.Flags{Dev: "maybe"}, `DEV is "maybe"`},
		"a few limits":             {config.Flags{Limits: "some"}, `LIMITS is "some"`},
		"no unit":                  {config.Flags{Shutdown: "10"}, `SHUTDOWN is "10"`},
		"before it began":          {config.Flags{Shutdown: "-1s"}, `less than nothing`},
		"a proxy by name":          {config.Flags{TrustedProxies: "proxy.local"}, `TRUSTED_PROXIES has "proxy.local"`},
		"a network too narrow":     {config.Flags{TrustedProxies: "10.0.0.0/33"}, `TRUSTED_PROXIES has "10.0.0.0/33"`},
		"a proxy with a zone":      {config.Flags{TrustedProxies: "fe80::1%eth0"}, `TRUSTED_PROXIES has "fe80::1%eth0"`},
		"everybody":                {config.Flags{TrustedProxies: "0.0.0.0/0"}, `believe everybody`},
		"backups as a URL":         {config.Flags{Backups: "s3://b"}, `BACKUPS is "s3://b"`},
		"no number of backups":     {config.Flags{BackupKeep: "all"}, `BACKUP_KEEP is "all"`},
		"fewer than none":          {config.Flags{BackupKeep: "-1"}, `BACKUP_KEEP is "-1"`},
		"a short token":            {config.Flags{Metrics: "0123456789abcde"}, `METRICS is neither`},
		"a token of two words":     {config.Flags{Metrics: "0123456789 abcdef"}, `METRICS is neither`},
		"an address of no port":    {config.Flags{Metrics: "127.0.0.1:metrics"}, `METRICS is neither`},
		"a mail server by name":    {config.Flags{SMTPURL: "mail.example"}, `SMTP_URL cannot be read`},
		"a mail server on the web": {config.Flags{SMTPURL: "https://mail.example"}, `SMTP_URL cannot be read`},
		"mails from nobody":        {config.Flags{SMTPURL: "smtp://mail.example"}, `SMTP_URL does not say whom`},
		"a gateway by name":        {config.Flags{SMSURL: "sms.example/{to}{text}"}, `SMS_URL cannot be read`},
		"a gateway of no text":     {config.Flags{SMSURL: "https://sms.example/?to={to}"}, `SMS_URL needs {to} and {text}`},
		"a number for a host":      {config.Flags{SMSURL: "https://{to}.sms.example/?text={text}"}, `SMS_URL`},
		"a gateway by carrier":     {config.Flags{SMSURL: "https://sms.example/?to={to}&text={text}#pigeon"}, `SMS_URL ends with #pigeon`},
		"no network":               {config.Flags{AllowNets: "10.0.0.0/33"}, `ALLOW_NETS has "10.0.0.0/33"`},
		"the whole internet":       {config.Flags{AllowNets: "::/0"}, `allow everything`},
		"a heartbeat of words":     {config.Flags{HeartbeatURL: "every minute"}, `HEARTBEAT_URL cannot be read`},
		"one bad among good ones":  {config.Flags{TrustedProxies: "10.0.0.1,x,10.0.0.2"}, `TRUSTED_PROXIES has "x"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tt.flags.Config()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Config() = %v, want a mistake with %q", err, tt.want)
			}
			if lines := strings.Count(err.Error(), "\n") + 1; lines != 1 {
				t.Errorf("Config() names %d mistakes, want one:\n%v", lines, err)
			}
		})
	}
}

func TestFlags_Config_NamesAllAtOnce(t *testing.T) {
	_, err := config.Flags{
		Listen: "x", BaseURL: "x", Database: "x://", Dev: "x",
		Shutdown: "x", TrustedProxies: "x,y", Limits: "x",
		Backups: "x://", BackupKeep: "x", Metrics: "x",
		Domain: "x", TLSKey: "x",
	}.Config()
	if err == nil {
		t.Fatal("Config() = nil, want mistakes")
	}
	for _, name := range []string{
		"LISTEN", "BASE_URL", "DATABASE", "DEV", "SHUTDOWN",
		`TRUSTED_PROXIES has "x"`, `TRUSTED_PROXIES has "y"`, "LIMITS",
		"BACKUPS", "BACKUP_KEEP", "METRICS", "DOMAIN is", "DOMAIN and TLS_CERT",
	} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("Config() does not name %s:\n%v", name, err)
		}
	}
}

func TestFlags_Config_KeepsPasswordsToItself(t *testing.T) {
	for _, dsn := range []string{"mysql://u:secret@h/n", "postgres://u:secret%@h/n"} {
		_, err := config.Flags{Database: dsn}.Config()
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Config() = %v, want a mistake without the password", err)
		}
	}
	if _, err := (config.Flags{Metrics: "secret"}).Config(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Config() = %v, want a mistake without the token", err)
	}
	secrets := config.Flags{SMTPURL: "smtp://u:secret@h", SMSURL: "https://h/?key=secret", HeartbeatURL: "ftp://h/secret"}
	if _, err := secrets.Config(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Config() = %v, want mistakes without the secrets", err)
	}
	_, err := config.Flags{BaseURL: "https://u:secret@h"}.Config()
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Config() = %v, want a mistake without the password", err)
	}
}

func TestFlags_OnTheCommandLine(t *testing.T) {
	all := map[string]string{
		"LISTEN": ":1", "BASE_URL": "http://a", "DATABASE": "a.db", "DEV": "yes",
		"SHUTDOWN": "1s", "TRUSTED_PROXIES": "10.0.0.1", "LIMITS": "off",
		"BACKUPS": "b", "BACKUP_KEEP": "1", "METRICS": ":2",
		"SMTP_URL": "smtp://m", "SMS_URL": "https://s", "ALLOW_NETS": "10.0.0.0/8", "HEARTBEAT_URL": "https://h",
	}
	read := config.Flags{
		Listen: ":1", BaseURL: "http://a", Database: "a.db", Dev: "yes",
		Shutdown: "1s", TrustedProxies: "10.0.0.1", Limits: "off",
		Backups: "b", BackupKeep: "1", Metrics: ":2",
		SMTPURL: "smtp://m", SMSURL: "https://s", AllowNets: "10.0.0.0/8", HeartbeatURL: "https://h",
	}
	tests := map[string]struct {
		args []string
		env  map[string]string
		want config.Flags
	}{
		"all as flags": {
			args: []string{
				"--listen=:1", "--base-url=http://a", "--database", "a.db", "--dev=yes",
				"--shutdown=1s", "--trusted-proxies=10.0.0.1", "--limits=off",
				"--backups=b", "--backup-keep=1", "--metrics=:2",
				"--smtp-url=smtp://m", "--sms-url=https://s", "--allow-nets=10.0.0.0/8", "--heartbeat-url=https://h",
			},
			want: read,
		},
		"values apart": {args: []string{"--limits", "off"}, want: config.Flags{
			Database: "data/makeright.db", Dev: "off", Shutdown: "10s", Limits: "off", BackupKeep: "14",
		}},
		"all in the environment": {env: all, want: read},
		"a flag wins": {args: []string{"--listen=:2"}, env: all, want: func() config.Flags {
			f := read
			f.Listen = ":2"
			return f
		}()},
		"a switch alone": {args: []string{"--dev"}, want: config.Flags{
			Database: "data/makeright.db", Dev: "on", Shutdown: "10s", Limits: "on", BackupKeep: "14",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse(t, tt.args, tt.env)); diff != "" {
				t.Errorf("flags (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlags_DefaultsAgree holds the defaults that --help shows against those
// that an empty setting gets.
func TestFlags_DefaultsAgree(t *testing.T) {
	got, err := parse(t, nil, nil).Config()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaults(), got, same); diff != "" {
		t.Errorf("kong's defaults (-want +got):\n%s", diff)
	}
}

func defaults() config.Config {
	return config.Config{
		Listen:   ":8080",
		BaseURL:  &url.URL{Scheme: "http", Host: "localhost:8080"},
		Database: "data/makeright.db",
		Shutdown: 10 * time.Second,
		Limits:   true,

		Backups: "data/backups", BackupKeep: 14, Photos: "data/photos",
	}
}

// parse reads flags as the command line does, with env as the environment.
func parse(t *testing.T, args []string, env map[string]string) config.Flags {
	t.Helper()
	var cli struct {
		Serve struct{ config.Flags } `cmd:"" default:"withargs"`
	}
	k, err := kong.New(&cli, config.Env(func(name string) string { return env[name] }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(args); err != nil {
		t.Fatal(err)
	}
	return cli.Serve.Flags
}

var same = cmpopts.EquateComparable(netip.Prefix{}, url.Userinfo{})

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}
