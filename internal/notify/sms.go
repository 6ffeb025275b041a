package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// SMS sends text messages through a gateway of the operator's choice that
// speaks HTTP. Template is its address with {to} and {text} in the query: it is
// asked with GET, or posted to as a form (#post) or as JSON (#json) with what
// the query would hold. A user and password in it are sent as such.
type SMS struct {
	Client   *http.Client
	Template *url.URL
}

// Send implements [Sender].
func (s SMS) Send(ctx context.Context, m Message) error {
	fields := s.Template.Query()
	for name, values := range fields {
		for i, v := range values {
			fields[name][i] = strings.NewReplacer("{to}", m.To.Address, "{text}", brief(m)).Replace(v)
		}
	}
	r, err := s.request(ctx, fields)
	if err != nil {
		return err
	}
	return do(s.Client, r)
}

func (s SMS) request(ctx context.Context, fields url.Values) (*http.Request, error) {
	to := *s.Template
	to.Fragment, to.RawQuery = "", ""
	switch s.Template.Fragment {
	case "post":
		return post(ctx, to.String(), "application/x-www-form-urlencoded", []byte(fields.Encode()))
	case "json":
		flat := map[string]string{}
		for name := range fields {
			flat[name] = fields.Get(name)
		}
		body, err := json.Marshal(flat)
		if err != nil {
			return nil, err
		}
		return post(ctx, to.String(), "application/json", body)
	}
	to.RawQuery = fields.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		return nil, errAddress
	}
	return r, nil
}

// brief is a message on one line, as a phone shows it.
func brief(m Message) string {
	parts := []string{m.Title}
	for _, s := range []string{m.Text, m.Link} {
		if s != "" && s != m.Title {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}
