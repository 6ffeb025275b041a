package crash

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"makeright/internal/e2e/program"
)

// TestBackup_IsOnTheDisk holds that a backup, and a database made of one, gets its
// name only when all of it was synced, and that the name is synced too: a power
// cut right after the command leaves it whole.
func TestBackup_IsOnTheDisk(t *testing.T) {
	t.Parallel()
	p := program.New(t, filepath.Join(t.TempDir(), "makeright.db"))
	p.Demo()
	file := filepath.Join(t.TempDir(), "copy.db")
	trace := traces(t, p, "-e", "trace="+traced)
	p.Run("backup", file)
	wantSynced(t, trace, file+".part", file)
	wantSynced(t, trace, file+".sha256", "")

	place := filepath.Join(t.TempDir(), "makeright.db")
	p.Set("DATABASE=" + place)
	trace = traces(t, p, "-e", "trace="+traced)
	p.Run("restore", file)
	p.Wrap()
	wantSynced(t, trace, place+".restoring", place)
	p.Run("verify")
}

// wantSynced fails unless a file was synced after its last change, and, where it
// got another name then, its folder after that.
func wantSynced(t *testing.T, trace, file, name string) {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var changed, synced, named, kept int // the last line on which it was
	err = calls(f, func(c call) error {
		on := strings.Contains(c.args, "<"+file+">")
		sync := c.name == "fsync" || c.name == "fdatasync"
		switch {
		case c.result < 0:
		case on && slices.Contains([]string{"write", "pwrite64", "writev", "pwritev", "copy_file_range", "sendfile", "ftruncate"}, c.name):
			changed = c.to
		case on && sync:
			synced = c.from
		case strings.HasPrefix(c.name, "rename") || strings.HasPrefix(c.name, "link"):
			if name != "" && strings.Contains(c.args, `"`+name+`"`) {
				named = c.to
			}
		case sync && strings.Contains(c.args, "<"+filepath.Dir(file)+">"):
			kept = c.from
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed == 0 || synced < changed {
		t.Errorf("%s was changed last on line %d and synced on line %d", file, changed, synced)
	}
	if name != "" && (named < synced || kept < named) {
		t.Errorf("%s got its name on line %d, was synced on line %d, and its folder on line %d", file, named, synced, kept)
	}
}
