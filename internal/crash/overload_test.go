package crash

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"makeright/internal/e2e/program"
)

// TestOverload lets guests send ten times what a slow disk takes, in a short test
// for as long as it takes to fill the queue twice. Who does not
// fit in is told so at once, memory is bounded, a screen that was there before
// stays and sees everything, and nothing acknowledged is lost (I1, I2, I6, I7).
func TestOverload(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	d := p.Demo()
	traces(t, p, "-P", path+"-wal", "-e", "trace=fsync,fdatasync", "-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", size(2_000_000, 4_000_000)))
	p.Start()
	board := program.Look(t, p.Base, d, nil)
	first := crowd(t.Context(), p.Base, d, "first", 1, counted(1))
	board.Wait(t, first[0].ID)

	var mind temper
	began := time.Now()
	const guests = 2500 // twice what a batch and the queue hold
	total := size(6000, 200_000)
	left := counted(total)
	journal := append(first, crowd(t.Context(), p.Base, d, "flood", guests, func(s sent, status int, err error) bool {
		mind.note(t, s, status, err)
		return left(s, status, err) && err == nil
	})...)
	took := time.Since(began).Seconds()
	peak := memory(t, p.Pid())
	last := crowd(t.Context(), p.Base, d, "last", 1, counted(1))
	journal = append(journal, last...)
	board.Complete(t, acknowledged(journal), last[0].ID)

	t.Logf("%.0f/s came, %.0f/s were taken, %d refused; memory at most %d MiB", float64(mind.taken+mind.refused)/took, float64(mind.taken)/took, mind.refused, peak>>20)
	if mind.refused < guests { // each of them was turned away at least once, taken together
		t.Errorf("%d were refused and %d taken: that was no overload", mind.refused, mind.taken)
	}
	if soak := size(0, 1); soak > 0 && mind.refused < 9*mind.taken {
		t.Errorf("%d came, of which %d were taken: less than ten times as many", mind.refused+mind.taken, mind.taken)
	}
	if _, lines := board.Seen(); lines != 1 {
		t.Errorf("the screen had to come back %d times", lines-1)
	}
	if peak > 512<<20 {
		t.Errorf("memory grew to %d MiB", peak>>20)
	}
	compare(t, journal, stored(t, p.Base, d))
	p.Stop()
	audit(t, path, journal)
}

var highest = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// memory is the most that a process ever had.
func memory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	m := highest.FindSubmatch(text)
	if m == nil {
		t.Fatalf("no VmHWM in %s", text)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
