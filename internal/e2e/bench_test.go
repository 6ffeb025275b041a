package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"makeright/internal/e2e/program"
)

// TestBench_PrintsEveryFigure runs the bench at its smallest: it has every figure,
// those beside the yardstick first, and what guests send comes back to screens.
func TestBench_PrintsEveryFigure(t *testing.T) {
	t.Parallel()
	p := program.New(t, t.TempDir()+"/unused.db")
	out := string(p.Run("bench", "--dir", t.TempDir(), "--for", "100ms", "--venue", "3", "--guests", "1,64", "--most", "2", "--other", "3", "--fill", "2000"))
	last := 0
	for _, want := range []string{
		`one fsync of a small append +[0-9.]+.?s`, `yardstick: one INSERT and COMMIT \(synchronous=FULL\) each +[1-9][0-9]*/s`,
		`start on an existing database, to the first answer +[1-9][0-9.]*m?s`, `memory when idle +[1-9][0-9.]+ MiB`, `size of the program +[1-9][0-9.]+ MiB`,
		`guests +of the yardstick +reports/s +answered p50 ms +p99 ms +CPU us each`, `\n +1 +[0-9.]+x +[1-9]`, `\n +64 +[0-9.]+x +[1-9]`,
		`what +of an empty handler +requests/s +CPU us each +bytes each`, `form of a table, compressed +[0-9.]+ +[1-9][0-9]* +\S+ +[1-9]`,
		`screens of 3 venues`, `screens +p50 ms +p99 ms +reports/s +CPU us each +KB a screen`, `\n +1 .*\n +2 `,
		`other screens +of one +CPU us each`, `\n +3 +[0-9.]+x`,
		`figures of 30 days, with 2000 reports`, `p50 ms +p99 ms +requests/s +start`, `\n +[0-9.]+ +[0-9.]+ +[1-9]`,
		`what +measured +wanted +reached`, `start on an existing database +\S+ ms +<= 50 ms +(yes|no)`, `reports/s of the yardstick, one fsync taking`, `CPU of a report +`,
	} {
		at := regexp.MustCompile(want).FindStringIndex(out[last:])
		if at == nil {
			t.Fatalf("%s is not printed, or not in this place:\n%s", want, out)
		}
		last += at[1]
	}
	_, table, _ := strings.Cut(out, "deliveries\n")
	for _, row := range strings.Split(table, "\n")[:2] {
		cells := strings.Fields(row)
		if n, err := strconv.Atoi(cells[len(cells)-1]); err != nil || n == 0 {
			t.Errorf("no report came back to the screens: %q", row)
		}
	}
}
