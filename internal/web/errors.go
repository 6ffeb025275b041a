package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// ErrMediaType says that a body is not of a kind we read: 415.
var ErrMediaType = errors.New("unsupported media type")

// ErrTooLarge says that a body is over the limit, when no [http.MaxBytesError]
// says so already: 413.
var ErrTooLarge = errors.New("body too large")

// failure is what a kind of error becomes: a status, and the stable code that
// other programs test for and that names our sentences.
//
// i18n: web.error.*
type failure struct {
	status int
	code   string
}

// known are the errors with an answer of their own; the first that fits wins.
var known = []struct {
	err error
	failure
}{
	{feedback.ErrUnauthorised, failure{http.StatusUnauthorized, "unauthorised"}},
	{feedback.ErrForbidden, failure{http.StatusForbidden, "forbidden"}},
	{feedback.ErrNotFound, failure{http.StatusNotFound, "not_found"}},
	{feedback.ErrGone, failure{http.StatusGone, "gone"}},
	{feedback.ErrConflict, failure{http.StatusConflict, "conflict"}},
	{feedback.ErrInvalid, failure{http.StatusUnprocessableEntity, "invalid"}},
	{feedback.ErrBusy, failure{http.StatusServiceUnavailable, "busy"}},
	{feedback.ErrFull, failure{http.StatusInsufficientStorage, "full"}},
	{ErrMediaType, failure{http.StatusUnsupportedMediaType, "unsupported_media_type"}},
	{ErrTooLarge, failure{http.StatusRequestEntityTooLarge, "too_large"}},
	{context.DeadlineExceeded, failure{http.StatusServiceUnavailable, "busy"}},
}

// byStatus are the answers to errors of the router and its parts, which know
// only a status.
var byStatus = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusUnauthorized:          "unauthorised",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusConflict:              "conflict",
	http.StatusGone:                  "gone",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "unsupported_media_type",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusTooManyRequests:       "too_many",
	http.StatusServiceUnavailable:    "busy",
}

var broken = failure{http.StatusInternalServerError, "internal"}

// describe finds the answer to an error. What it does not know is our own fault.
func describe(err error) failure {
	if _, ok := errors.AsType[feedback.WaitError](err); ok {
		return failure{http.StatusTooManyRequests, "too_many"}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return failure{http.StatusRequestEntityTooLarge, "too_large"}
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return k.failure
		}
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		if code, ok := byStatus[he.Code]; ok {
			return failure{he.Code, code}
		}
		if he.Code >= 400 && he.Code < 500 {
			return failure{he.Code, "bad_request"}
		}
	}
	return broken
}

// ErrorHandler is the one place where an error becomes an answer and the one
// place where it is logged. People read our own sentences, never err's text.
func ErrorHandler(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		f := describe(err)
		if f.status >= 500 && left(c, err) {
			if !c.Response().Committed {
				c.Response().WriteHeader(statusLeft)
			}
			return
		}
		logFailure(log, c.Request().Method, route(c), f, err)
		if c.Response().Committed {
			return // a stream broke off; there is nothing left to say
		}
		if err := answer(c, f, err); err != nil {
			log.Warn("answer not sent", "route", route(c), "err", err)
		}
	}
}

// statusLeft is what the log says of a request whose caller did not wait for the
// answer, as other servers do; nobody is told it.
const statusLeft = 499

// left says whether a request failed because its caller went away, which is no
// fault of ours. What was written before that stays.
func left(c echo.Context, err error) bool {
	if !errors.Is(c.Request().Context().Err(), context.Canceled) {
		return false
	}
	_, line := errors.AsType[*net.OpError](err)
	return line || errors.Is(err, context.Canceled) || errors.Is(err, feedback.ErrBusy) // a read that was broken off
}

// logFailure logs what is our own fault.
func logFailure(log *slog.Logger, method, route string, f failure, err error) {
	if f.status >= 500 {
		log.Error("request failed", "method", method, "route", route, "status", f.status, "err", err)
	}
}

func answer(c echo.Context, f failure, err error) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	if wait := retryAfter(f, err); wait > 0 {
		h.Set("Retry-After", strconv.Itoa(wait))
	}
	if isAPI(c) {
		return problemAnswer(c, f, err)
	}
	if f.status == http.StatusUnauthorized && sendToSignIn(c) {
		return nil
	}
	return errorPage(c, f, err)
}

