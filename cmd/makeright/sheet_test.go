package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSheet(t *testing.T) {
	s := newShell(t)
	file := filepath.Join(t.TempDir(), "codes.pdf")
	if _, errs, code := s.run(t.Context(), "sheet", file); code != 1 || !strings.Contains(errs, "set up") {
		t.Errorf("on an empty database: %d, %s", code, errs)
	}
	s.must("demo")
	if out := s.must("sheet", file, "--venue", "Trattoria Demo", "--layout", "sticker", "--format", "letter", "--language", "de,en"); out != file+"\n" {
		t.Errorf("prints %q", out)
	}
	pdf, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Contains(pdf, []byte("595.28")) {
		t.Fatalf("%d bytes, %v; want a PDF on letter paper", len(pdf), err)
	}
	one := s.must("sheet", "-", "--table", "1")
	if !strings.HasPrefix(one, "%PDF-") || len(one) >= len(pdf) {
		t.Errorf("one table is %d bytes, all are %d", len(one), len(pdf))
	}
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"there already": {[]string{file}, 1, "exists"},
		"no such venue": {[]string{"-", "--venue", "Elsewhere"}, 2, "venue"},
		"no such table": {[]string{"-", "--table", "999"}, 2, "table"},
		"no layout":     {[]string{"-", "--layout", "banner"}, 2, "layout"},
		"no paper":      {[]string{"-", "--format", "a3"}, 2, "format"},
		"no language":   {[]string{"-", "--language", "xx"}, 2, "language"},
		"no letters":    {[]string{"-", "--language", "ar"}, 2, "language"},
	} {
		if out, errs, code := s.run(t.Context(), append([]string{"sheet"}, tt.args...)...); code != tt.code || !strings.Contains(errs, tt.says) || out != "" {
			t.Errorf("%s: %d, %d bytes, %s; want %d and %q", name, code, len(out), errs, tt.code, tt.says)
		}
	}
	s.env["BASE_URL"] = "http://localhost:8080"
	if out, errs, code := s.run(t.Context(), "sheet", "-"); code != 2 || out != "" || !strings.Contains(errs, "base_url") {
		t.Errorf("for this machine only: %d, %d bytes, %s", code, len(out), errs)
	}
}
