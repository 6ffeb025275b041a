package crash

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"makeright/internal/e2e/program"
)

// TestIOError lets the nth write or sync of the database fail, n going up until
// a run is clean. What was acknowledged before, during and after must be there
// after the next start, and the program must start; a screen that listened all the
// while misses nothing (R3; I1, I2, I6, I7).
//
// strace counts for each thread by itself; the one that writes keeps its thread.
// A run counts only when the error is in the trace.
func TestIOError(t *testing.T) {
	tests := map[string]struct {
		calls, error string
		fatal        bool // nobody knows what the disk holds: the program must end
	}{
		"a write fails":         {"pwrite64", "EIO", true},
		"a write finds no room": {"pwrite64", "ENOSPC", false},
		"a sync fails":          {"fsync,fdatasync", "EIO", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t)
			runs, n := 0, 1
			for ; ; n = next(n) {
				if !f.run(tt.calls, tt.error, n) {
					break // clean: there is no nth call
				}
				if runs++; runs == size(10, 1<<30) {
					break
				}
			}
			t.Logf("%d errors, up to call %d of a thread; the program ended by itself after %d", runs, n, f.ended)
			if runs < 5 {
				t.Errorf("only %d runs had an error in them", runs)
			}
			if tt.fatal && f.ended == 0 {
				t.Error("the program never ended, though it could not know what the disk holds")
			}
			if !tt.fatal && f.ended > 0 {
				t.Error("the program ended, though it could have gone on when there was room")
			}
		})
	}
}

// next is the number of the next call that fails: each, or in a short test
// further and further apart, into the first checkpoint.
func next(n int) int { return n + size(1+n/2, 1) }

// faulty is an installation whose disk fails again and again. Each run begins
// with the same files: those of a crash shortly before a checkpoint was due.
type faulty struct {
	t       *testing.T
	path    string
	p       *program.Program
	demo    program.Demo
	before  map[string][]byte
	journal []sent // what was acknowledged before
	ended   int    // runs in which the program ended by itself
}

func newFaulty(t *testing.T) *faulty {
	path := filepath.Join(t.TempDir(), "makeright.db")
	f := &faulty{t: t, path: path, p: program.New(t, path, "LIMITS=off")}
	f.demo = f.p.Demo()
	f.p.Start()
	f.journal = crowd(t.Context(), f.p.Base, f.demo, "before", 4, func(s sent, status int, err error) bool {
		info, missing := os.Stat(path + "-wal")
		return err == nil && missing == nil && info.Size() < 3_500_000
	})
	f.p.Kill()
	f.before = files(t, path)
	return f
}

// run starts the program with the nth call failing, lets guests send, and looks
// at what is left. It returns whether there was an error.
func (f *faulty) run(calls, errno string, n int) bool {
	f.t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.path + suffix); err != nil && !os.IsNotExist(err) {
			f.t.Fatal(err)
		}
	}
	if err := lay(filepath.Dir(f.path), f.before); err != nil {
		f.t.Fatal(err)
	}
	trace := traces(f.t, f.p, "-P", f.path, "-P", f.path+"-wal", "-e", "trace="+calls,
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%d", calls, errno, n))
	journal := slices.Clone(f.journal)
	board := program.Look(f.t, f.p.Base, f.demo, nil)
	defer board.Close()
	if f.p.TryStart() == nil {
		journal = append(journal, f.guests(n)...)
	}
	f.p.Kill()
	f.p.Wrap()
	hit := injected(f.t, trace)
	if !hit {
		f.all(journal)
	}
	f.p.Start() // with a sound disk, and by itself
	last := crowd(f.t.Context(), f.p.Base, f.demo, fmt.Sprintf("after error %d", n), 1, counted(1))
	journal = append(journal, last...)
	board.Complete(f.t, acknowledged(journal), last[0].ID)
	compare(f.t, journal, stored(f.t, f.p.Base, f.demo))
	f.p.Stop()
	audit(f.t, f.path, journal)
	if f.t.Failed() {
		f.t.Fatalf("this was %s at call %d of %s", errno, n, calls)
	}
	return hit
}

// guests send until the line is dead, or each has sent enough. What is not
// acknowledged must be 503 and say when to come back.
func (f *faulty) guests(n int) []sent {
	const guests, each = 4, 30
	var dead atomic.Bool
	left := counted(guests * each)
	journal := crowd(f.t.Context(), f.p.Base, f.demo, fmt.Sprintf("error %d", n), guests, func(s sent, status int, err error) bool {
		if err != nil {
			dead.Store(true)
			return false
		}
		if status != http.StatusCreated && (status != http.StatusServiceUnavailable || s.Wait == "") {
			f.t.Errorf("answer %d, Retry-After %q", status, s.Wait)
		}
		return left(s, status, err)
	})
	if dead.Load() {
		f.ended++
	}
	return journal
}

// all fails for every report that was not acknowledged although nothing failed.
func (f *faulty) all(journal []sent) {
	f.t.Helper()
	for _, s := range journal {
		if s.ID == "" {
			f.t.Errorf("report %s was not acknowledged although no call failed", s.Mark)
		}
	}
}

func injected(t *testing.T, trace string) bool {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	hit := false
	if err := calls(f, func(c call) error { hit = hit || c.injected; return nil }); err != nil {
		t.Fatal(err)
	}
	return hit
}
