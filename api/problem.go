package api

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Problem is an answer that says what went wrong (RFC 9457). It is an error:
// find it with errors.AsType[api.Problem] and decide by its Code.
type Problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Code     string            `json:"code"`
	Problems map[string]string `json:"problems,omitempty"` // of 422: field to sentence
	TakenBy  *PersonRef        `json:"taken_by,omitempty"` // of 409: who has the report

	// RetryAfter is how long to wait before trying again; 0 when not said.
	RetryAfter time.Duration `json:"-"`
}

// Error gives the code and the sentence, never what was sent.
func (p Problem) Error() string {
	return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
}

// maxProblem bounds how much of a refusal is read.
const maxProblem = 1 << 20

// problem reads a refusal. One that is no problem document, of a proxy
// perhaps, becomes a Problem without a code.
func problem(res *http.Response) Problem {
	var p Problem
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if kind != "application/problem+json" || err != nil || json.Unmarshal(body, &p) != nil {
		p = Problem{Title: http.StatusText(res.StatusCode), Detail: "no problem document"}
	}
	p.Status = res.StatusCode
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return p
}
