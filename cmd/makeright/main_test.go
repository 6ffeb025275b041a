package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// shell runs one command line on a database of its own and returns what it
// prints and how it ends.
type shell struct {
	t   *testing.T
	env map[string]string
}

func newShell(t *testing.T) shell {
	t.Helper()
	database := filepath.Join(t.TempDir(), "data", "makeright.db")
	if storetest.Postgres() {
		database = storetest.EmptyDSN(t)
	}
	return shell{t, map[string]string{"DATABASE": database, "BASE_URL": "https://feedback.example"}}
}

func (s shell) run(ctx context.Context, args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	var out, errs bytes.Buffer
	err := run(ctx, args, func(name string) string { return s.env[name] }, &out, &errs)
	code = exitCode(err, &errs)
	return out.String(), errs.String(), code
}

// must runs a command that has to succeed.
func (s shell) must(args ...string) string {
	s.t.Helper()
	out, errs, code := s.run(s.t.Context(), args...)
	if code != 0 {
		s.t.Fatalf("makeright %s ended with %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

func TestDemo(t *testing.T) {
	s := newShell(t)
	var d demoOutput
	out := s.must("demo")
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("demo printed no JSON: %v\n%s", err, out)
	}
	if d.Venue.Name != "Trattoria Demo" || len(d.Tables) != 12 || !strings.HasPrefix(d.Key, "mr_") {
		t.Errorf("demo = %+v", d)
	}
	if want := "https://feedback.example/T/" + d.Tables[0].Code; d.Tables[0].URL != want {
		t.Errorf("first table at %s, want %s", d.Tables[0].URL, want)
	}
	if _, errs, code := s.run(t.Context(), "demo"); code != 1 || !strings.Contains(errs, "needs an empty one") {
		t.Errorf("a second demo ended with %d: %s", code, errs)
	}
}

func TestKeyCreate(t *testing.T) {
	s := newShell(t)
	if _, errs, code := s.run(t.Context(), "key", "create", "--name", "till", "--scope", "visits"); code != 1 || !strings.Contains(errs, "nothing is set up yet") {
		t.Errorf("on an empty database: %d, %s", code, errs)
	}
	s.must("demo")
	if out := s.must("key", "create", "--name", "till", "--scope", "visits"); !regexp.MustCompile(`^mr_[0-9A-Z]{52}\n$`).MatchString(out) {
		t.Errorf("printed %q, want the key alone", out)
	}
	if _, errs, code := s.run(t.Context(), "key", "create", "--name", "till", "--scope", "everything"); code != 2 || !strings.Contains(errs, "scope") {
		t.Errorf("with an unknown scope: %d, %s", code, errs)
	}
}

func TestPersonAdd(t *testing.T) {
	s := newShell(t)
	link := regexp.MustCompile(`^https://feedback\.example/join/[0-9A-Z]{26}\n$`)
	if out := s.must("person", "add", "--name", "Ines Ferrari", "--email", "ines@example.com"); !link.MatchString(out) {
		t.Errorf("the first owner: printed %q, want a link", out)
	}
	if _, errs, code := s.run(t.Context(), "person", "add", "--name", "Other", "--email", "INES@example.com"); code != 2 || !strings.Contains(errs, "email") {
		t.Errorf("the same address again: %d, %s", code, errs)
	}
	if out := s.must("person", "link", "--email", "ines@example.com"); !link.MatchString(out) {
		t.Errorf("a lost password: printed %q, want a link", out)
	}
	if _, errs, code := s.run(t.Context(), "person", "link", "--email", "nobody@example.com"); code != 1 || !strings.Contains(errs, "nobody here") {
		t.Errorf("a stranger's password: %d, %s", code, errs)
	}
}

func TestWrongUsage(t *testing.T) {
	s := newShell(t)
	s.env["LISTEN"], s.env["BASE_URL"], s.env["SHUTDOWN"], s.env["LIMITS"] = "nowhere", "ftp://x/y", "soon", "maybe"
	_, errs, code := s.run(t.Context(), "serve")
	if code != 2 {
		t.Errorf("code = %d, want 2", code)
	}
	for _, name := range []string{"LISTEN", "BASE_URL", "SHUTDOWN", "LIMITS"} {
		if !strings.Contains(errs, name) {
			t.Errorf("%s is not named: %s", name, errs)
		}
	}
	if _, _, code := s.run(t.Context(), "fly"); code != 2 {
		t.Errorf("an unknown command ended with %d, want 2", code)
	}
}

func TestVersionAndHelp(t *testing.T) {
	s := newShell(t)
	if out := s.must("version"); strings.TrimSpace(out) != version {
		t.Errorf("version printed %q", out)
	}
	if out := s.must("--help"); !strings.Contains(out, "demo") || !strings.Contains(out, "key create") {
		t.Errorf("help does not list the commands: %s", out)
	}
}

// served starts the server and returns its address once it printed what a
// pattern finds; it stops with the test.
func (s shell) served(pattern string, args ...string) (found string) {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out := &watched{want: regexp.MustCompile(pattern), found: make(chan string, 1)}
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, append([]string{"serve"}, args...), func(name string) string { return s.env[name] }, out, os.Stderr)
	}()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Errorf("serve ended with %v", err)
		}
	})
	select {
	case found := <-out.found:
		return found
	case err := <-done:
		done <- nil
		s.t.Fatalf("serve ended early: %v\n%s", err, out.text.String())
		return ""
	}
}

