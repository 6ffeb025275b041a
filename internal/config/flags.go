package config

import "github.com/alecthomas/kong"

// Flags are the settings as written by the operator, on the command line or in
// the environment; the flag wins. Embed them in the commands that need them:
//
//	Serve struct {
//		config.Flags
//	} `cmd:"" default:"withargs"`
//
// They are all text, because [Flags.Config] checks them together; kong would
// stop at the first mistake. A setting left empty has its default, so the zero
// Flags are a working set.
type Flags struct {
	Listen         string `env:"LISTEN" placeholder:"HOST:PORT" help:"Address to serve on. Without it :8080, with DOMAIN :443."`
	BaseURL        string `env:"BASE_URL" name:"base-url" placeholder:"URL" help:"How guests reach us; printed in QR codes. Without it DOMAIN, or localhost and the port of LISTEN."`
	Domain         string `env:"DOMAIN" placeholder:"NAME" help:"Name of this machine on the internet: we fetch and renew its certificate and speak https."`
	TLSCert        string `env:"TLS_CERT" name:"tls-cert" placeholder:"FILE" help:"Certificate to speak https with (PEM); read again when it changes."`
	TLSKey         string `env:"TLS_KEY" name:"tls-key" placeholder:"FILE" help:"Its private key (PEM)."`
	Database       string `env:"DATABASE" default:"data/makeright.db" help:"SQLite file, or postgres://user:password@host/name."`
	Dev            Switch `env:"DEV" default:"off" help:"Read pages and styles from disk."`
	Shutdown       string `env:"SHUTDOWN" default:"10s" help:"How long open requests may take to finish when we stop."`
	TrustedProxies string `env:"TRUSTED_PROXIES" placeholder:"ADDRESS,..." help:"Addresses or networks (CIDR) of the proxies whose X-Forwarded-For is believed."`
	Limits         string `env:"LIMITS" default:"on" help:"Rate limits: on or off."`
	Photos         string `env:"PHOTOS" placeholder:"FOLDER" help:"Where guests' photos go. Without it, photos beside a SQLite database, or data/photos."`
	Backups        string `env:"BACKUPS" placeholder:"FOLDER" help:"Where daily backups of a SQLite database go. Without it, backups beside the database."`
	BackupKeep     string `env:"BACKUP_KEEP" default:"14" help:"How many daily backups to keep; 0 for none."`
	Metrics        string `env:"METRICS" placeholder:"TOKEN|HOST:PORT" help:"Who sends this token reads /metrics; or an address to serve them on. Without it there are none."`
	SMTPURL        string `env:"SMTP_URL" name:"smtp-url" placeholder:"URL" help:"Mail server: smtp://user:password@host:587?from=alerts@example.com. Without it no mails are sent."`
	SMSURL         string `env:"SMS_URL" name:"sms-url" placeholder:"URL" help:"Gateway for text messages, with {to} and {text} in its query; #post or #json at the end sends them as a form or as JSON."`
	AllowNets      string `env:"ALLOW_NETS" placeholder:"NETWORK,..." help:"Networks of your own (CIDR) that chat rooms and webhooks may lie in, over http too."`
	HeartbeatURL   string `env:"HEARTBEAT_URL" name:"heartbeat-url" placeholder:"URL" help:"Asked every minute while alerts get all the way round; a service that misses it calls you."`
}

// Switch is a setting whose flag may stand alone: --dev, --dev=off, DEV=on.
type Switch string

// Decode lets a flag without a value mean on.
func (s *Switch) Decode(ctx *kong.DecodeContext) error {
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		*s = "on"
		return nil
	}
	return ctx.Scan.PopValueInto("on or off", (*string)(s))
}

// IsBool tells kong that the flag may stand without a value.
func (s *Switch) IsBool() bool { return true }

// Env is a kong option that reads the settings through getenv. Without it kong
// reads the environment of the process.
func Env(getenv func(string) string) kong.Option {
	return kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if v := getenv(name); v != "" {
				return v, nil
			}
		}
		return nil, nil
	}))
}
