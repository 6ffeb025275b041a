package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneClientLeavesTheHouse fails when anything but the guard makes, or
// borrows, what can ask other hosts (threat T25): the server's code has one HTTP
// client. The command line may ask the server it works for.
func TestOneClientLeavesTheHouse(t *testing.T) {
	makers := []string{"http.Client{", "http.DefaultClient", "http.DefaultTransport", "http.Transport{", "http.Get(", "http.Post(", "http.PostForm(", "http.Head("}
	found := 0
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.HasPrefix(name, "e2e/") || strings.HasPrefix(name, "crash/") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, maker := range makers {
			if !strings.Contains(string(text), maker) {
				continue
			}
			if found++; name != "notify/guard.go" {
				t.Errorf("%s has %s: ask through notify.Guard", name, maker)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("not even the guard was found")
	}
}