// retryAfter is how many seconds the caller should stay away; 0 when it is
// not a question of time.
func retryAfter(f failure, err error) int {
	if w, ok := errors.AsType[feedback.WaitError](err); ok {
		return max(1, int(math.Ceil(w.For.Seconds())))
	}
	if f.status == http.StatusServiceUnavailable || f.status == http.StatusTooManyRequests {
		return 2
	}
	return 0
}

func isAPI(c echo.Context) bool {
	return strings.HasPrefix(c.Request().URL.Path, "/api/")
}

// SignIn is where people without a session are sent.
const SignIn = "/sign-in"

// sendToSignIn answers a page that needs a session with the way to one, and
// says whether it did: a form that was posted would be lost on that way, and a
// stream or script cannot follow it.
func sendToSignIn(c echo.Context) bool {
	r := c.Request()
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		return false
	}
	to := SignIn + "?next=" + url.QueryEscape(r.URL.RequestURI())
	if r.Header.Get("HX-Request") != "" {
		c.Response().Header().Set("HX-Redirect", SignIn)
		_ = c.NoContent(http.StatusUnauthorized)
		return true
	}
	return c.Redirect(http.StatusSeeOther, to) == nil
}

// AfterSignIn is where to go after signing in: an address of ours, or fallback.
func AfterSignIn(c echo.Context, fallback string) string {
	next := c.FormValue("next")
	if next == "" || next[0] != '/' || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(next, "//") {
		return fallback
	}
	return next
}

// Problem is an error as other programs read it (RFC 9457).
type Problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Code     string            `json:"code"`
	Problems map[string]string `json:"problems,omitempty"` // field to sentence
	Holder   *Holder           `json:"taken_by,omitempty"` // who has it already
}

// Holder names who has a report already.
type Holder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func problemAnswer(c echo.Context, f failure, err error) error {
	p := Problem{
		Type:   "urn:makeright:problem:" + f.code,
		Title:  T(c, "web.error."+f.code+".title"),
		Status: f.status,
		Detail: T(c, "web.error."+f.code+".text"),
		Code:   f.code,
	}
	if held, ok := errors.AsType[feedback.HeldError](err); ok {
		p.Holder = &Holder{held.Person, held.Name}
		p.Detail = T(c, "web.error.held", "Name", held.Name)
	}
	if wait, ok := errors.AsType[feedback.WaitError](err); ok && wait.Say != "" {
		p.Detail = T(c, wait.Say, "Time", Printer(c).Duration(time.Duration(retryAfter(f, err))*time.Second))
	}
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		p.Problems = make(map[string]string, len(ps))
		for field, key := range ps {
			p.Problems[field] = T(c, key)
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Language", Lang(c))
	if f.status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	return c.Blob(f.status, "application/problem+json", append(body, '\n'))
}

// errorPageData is all that pages/error.html may use.
type errorPageData struct {
	Frame    GuestFrame
	Icon     string
	Tone     string // of the big sign: late, soon or none
	Title    string
	Text     string
	Problems []string
	Wait     time.Duration // 0 when there is nothing to wait for
}

// tones give the more usual errors a sign of their own.
var tones = map[string][2]string{
	"not_found": {"qr", "soon"}, "gone": {"clock", ""}, "too_many": {"clock", "soon"}, "busy": {"clock", "soon"},
	"unauthorised": {"lock", "soon"}, "forbidden": {"lock", "soon"}, "conflict": {"swap", "soon"},
}

func errorPage(c echo.Context, f failure, err error) error {
	page := errorPageData{
		Icon: "alert", Tone: "late",
		Title: T(c, "web.error."+f.code+".title"),
		Text:  T(c, "web.error."+f.code+".text"),
		Wait:  time.Duration(retryAfter(f, err)) * time.Second,
	}
	if safe(c.Request().Method) {
		page.Frame.Languages = Languages() // the menu loads the address again
	}
	if tone, ok := tones[f.code]; ok {
		page.Icon, page.Tone = tone[0], tone[1]
	}
	if held, ok := errors.AsType[feedback.HeldError](err); ok {
		page.Text = T(c, "web.error.held", "Name", held.Name)
	}
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		for _, key := range ps {
			page.Problems = append(page.Problems, T(c, key))
		}
		slices.Sort(page.Problems)
	}
	c.Response().Header().Set("Content-Security-Policy", guestPolicy("", "none"))
	return Draw(c, f.status, ownPages(), "error.html", page)
}
