package crash

import (
	"os"
	"os/exec"
	"testing"

	"makeright/internal/e2e/program"
)

// traces lets strace watch the program from now on, and returns the file that
// its words go to; it is complete when the program has been stopped or killed.
// Without strace the test is skipped on a desk, and fails in CI.
//
// The tracer is no parent of the program (-D), so that signals meant for the
// program reach it, and calls that are not traced cost nothing (--seccomp-bpf).
func traces(t *testing.T, p *program.Program, args ...string) (file string) {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("strace is missing")
		}
		t.Skip("strace is missing: apt-get install strace")
	}
	file = t.TempDir() + "/trace"
	p.Wrap(append([]string{path, "-D", "-f", "--seccomp-bpf", "-y", "-o", file}, args...)...)
	return file
}
