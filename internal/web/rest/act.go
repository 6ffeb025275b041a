package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// call is one request that changes something.
type call struct {
	echo.Context
	by   feedback.Actor // with what is known of the request
	body []byte
}

// ctx is the request's context.
func (c call) ctx() context.Context { return c.Request().Context() }

// venue is the id of the venue that the address names.
func (c call) venue() string { return here(c).ID }

// read reads the body into in.
func (c call) read(in any) error { return decode(c.body, in) }

// readAny is read for a body that may be left out.
func (c call) readAny(in any) error {
	if len(c.body) == 0 {
		return nil
	}
	return decode(c.body, in)
}

// readNone is for what needs no body; an empty object is fine.
func (c call) readNone() error { return c.readAny(&struct{}{}) }

// replayed says whether the desk knew the request already.
func (c call) replayed() bool { return *c.by.Request.Replayed }

// reply is the answer to a call.
type reply struct {
	status int
	body   any // none: no content
	// keep is what is kept of body for whoever repeats the call: neither secrets
	// nor what a guest may have erased by then. None: the answer is drawn anew.
	keep any
}

// acts makes a handler of what changes something. A repeated call gets its first
// answer again; refill puts back what was not kept of it.
func (h handler) acts(do func(call) (reply, error), refill ...func(call, []byte) (any, error)) echo.HandlerFunc {
	return web.JSONOnly(func(c echo.Context) error {
		in, err := newCall(c)
		if err != nil {
			return err
		}
		done, err := h.again(in, refill)
		if err == nil && done.status == 0 {
			done, err = do(in)
			if err == nil {
				h.remember(in, done)
			}
		}
		if err != nil {
			return err
		}
		if in.replayed() {
			c.Response().Header().Set("Idempotent-Replayed", "true")
		}
		if done.body == nil {
			return c.NoContent(done.status)
		}
		return c.JSON(done.status, done.body)
	})
}

func newCall(c echo.Context) (call, error) {
	r := c.Request()
	body, err := readAll(r)
	if err != nil {
		return call{}, err
	}
	in := call{Context: c, by: web.Actor(c), body: body}
	rq := feedback.Request{Replayed: new(bool)}
	if r.Method == http.MethodPost {
		rq.Key = r.Header.Get("Idempotency-Key")
	}
	if len(rq.Key) > 255 || strings.ContainsFunc(rq.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return in, feedback.Problems{"Idempotency-Key": "problem.key.format"}
	}
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "\x00" + string(body)))
	rq.Hash = hex.EncodeToString(sum[:])
	rq.Version, err = version(r.Header.Get("If-Match"))
	in.by.Request = rq
	return in, err
}

// version reads If-Match: a number, bare or in quotes.
func version(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		text = strings.TrimSuffix(inner, `"`)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, feedback.Problems{"If-Match": "rest.problem.if_match"}
	}
	return n, nil
}

// scope is whose idempotency keys are kept apart from all others'; the desk has
// the same.
func (c call) scope() string { return string(c.by.Kind) + " " + c.by.ID }

// keeps says whether answers to the call are kept. Those to guests hold what
// they may erase, and are drawn anew.
func (c call) keeps() bool { return c.by.Request.Key != "" && c.by.Kind != feedback.ByGuest }

// again is the first answer to a call that is repeated, if it was kept.
func (h handler) again(c call, refill []func(call, []byte) (any, error)) (reply, error) {
	if !c.keeps() {
		return reply{}, nil
	}
	first, found, err := h.store.Repeated(c.ctx(), c.scope(), c.by.Request)
	if err != nil || !found || first.Status == 0 {
		return reply{}, err
	}
	*c.by.Request.Replayed = true
	r := reply{status: first.Status, body: json.RawMessage(first.Body)}
	for _, fill := range refill {
		r.body, err = fill(c, first.Body)
	}
	return r, err
}

// remember keeps the answer. When it cannot be kept, whoever repeats the call
// gets the answer drawn anew: what was done is done and must be answered.
func (h handler) remember(c call, r reply) {
	if !c.keeps() || c.replayed() || r.keep == nil {
		return
	}
	if body, err := json.Marshal(r.keep); err == nil {
		_ = h.store.Keep(context.WithoutCancel(c.ctx()), c.scope(), c.by.Request.Key, r.status, body)
	}
}
