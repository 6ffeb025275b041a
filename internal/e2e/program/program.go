// Package program starts the real program for tests: built once, each
// installation on a database of its own, stopped or killed as they say.
package program

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "makeright-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "makeright")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "makeright/cmd/makeright")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// Main runs the tests of a package and removes what was built for them.
func Main(m *testing.M) int {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	return code
}

// Demo is what `makeright demo` prints.
type Demo struct {
	Venue    struct{ ID, Name string }
	Key      string
	OwnerURL string `json:"owner_url"`
	BoardURL string `json:"board_url"`
	Tables   []struct{ ID, Name, Code, URL string }
}

// Program is one installation: its settings outlive its process.
type Program struct {
	Base string // http://127.0.0.1:port

	t    testing.TB
	addr string
	env  []string
	wrap []string // what the program is started by, such as strace
	cmd  *exec.Cmd
	log  *lines
}

// lines keeps what the program prints.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// New prepares an installation on a database, which must be empty, with
// settings such as "LIMITS=off". Nothing runs yet.
func New(t testing.TB, database string, env ...string) *Program {
	t.Helper()
	p := &Program{t: t, log: &lines{}, env: append([]string{"DATABASE=" + database, "SHUTDOWN=5s"}, env...)}
	// A free port, kept from now on, so that pages survive a restart.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	p.Base = "http://" + p.addr
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "LISTEN="+p.addr, "BASE_URL="+p.Base)
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("the program said:\n%s", tail(p.log.String(), 4000))
		}
	})
	return p
}

// Set changes a setting, such as "BASE_URL=https://feedback.example", from the next start on.
func (p *Program) Set(env string) { p.env = append(p.env, env) }

// Demo fills the installation with the demo venue.
func (p *Program) Demo() Demo {
	p.t.Helper()
	var d Demo
	if err := json.Unmarshal(p.Run("demo"), &d); err != nil {
		p.t.Fatalf("demo: %v", err)
	}
	return d
}

// Run runs one command of the program and returns what it prints.
func (p *Program) Run(args ...string) []byte {
	p.t.Helper()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	line := append(append(slices.Clone(p.wrap), path), args...)
	cmd := exec.CommandContext(p.t.Context(), line[0], line[1:]...)
	cmd.Env = p.env
	cmd.Stderr = p.log
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("makeright %s: %v\n%s", strings.Join(args, " "), err, p.log)
	}
	return out
}

var serves = regexp.MustCompile(`serves \S+ \(listening on \S+\)`)

// Start starts the server and returns when it can be reached.
func (p *Program) Start() {
	p.t.Helper()
	if err := p.TryStart(); err != nil {
		p.t.Fatal(err)
	}
}

// TryStart is Start of a server that may have reasons not to start.
func (p *Program) TryStart() error {
	path, err := binary()
	if err != nil {
		return err
	}
	args := append(slices.Clone(p.wrap), path, "serve")
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Env = p.env
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		fmt.Fprintln(p.log, scanner.Text())
		if serves.MatchString(scanner.Text()) {
			go func() {
				for scanner.Scan() {
					fmt.Fprintln(p.log, scanner.Text())
				}
			}()
			return nil
		}
	}
	err = p.cmd.Wait()
	p.cmd = nil
	return fmt.Errorf("the program did not start: %v\n%s", err, tail(p.log.String(), 4000))
}

// Pid is the process that serves; of a wrapped one, the wrapper's.
func (p *Program) Pid() int { return p.cmd.Process.Pid }

// Wrap lets another program, such as strace, start this one from now on.
func (p *Program) Wrap(args ...string) { p.wrap = args }

// Log is what the program has printed so far.
func (p *Program) Log() string { return p.log.String() }

// Stop asks the server to stop, as an operator would, and waits.
func (p *Program) Stop() { p.end(os.Interrupt) }

// Kill takes the server away as a crash would (kill -9).
func (p *Program) Kill() { p.end(os.Kill) }

func (p *Program) end(signal os.Signal) {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Signal(signal)
	timer := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
	p.cmd = nil
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
