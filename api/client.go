package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Client calls the API of one installation. Its methods are named after the
// operations of the contract; a refusal is a [Problem]. It may be used by many
// goroutines at once.
type Client struct {
	// HTTP does the requests; nil means http.DefaultClient. A timeout of its
	// own would cut streams short: use a context instead.
	HTTP *http.Client
	// Pause is how long a stream waits before it connects again; 0 means 1 s.
	Pause time.Duration

	silence time.Duration // a stream that says nothing for so long is dead
	wire    Wire
}

// New returns a client of the installation at baseURL. Guest operations need
// no key: it may be empty.
func New(baseURL, key string) *Client {
	c := &Client{silence: maxSilence}
	c.wire.Server = strings.TrimSuffix(baseURL, "/") + "/"
	c.wire.Client = doer{c}
	if key != "" {
		c.wire.RequestEditors = []RequestEditorFn{setHeader("Authorization", "Bearer "+key)}
	}
	return c
}

// doer sends through whatever HTTP is at the time.
type doer struct{ c *Client }

func (d doer) Do(req *http.Request) (*http.Response, error) {
	if d.c.HTTP == nil {
		return http.DefaultClient.Do(req)
	}
	return d.c.HTTP.Do(req)
}

// Option changes one call.
type Option func(*call)

type call struct {
	edits    []RequestEditorFn
	replayed *bool
}

// Idempotent makes a call safe to repeat: the same key and the same input are
// answered as the first time.
func Idempotent(key string) Option { return Header("Idempotency-Key", key) }

// AtVersion lets an action fail with a conflict when the report has another
// version by now.
func AtVersion(version int64) Option {
	return Header("If-Match", `"`+strconv.FormatInt(version, 10)+`"`)
}

// Header sets a header of the request.
func Header(name, value string) Option {
	return func(c *call) { c.edits = append(c.edits, setHeader(name, value)) }
}

// Replayed tells afterwards whether the answer is that of an earlier call with
// the same key.
func Replayed(replayed *bool) Option {
	return func(c *call) { c.replayed = replayed }
}

func setHeader(name, value string) RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set(name, value)
		return nil
	}
}

func options(opts []Option) call {
	var c call
	for _, o := range opts {
		o(&c)
	}
	return c
}

// edit applies options to a request.
func edit(opts []Option) RequestEditorFn {
	return func(ctx context.Context, req *http.Request) error {
		for _, e := range options(opts).edits {
			if err := e(ctx, req); err != nil {
				return err
			}
		}
		return nil
	}
}

// read returns a func that turns an answer into a T, so that it can be wrapped
// around the call that gets it.
func read[T any](opts []Option) func(*http.Response, error) (T, error) {
	return func(res *http.Response, err error) (T, error) {
		var v T
		body, err := raw(opts)(res, err)
		if err != nil {
			return v, err
		}
		if err := json.Unmarshal(body, &v); err != nil {
			return v, fmt.Errorf("read answer: %w", err)
		}
		return v, nil
	}
}

// raw is read for what is not JSON.
func raw(opts []Option) func(*http.Response, error) ([]byte, error) {
	return func(res *http.Response, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode/100 != 2 {
			return nil, problem(res)
		}
		if replayed := options(opts).replayed; replayed != nil {
			*replayed = res.Header.Get("Idempotent-Replayed") == "true"
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return nil, fmt.Errorf("read answer: %w", err)
		}
		return body, nil
	}
}

// done is read for answers that say nothing.
func done(opts []Option) func(*http.Response, error) error {
	return func(res *http.Response, err error) error {
		_, err = raw(opts)(res, err)
		return err
	}
}
