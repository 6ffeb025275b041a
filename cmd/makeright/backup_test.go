package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"makeright/internal/store/storetest"
)

// An operator makes a backup, loses the machine and restores it elsewhere.
func TestBackup_AndRestore(t *testing.T) {
	if storetest.Postgres() {
		t.Skip("backups of PostgreSQL are its own business")
	}
	s := newShell(t)
	if _, errs, code := s.run(t.Context(), "backup", filepath.Join(t.TempDir(), "x.db")); code != 1 {
		t.Errorf("without a database: %d, %s", code, errs)
	}
	s.must("demo")
	heads := s.must("verify")
	file := filepath.Join(t.TempDir(), "copy.db")
	if out := s.must("backup", file); !strings.Contains(out, "copy.db.sha256") {
		t.Errorf("backup printed %q", out)
	}
	if _, errs, code := s.run(t.Context(), "backup", file); code != 1 || !strings.Contains(errs, "there already") {
		t.Errorf("onto a file that is there: %d, %s", code, errs)
	}
	if _, errs, code := s.run(t.Context(), "restore", file); code != 1 || !strings.Contains(errs, "will not be replaced") {
		t.Errorf("over a database: %d, %s", code, errs)
	}
	s.env["DATABASE"] = filepath.Join(t.TempDir(), "elsewhere", "m.db")
	if out := s.must("restore", file); !strings.Contains(out, "1 venues") || !strings.Contains(out, "sign in again") || strings.Contains(out, "No checksum") {
		t.Errorf("restore printed %q", out)
	}
	if again := s.must("verify"); again != heads || heads == "" {
		t.Errorf("heads %q, want %q", again, heads)
	}
	s.must("key", "create", "--name", "till")
	if _, errs, code := s.run(t.Context(), "restore", file+"x"); code != 2 {
		t.Errorf("a backup that is not there: %d, %s", code, errs)
	}
}

func TestBackup_OfPostgres(t *testing.T) {
	s := newShell(t)
	s.env["DATABASE"] = "postgres://u:secret@127.0.0.1:1/n"
	for _, args := range [][]string{{"backup", filepath.Join(t.TempDir(), "x")}, {"restore", os.Args[0]}} {
		if _, errs, code := s.run(t.Context(), args...); code != 1 || !strings.Contains(errs, "pg_dump") || strings.Contains(errs, "secret") {
			t.Errorf("%s: %d, %s", args[0], code, errs)
		}
	}
}

func TestRecount(t *testing.T) {
	s := newShell(t)
	if _, errs, code := s.run(t.Context(), "recount"); code != 1 || errs == "" {
		t.Errorf("without a database: %d, %s", code, errs)
	}
	s.must("demo")
	if out := s.must("recount"); out != "The figures of 1 venues are counted again.\n" {
		t.Errorf("recount printed %q", out)
	}
}

func TestVerify(t *testing.T) {
	s := newShell(t)
	s.must("demo")
	head := strings.TrimSpace(s.must("verify"))
	if strings.Count(head, ":") != 2 || len(head) < 64 {
		t.Fatalf("verify printed %q, want VENUE:SEQ:HASH", head)
	}
	venue, rest, _ := strings.Cut(head, ":")
	seq, hash, _ := strings.Cut(rest, ":")
	tests := map[string]struct {
		head string
		code int
		says string
	}{
		"as it was":          {head, 0, ""},
		"cut off":            {venue + ":999999:" + hash, 1, "was noted elsewhere"},
		"written anew":       {venue + ":" + seq + ":" + strings.Repeat("00", 32), 1, "another event"},
		"a venue gone":       {"nobody:1:" + hash, 1, "the venue is gone"},
		"not a head":         {"nobody", 2, "VENUE:SEQ:HASH"},
		"a number in words":  {venue + ":many:" + hash, 2, "VENUE:SEQ:HASH"},
		"a hash with a typo": {venue + ":" + seq + ":xyz", 2, "VENUE:SEQ:HASH"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, errs, code := s.run(t.Context(), "verify", "--head", tt.head); code != tt.code || !strings.Contains(errs, tt.says) {
				t.Errorf("ended with %d: %s", code, errs)
			}
		})
	}
	if storetest.Postgres() {
		return
	}
	s.env["DATABASE"] += ".no"
	if _, _, code := s.run(t.Context(), "verify"); code != 1 {
		t.Errorf("without a database: %d", code)
	}
}