// watched waits for a pattern in what is written.
type watched struct {
	text  bytes.Buffer
	want  *regexp.Regexp
	found chan string
}

func (w *watched) Write(p []byte) (int, error) {
	w.text.Write(p)
	if m := w.want.FindString(w.text.String()); m != "" {
		select {
		case w.found <- m:
		default:
		}
	}
	return len(p), nil
}

func TestServe_PrintsTheSetupLinkOnce(t *testing.T) {
	s := newShell(t)
	s.env["LISTEN"] = "127.0.0.1:0"
	delete(s.env, "BASE_URL")
	link := s.served(`http://localhost:\d+/setup/[0-9A-Z]{26}`)
	link = strings.Replace(link, "localhost", "127.0.0.1", 1)
	answer, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the setup link answers %d", answer.StatusCode)
	}
}

func TestServe_Demo(t *testing.T) {
	s := newShell(t)
	s.env["LISTEN"] = "127.0.0.1:0"
	found := s.served(`(?s)guest, table 1\s+\S+\n.*staff board\s+\S+\n.*owner\s+\S+\n`, "--demo")
	if strings.Count(found, "http://") != 3 && strings.Count(found, "https://") != 3 {
		t.Errorf("printed %q, want three links", found)
	}
}

func TestServe_OnlyOneOnAFile(t *testing.T) {
	s := newShell(t)
	if storetest.Postgres() {
		t.Skip("any number may serve on PostgreSQL")
	}
	s.must("demo")
	db := storetest.Open(t, s.env["DATABASE"], store.Options{})
	release, err := db.Serve(t.Context(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	s.env["LISTEN"], s.env["SHUTDOWN"] = "127.0.0.1:0", "1ms"
	out, errs, code := s.run(t.Context(), "serve")
	if code != 1 || out != "" || !strings.Contains(errs, "another makeright already serves") {
		t.Errorf("a second server ended with %d, said %q and %q", code, out, errs)
	}
	s.must("key", "create", "--name", "till", "--scope", "read") // what only writes a row may go on
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if release, err = db.Serve(t.Context(), time.Second); err != nil {
		t.Fatalf("nobody serves, and the lock is still held: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func TestExitCode(t *testing.T) {
	tests := map[string]struct {
		err  error
		want int
	}{
		"done":        {nil, 0},
		"failed":      {errors.New("disk"), 1},
		"wrong usage": {errors.Join(errUsage, errors.New("no such flag")), 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(tt.err, &bytes.Buffer{}); got != tt.want {
				t.Errorf("exitCode(%v) = %d, want %d", tt.err, got, tt.want)
			}
		})
	}
}
