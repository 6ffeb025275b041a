// Package feedback is the nouns of the house and their rules: what a report,
// a visit, a code may be and where they may go. It is pure: no database, no
// HTTP, no clock, and it imports nothing of ours.
package feedback

import (
	"errors"
	"sort"
	"strings"
	"time"
)

// The failures a caller may act on. Test for them with [errors.Is]; anything
// else is our own fault and is shown to people only as "something went wrong".
var (
	ErrNotFound     = errors.New("not found")
	ErrConflict     = errors.New("conflict")
	ErrForbidden    = errors.New("forbidden")
	ErrInvalid      = errors.New("invalid")
	ErrGone         = errors.New("gone")          // was there, has ended: an expired visit code
	ErrBusy         = errors.New("busy")          // overloaded or out of disk: try again shortly
	ErrFull         = errors.New("no room")       // for photos; never for a report
	ErrUnauthorised = errors.New("not signed in") // no session or key, or one that has ended
)

// Problems lists what is wrong with someone's input: field name to catalogue
// key. It is an ErrInvalid, so most callers never need to look inside.
type Problems map[string]string

// Is makes errors.Is(p, ErrInvalid) true.
func (p Problems) Is(target error) bool { return target == ErrInvalid }

// Error names the fields, never what was typed into them.
func (p Problems) Error() string {
	fields := make([]string, 0, len(p))
	for f, key := range p {
		fields = append(fields, f+" ("+key+")")
	}
	sort.Strings(fields)
	return "invalid: " + strings.Join(fields, ", ")
}

// OrNil returns p as an error, or nil when nothing is wrong. Checks end with
// it; returning an empty Problems directly would be a non-nil error.
func (p Problems) OrNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// HeldError says that somebody else has the report already. It is an
// ErrConflict that can name them.
type HeldError struct {
	Person string // id
	Name   string
}

func (e HeldError) Error() string { return "taken by " + e.Person }

// Is makes errors.Is(e, ErrConflict) true.
func (e HeldError) Is(target error) bool { return target == ErrConflict }

// WaitError asks the caller to come back later: too many tries. It is answered
// with 429 and Retry-After.
type WaitError struct {
	For time.Duration
	Say string // catalogue key of a sentence of its own, about the time; often empty
}

func (e WaitError) Error() string { return "too many tries, wait " + e.For.String() }
