package store_test

import (
	"errors"
	"os/signal"
	"syscall"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// When COMMIT cannot write, nobody is told that all went well, the process is
// asked to end, and nothing is written on top.
func TestWriter_CommitCannotReachTheDisk(t *testing.T) {
	var fatal []error
	s := sqlite(t, store.Options{Fatal: func(err error) { fatal = append(fatal, err) }})
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	release := held(t, s)
	a := ask(t, s, t.Context(), 1, add(t.Context(), "a"))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	release()
	<-a.done
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}

	if !errors.Is(a.err, feedback.ErrBusy) || len(fatal) != 1 {
		t.Errorf("err = %v, fatal = %v; want ErrBusy and one call", a.err, fatal)
	}
	if err := s.Tx(t.Context(), add(t.Context(), "b")); !errors.Is(err, feedback.ErrBusy) {
		t.Errorf("afterwards: err = %v, want ErrBusy", err)
	}
	if exists(t, s, "a") || exists(t, s, "b") {
		t.Error("something was stored")
	}
}
