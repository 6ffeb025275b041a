package desk_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// known adds somebody with a password.
func known(t *testing.T, h *house) feedback.Actor {
	t.Helper()
	p := h.added(t, desk.NewPerson{Name: "Lin", Email: "lin@example.com", Role: feedback.Owner})
	link, err := h.InvitePerson(t.Context(), h.owner, p.Person, feedback.Invite)
	must(t, err)
	_, err = h.SetPassword(t.Context(), link.Token, "correct horse", "")
	must(t, err)
	return p
}

// T31: an unknown address, a wrong password and one who was disabled read alike,
// also when they have to wait.
func TestSignIn_TellsNobodyWhoExists(t *testing.T) {
	h := newHouse(t)
	known(t, h)
	for range 6 {
		_, wrong := h.SignIn(t.Context(), "lin@example.com", "guess", "")
		_, unknown := h.SignIn(t.Context(), "nobody@example.com", "guess", "")
		if wrong == nil || wrong.Error() != unknown.Error() {
			t.Fatalf("wrong: %v, unknown: %v", wrong, unknown)
		}
	}
	_, err := h.SignIn(t.Context(), "nobody@example.com", "guess", "")
	if _, ok := errors.AsType[feedback.WaitError](err); !ok {
		t.Errorf("after so many tries: %v, want a wait", err)
	}
}

// T30: ten thousand guesses in an hour, and at most a hundred are even looked
// at; whoever knows the password gets in all the same.
func TestSignIn_TenThousandGuesses(t *testing.T) {
	h := newHouse(t)
	known(t, h)
	evaluated := 0
	for range 10_000 {
		h.clk.advance(time.Hour / 10_000)
		_, err := h.SignIn(t.Context(), "lin@example.com", "guess", "")
		wait, waits := errors.AsType[feedback.WaitError](err)
		switch {
		case waits && (wait.For <= 0 || wait.For > time.Minute):
			t.Fatalf("wait %s", wait.For)
		case waits:
		case errors.Is(err, feedback.ErrInvalid):
			evaluated++
		default:
			t.Fatalf("a guess: %v", err)
		}
	}
	if evaluated > 100 || evaluated < 50 {
		t.Errorf("%d guesses were evaluated", evaluated)
	}
	h.clk.advance(time.Minute)
	_, err := h.SignIn(t.Context(), "lin@example.com", "correct horse", "")
	must(t, err)
	for range 4 { // and slips are free again
		_, err := h.SignIn(t.Context(), "lin@example.com", "corect horse", "")
		wantProblem(t, "a slip", err, "password")
	}
}

// Many at once are as few as one after the other.
func TestSignIn_GuessesAtOnceAreCounted(t *testing.T) {
	h := newHouse(t)
	known(t, h)
	var evaluated atomic.Int32
	together(200, func(int) {
		_, err := h.SignIn(t.Context(), "lin@example.com", "guess", "")
		if errors.Is(err, feedback.ErrInvalid) {
			evaluated.Add(1)
		} else if _, ok := errors.AsType[feedback.WaitError](err); !ok {
			t.Error(err)
		}
	})
	if n := evaluated.Load(); n > 5 {
		t.Errorf("%d guesses were evaluated at once, want no more than the free ones", n)
	}
}

func TestSession_Ends(t *testing.T) {
	h := newHouse(t)
	p := known(t, h)
	in, err := h.SignIn(t.Context(), "lin@example.com", "correct horse", "")
	must(t, err)
	hash := desk.Hash(in.Token)
	by, err := h.Session(t.Context(), hash)
	if must(t, err); by.Person != p.Person || by.OrgRole != feedback.Owner || by.Shared || by.Session != hash {
		t.Errorf("the session is %+v", by)
	}
	for range 6 { // in use
		h.clk.advance(feedback.SessionIdle - time.Hour)
		_, err := h.Session(t.Context(), hash)
		must(t, err)
	}
	h.clk.advance(feedback.SessionIdle - time.Hour) // 97 days
	_, err = h.Session(t.Context(), hash)
	wantErr(t, "after 90 days", err, feedback.ErrUnauthorised)

	in, err = h.SignIn(t.Context(), "lin@example.com", "correct horse", "")
	must(t, err)
	h.clk.advance(feedback.SessionIdle)
	_, err = h.Session(t.Context(), desk.Hash(in.Token))
	wantErr(t, "not used for two weeks", err, feedback.ErrUnauthorised)
	_, err = h.Session(t.Context(), in.Token)
	wantErr(t, "the token instead of its hash", err, feedback.ErrUnauthorised)
}

func TestSignOutOthers(t *testing.T) {
	h := newHouse(t)
	known(t, h)
	var tokens []string
	for range 3 {
		in, err := h.SignIn(t.Context(), "lin@example.com", "correct horse", "")
		must(t, err)
		tokens = append(tokens, in.Token)
	}
	by, err := h.Session(t.Context(), desk.Hash(tokens[1]))
	must(t, err)
	must(t, h.SignOutOthers(t.Context(), by))
	for i, token := range tokens {
		_, err := h.Session(t.Context(), desk.Hash(token))
		if (err == nil) != (i == 1) {
			t.Errorf("session %d: %v", i, err)
		}
	}
}
