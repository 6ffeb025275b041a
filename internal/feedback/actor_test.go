package feedback_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// Who may what, in full: everybody against their own venue and another one.
// Letters: w work (Needs staff), m manage, o own, v visits, r read as staff, R
// read as manager, O read as owner, c contact details, G the organisation; "-"
// where the venue is not found at all.
func TestActor_MayWhat(t *testing.T) {
	person := func(org feedback.Role, here feedback.Role) feedback.Actor {
		return feedback.Actor{Kind: feedback.ByPerson, Org: "org", OrgRole: org, Venues: map[string]feedback.Role{"here": here}}
	}
	key := func(s feedback.Scope) feedback.Actor {
		return feedback.Actor{Kind: feedback.ByKey, Org: "org", Scope: s}
	}
	shared := func(role feedback.Role) feedback.Actor {
		a := person(feedback.Nobody, role)
		a.Shared = true
		return a
	}
	tests := map[string]struct {
		actor       feedback.Actor
		here, there string
	}{
		"nobody":                        {feedback.Actor{}, "-", "-"},
		"a stranger":                    {person("", ""), "-", "-"},
		"a role that is none":           {person("chef", "chef"), "-", "-"},
		"staff here":                    {person("", "staff"), "wvr", "-"},
		"a manager here":                {person("", "manager"), "wmvrRc", "-"},
		"an owner of this venue":        {person("", "owner"), "wmovrROc", "-"},
		"staff everywhere":              {person("staff", ""), "wvr", "wvr"},
		"staff, here a manager":         {person("staff", "manager"), "wmvrRc", "wvr"},
		"a manager, here staff":         {person("manager", "staff"), "wmvrRc", "wmvrRc"},
		"the owner":                     {person("owner", ""), "wmovrROcG", "wmovrROcG"},
		"a waiter by PIN":               {shared("staff"), "wvr", "-"},
		"a manager by PIN":              {shared("manager"), "wmvrR", "-"},
		"an owner by PIN":               {shared("owner"), "wmovrRO", "-"},
		"a key for visits":              {key("visits"), "v", "v"},
		"a key to read":                 {key("read"), "rR", "rR"},
		"a key for everything":          {key("admin"), "wmovrROcG", "wmovrROcG"},
		"a key for nothing":             {key(""), "-", "-"},
		"a guest":                       {feedback.Actor{Kind: feedback.ByGuest, Org: "org", Venue: "here", ID: "r"}, "", "-"},
		"a guest of nowhere":            {feedback.Actor{Kind: feedback.ByGuest, Org: "org"}, "-", "-"},
		"a timer":                       {feedback.System("org", "here"), "wmovrROc", "-"},
		"the operator":                  {feedback.System("org", ""), "-G", "-G"},
		"a timer of nothing":            {feedback.System("", ""), "-", "-"},
		"a person who says it is a key": {feedback.Actor{Kind: feedback.ByPerson, Scope: feedback.ScopeAdmin}, "-", "-"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for venue, want := range map[string]string{"here": tt.here, "there": tt.there} {
				if got := rights(t, tt.actor, venue); got != want {
					t.Errorf("%s: may %q, want %q", venue, got, want)
				}
			}
		})
	}
}

// rights asks everything and checks that refusals are of one kind.
func rights(t *testing.T, a feedback.Actor, venue string) string {
	t.Helper()
	questions := []struct {
		letter string
		err    error
	}{
		{"w", a.Needs(feedback.Staff, venue)},
		{"m", a.Needs(feedback.Manager, venue)},
		{"o", a.Needs(feedback.Owner, venue)},
		{"v", a.NeedsVisits(venue)},
		{"r", a.NeedsRead(feedback.Staff, venue)},
		{"R", a.NeedsRead(feedback.Manager, venue)},
		{"O", a.NeedsRead(feedback.Owner, venue)},
	}
	var may strings.Builder
	if !a.Reaches(venue) {
		may.WriteString("-")
	}
	for _, q := range questions {
		refusal := feedback.ErrForbidden
		if !a.Reaches(venue) {
			refusal = feedback.ErrNotFound
		}
		if q.err == nil {
			may.WriteString(q.letter)
		} else if !errors.Is(q.err, refusal) {
			t.Errorf("%s in %s: %v, want %v", q.letter, venue, q.err, refusal)
		}
	}
	if a.SeesContact(venue) {
		may.WriteString("c")
	}
	if err := a.NeedsOrg(); err == nil {
		may.WriteString("G")
	} else if !errors.Is(err, feedback.ErrForbidden) {
		t.Errorf("NeedsOrg() = %v, want forbidden", err)
	}
	return may.String()
}

func TestRole_AtLeast(t *testing.T) {
	order := []feedback.Role{feedback.Nobody, feedback.Staff, feedback.Manager, feedback.Owner}
	for i, a := range order {
		for j, b := range order {
			if got := a.AtLeast(b); got != (i >= j) {
				t.Errorf("%q at least %q: %v", a, b, got)
			}
		}
		if a.Known() != (i > 0) {
			t.Errorf("%q can be given: %v", a, a.Known())
		}
	}
}

func TestCheckPin(t *testing.T) {
	for pin, want := range map[string]bool{
		"": false, "123": false, "1234": true, "12345678": true, "123456789": false,
		"1111": false, "0000": false, "12a4": false, "１２３４": false, "-123": false, "12 34": false,
	} {
		if err := feedback.CheckPin(pin); (err == nil) != want {
			t.Errorf("CheckPin(%q) = %v, want good: %v", pin, err, want)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	common := []string{"passwordpassword", "qwertyuiop"}
	for password, want := range map[string]bool{
		"": false, "too short": false, "long enough": true, "üüüüüüüüüü": true, "QwErTyUiOp": false, "PasswordPassword": false,
		strings.Repeat("x", feedback.MaxPassword): true, strings.Repeat("x", feedback.MaxPassword+1): false,
	} {
		if err := feedback.CheckPassword(password, common); (err == nil) != want {
			t.Errorf("CheckPassword(%q) = %v, want good: %v", password, err, want)
		}
	}
}

func TestSession_Ended(t *testing.T) {
	own := feedback.Session{SeenAt: noon, ExpiresAt: noon.Add(feedback.SessionMax)}
	tablet := feedback.Session{DeviceID: "d", SeenAt: noon, ExpiresAt: noon.Add(feedback.SharedMax)}
	tests := map[string]struct {
		s    feedback.Session
		at   time.Duration
		want bool
	}{
		"in use":                    {own, 0, false},
		"not used for two weeks":    {own, feedback.SessionIdle, true},
		"almost two weeks":          {own, feedback.SessionIdle - 1, false},
		"a tablet after an evening": {tablet, feedback.SharedIdle, true},
		"a tablet in the evening":   {tablet, feedback.SharedIdle - 1, false},
		"used, but too old":         {feedback.Session{SeenAt: noon, ExpiresAt: noon}, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.s.Ended(noon.Add(tt.at)); got != tt.want {
				t.Errorf("Ended() = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestProblems_SayNothingThatWasTyped(t *testing.T) {
	p := feedback.Problems{"words": "problem.words.long", "rating": "problem.rating.missing"}
	if got, want := p.Error(), "invalid: rating (problem.rating.missing), words (problem.words.long)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if err := (feedback.Problems{}).OrNil(); err != nil {
		t.Errorf("no problems are the error %v", err)
	}
	for _, err := range []error{feedback.HeldError{Person: "p"}, fmt.Errorf("x: %w", feedback.HeldError{})} {
		if !errors.Is(err, feedback.ErrConflict) {
			t.Errorf("%v is no conflict", err)
		}
	}
}
