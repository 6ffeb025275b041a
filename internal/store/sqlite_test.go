package store_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestCheckVersion(t *testing.T) {
	tests := map[string]struct {
		version, oldest string
		ok              bool
	}{
		"same":           {"3.51.3", "3.51.3", true},
		"newer patch":    {"3.51.10", "3.51.3", true},
		"newer minor":    {"3.52.0", "3.51.3", true},
		"newer major":    {"4.0", "3.51.3", true},
		"older patch":    {"3.51.2", "3.51.3", false},
		"older minor":    {"3.46.1", "3.51.3", false},
		"older major":    {"2.99.99", "3.51.3", false},
		"debian's style": {"15.14 (Debian 15.14-0+deb12u1)", "15.0", true},
		"too old server": {"13.22", "15.0", false},
		"nonsense":       {"?", "3.51.3", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := store.CheckVersion("Engine", tt.version, tt.oldest); (err == nil) != tt.ok {
				t.Errorf("CheckVersion(%q, %q) = %v, want ok = %v", tt.version, tt.oldest, err, tt.ok)
			}
		})
	}
}

func TestCheckSettings(t *testing.T) {
	for _, want := range []map[string]string{store.WriterSettings, store.ReaderSettings} {
		if err := store.CheckSettings("writer", want, want); err != nil {
			t.Errorf("as wanted: %v", err)
		}
		for name := range want {
			got := maps.Clone(want)
			got[name] = "wrong"
			if err := store.CheckSettings("writer", got, want); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s wrong: err = %v, want one that names it", name, err)
			}
			delete(got, name)
			if store.CheckSettings("writer", got, want) == nil {
				t.Errorf("%s missing: accepted", name)
			}
		}
	}
	if store.WriterSettings["synchronous"] != "2" || store.WriterSettings["journal_mode"] != "wal" {
		t.Error("COMMIT is no longer on the disk when it returns")
	}
}

func TestSettings_TellWhatWasReadBack(t *testing.T) {
	s := storetest.New(t)
	got, err := s.Settings(t.Context())
	if err != nil || got["version"] == "" {
		t.Fatalf("Settings() = %v, %v", got, err)
	}
	if s.Postgres() {
		if got["synchronous_commit"] != "on" || got["timezone"] != "UTC" {
			t.Errorf("Settings() = %v", got)
		}
		return
	}
	if err := store.CheckVersion("SQLite", got["version"], store.OldestSQLite); err != nil {
		t.Error(err)
	}
	if got["writer.synchronous"] != "2" || got["reader.query_only"] != "1" {
		t.Errorf("Settings() = %v", got)
	}
}

func TestOpen_FileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.db", "a b.db", "what?mode=memory.db", "50%.db", "a%20b.db", "#1.db", "ümläut+&=.db", "quote'\".db"} {
		path := filepath.Join(dir, name)
		s := storetest.Open(t, path, store.Options{})
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the database is somewhere else: %v", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(e.Name(), ".db") {
			t.Errorf("stray file %q", e.Name())
		}
	}
}

func TestSQLitePath(t *testing.T) {
	tests := map[string]struct{ dsn, want string }{
		"absolute":              {"/var/lib/m.db", "/var/lib/m.db"},
		"file":                  {"file:/var/lib/m.db", "/var/lib/m.db"},
		"file with slashes":     {"file:///var/lib/m.db", "/var/lib/m.db"},
		"file, escaped":         {"file:/var/lib/a%20%3F.db", "/var/lib/a ?.db"},
		"memory":                {":memory:", ""},
		"memory as file":        {"file::memory:", ""},
		"memory by setting":     {"file:x?mode=memory&cache=shared", ""},
		"weaker settings":       {"file:/x.db?_pragma=synchronous(OFF)", ""},
		"nothing":               {"", ""},
		"file without a name":   {"file:", ""},
		"half an escape":        {"file:/x%2.db", ""},
		"zero byte":             {"/x\x00.db", ""},
		"another kind of thing": {"mysql://root@localhost/x", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := store.SQLitePath(tt.dsn)
			if got != tt.want || (tt.want == "") != errors.Is(err, feedback.ErrInvalid) {
				t.Errorf("path of %q = %q, %v; want %q", tt.dsn, got, err, tt.want)
			}
		})
	}
}

// Guests' words are for the owner of the process only.
func TestOpen_FilesAreClosedToOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := storetest.Open(t, filepath.Join(dir, "m.db"), store.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Venue(t, s)
	for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, "m.db": 0o600, "m.db-wal": 0o600, "m.db-shm": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode() != want {
			t.Errorf("%q has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestOpen_NotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("Dear guest, ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), path, store.Options{}); err == nil {
		t.Error("a letter was opened as a database")
		_ = s.Close()
	}
	if _, err := store.Open(t.Context(), t.TempDir(), store.Options{}); err == nil {
		t.Error("a directory was opened as a database")
	}
}

// A clean end leaves one file with everything in it.
func TestClose_LeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), filepath.Join(dir, "m.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Venue(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) != 1 {
		t.Errorf("left behind: %q, %v", names, err)
	}
}

// Small pages make a report cheaper on the disk. The engine says nothing when it
// is asked for them too late, so the file is looked at: its pages' size is two
// bytes from the 17th on.
func TestOpen_SmallPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.db")
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // copies the log into the file
		t.Fatal(err)
	}
	head, err := os.ReadFile(path)
	if err != nil || len(head) < 100 {
		t.Fatalf("%d bytes, %v", len(head), err)
	}
	if got := binary.BigEndian.Uint16(head[16:]); got != 2048 {
		t.Errorf("pages of %d bytes", got)
	}
}

// Readers must not be able to write, whatever SQL they are given.
func TestReaders_CannotWrite(t *testing.T) {
	s := storetest.Open(t, filepath.Join(t.TempDir(), "m.db"), store.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.DB(t.Context(), s).Exec("delete from organisations").Error; err == nil {
		t.Error("a reader could write")
	}
}

// Only the driver that we set up is used: the other one ignores our settings in
// silence, and needs a C compiler.
func TestDrivers_NoOther(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		all, ours := strings.Count(string(text), "sql.Open("), strings.Count(string(text), `sql.Open("sqlite",`)
		if all != ours || strings.Contains(string(text), "gormsqlite.Open(") || strings.Contains(string(text), "mattn/") {
			t.Errorf("%s opens a database with another driver", name)
		}
		opened += ours
	}
	if opened != 4 {
		t.Errorf("%d calls of sql.Open, want the writer's, that of backups and two of benchmarks", opened)
	}
	other, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "x.db"))
	if err == nil {
		defer other.Close()
		if err := other.PingContext(t.Context()); err == nil {
			t.Error("the other driver works in this program: build with CGO_ENABLED=0")
		}
	}
}
