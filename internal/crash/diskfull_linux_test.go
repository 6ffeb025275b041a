package crash

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"makeright/internal/e2e/program"
)

// TestDiskFull fills the disk under the program. Guests are told to come back
// later, what was acknowledged can be read, and when there is room again the
// program goes on by itself; a screen that listened all the while misses nothing
// (R4; I1, I2, I6, I7).
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := small(t, "16m")
	path := filepath.Join(dir, "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	d := p.Demo()
	p.Start()
	board := program.Look(t, p.Base, d, nil)
	journal := crowd(t.Context(), p.Base, d, "room", 8, counted(100))

	ballast := fill(t, dir)
	var full temper
	const refusals, tries = 100, 20_000 // the log has room of its own at first
	journal = append(journal, crowd(t.Context(), p.Base, d, "full", 8, func(s sent, status int, err error) bool {
		return full.note(t, s, status, err) < tries && full.count() < refusals && err == nil
	})...)
	if full.refused < refusals {
		t.Errorf("only %d were refused, %d taken: the disk was not full", full.refused, full.taken)
	}
	compare(t, journal, stored(t, p.Base, d))

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	var again temper
	journal = append(journal, crowd(t.Context(), p.Base, d, "again", 8, func(s sent, status int, err error) bool {
		return again.note(t, s, status, err) < 200 && again.count() == 0 && err == nil
	})...)
	if again.refused > 0 {
		t.Errorf("%d were refused although there was room again", again.refused)
	}
	last := crowd(t.Context(), p.Base, d, "last", 1, counted(1))
	journal = append(journal, last...)
	board.Complete(t, acknowledged(journal), last[0].ID)
	compare(t, journal, stored(t, p.Base, d))
	p.Stop()
	audit(t, path, journal)
	t.Logf("%d taken and %d refused while full, %d taken after", full.taken, full.refused, again.taken)
}

func (m *temper) count() (refused int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refused
}

// small mounts a disk of its own in memory. Who may not mount skips the test;
// in CI it fails.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("makeright-test", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("mount: %v", err)
		}
		t.Skipf("a small disk cannot be mounted here (%v): run as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fill leaves no room on a disk, and returns the file that took it.
func fill(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	return f.Name()
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
