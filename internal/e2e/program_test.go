// Package e2e holds only tests: the real program as its users have it, with a
// real browser in front and a real database behind.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/store/storetest"
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

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// demo is what `makeright demo` prints.
type demo struct {
	Venue    struct{ ID, Name string }
	Key      string
	OwnerURL string `json:"owner_url"`
	BoardURL string `json:"board_url"`
	Tables   []struct{ ID, Name, Code, URL string }
}

// program is one installation: its settings outlive its process.
type program struct {
	t    *testing.T
	env  []string
	base string // http://127.0.0.1:port
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

// install prepares an installation with a demo venue on a database of its own:
// SQLite, or PostgreSQL when the tests run on it.
func install(t *testing.T) (*program, demo) {
	t.Helper()
	database := filepath.Join(t.TempDir(), "makeright.db")
	if storetest.Postgres() {
		database = storetest.EmptyDSN(t)
	}
	p := &program{t: t, log: &lines{}, env: []string{"DATABASE=" + database, "LISTEN=127.0.0.1:0", "SHUTDOWN=5s"}}
	p.start()
	// The port stays the same from now on, so that pages survive a restart.
	p.env = append(p.env, "LISTEN="+strings.TrimPrefix(p.base, "http://"), "BASE_URL="+p.base)
	p.stop()
	var d demo
	if err := json.Unmarshal(p.run("demo"), &d); err != nil {
		t.Fatalf("demo: %v", err)
	}
	p.start()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the program said:\n%s", tail(p.log.String(), 4000))
		}
	})
	return p, d
}

// run runs one command of the program and returns what it prints.
func (p *program) run(args ...string) []byte {
	p.t.Helper()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(p.t.Context(), path, args...)
	cmd.Env = p.env
	cmd.Stderr = p.log
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("makeright %s: %v\n%s", strings.Join(args, " "), err, p.log)
	}
	return out
}

var serves = regexp.MustCompile(`serves \S+ \(listening on (\S+)\)`)

// start starts the server and returns when it can be reached.
func (p *program) start() {
	p.t.Helper()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(path, "serve")
	p.cmd.Env = p.env
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		fmt.Fprintln(p.log, scanner.Text())
		if m := serves.FindStringSubmatch(scanner.Text()); m != nil {
			p.base = "http://" + m[1]
			go func() {
				for scanner.Scan() {
					fmt.Fprintln(p.log, scanner.Text())
				}
			}()
			return
		}
	}
	p.t.Fatalf("the program did not start:\n%s", p.log)
}

// stop asks the server to stop, as an operator would, and waits.
func (p *program) stop() { p.end(os.Interrupt) }

// kill takes the server away as a crash would (kill -9).
func (p *program) kill() { p.end(os.Kill) }

func (p *program) end(signal os.Signal) {
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
