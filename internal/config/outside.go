package config

import (
	"cmp"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
)

// Outside is how messages leave the house. Everything works without any of it.
type Outside struct {
	SMTP      *url.URL       // SMTP_URL: the mail server; nil for none
	From      string         // the sender of mails, from SMTP_URL
	SMS       *url.URL       // SMS_URL: template of a gateway for text messages; nil for none
	AllowNets []netip.Prefix // ALLOW_NETS: networks of our own that receivers may lie in
	Heartbeat *url.URL       // HEARTBEAT_URL: asked again and again while alerts get through; nil for none
}

func (m *mistakes) outside(f Flags) Outside {
	o := Outside{
		SMS:       m.gateway(f.SMSURL),
		AllowNets: m.networks("ALLOW_NETS", "allow everything", f.AllowNets),
		Heartbeat: m.web("HEARTBEAT_URL", f.HeartbeatURL, "https://hc-ping.com/0123"),
	}
	o.SMTP, o.From = m.mailServer(f.SMTPURL)
	return o
}

// mailServer reads smtp://user:password@host:587?from=alerts@example.com. It is
// never repeated: it may hold a password.
func (m *mistakes) mailServer(s string) (server *url.URL, from string) {
	if s == "" {
		return nil, ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Port() != "" && !isPort(u.Port()) {
		m.add("SMTP_URL cannot be read; write smtp://user:password@host:587?from=alerts@example.com, or smtps:// for port 465. Special characters of a password are written as %%40 and the like.")
		return nil, ""
	}
	from = cmp.Or(u.Query().Get("from"), u.User.Username())
	if _, err := mail.ParseAddress(from); err != nil {
		m.add("SMTP_URL does not say whom mails are from; end it with ?from=alerts@example.com.")
		return nil, ""
	}
	u.RawQuery = ""
	return u, from
}

// gateway reads a template: the places for number and text stand in the query,
// never where they could choose the receiver.
func (m *mistakes) gateway(s string) *url.URL {
	u := m.web("SMS_URL", s, "https://sms.example.com/send?key=KEY&to={to}&text={text}")
	if u == nil {
		return nil
	}
	query, _ := url.QueryUnescape(u.RawQuery)
	switch {
	case !strings.Contains(query, "{to}") || !strings.Contains(query, "{text}"):
		m.add("SMS_URL needs {to} and {text} after the question mark, such as https://sms.example.com/send?key=KEY&to={to}&text={text}.")
		return nil
	case u.Fragment != "" && u.Fragment != "post" && u.Fragment != "json":
		m.add("SMS_URL ends with #%s; write #post for a form, #json for JSON, or neither.", u.Fragment)
		return nil
	}
	return u
}

// web reads an address that may hold a secret, so it is never repeated.
func (m *mistakes) web(name, s, like string) *url.URL {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		m.add("%s cannot be read; write a full address, such as %s.", name, like)
		return nil
	}
	return u
}
