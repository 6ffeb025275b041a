package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"makeright/internal/e2e/program"
)

// TestPowerCut records every write, every sync, every 201 and all that a screen
// is shown by the real program, rebuilds the disk as a power cut at any of these
// moments may leave it, and opens it: what was told to guests or screens is there
// (R2; I1, I2, I6, I7). The same record without the syncs that
// synchronous=NORMAL leaves out must lose reports: else the test sees nothing.
func TestPowerCut(t *testing.T) {
	rec := record(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	points := size(200, 100_000)

	full := &bench{dir: shm(t)}
	cuts(rec.before, rec.ops, points, r, full.try)
	states, lost, errs := full.end()
	for _, err := range errs {
		t.Error(err)
	}
	t.Logf("%d states of the disk were opened; %d lost reports", states, lost)
	if states < min(points, len(rec.ops)) {
		t.Errorf("only %d states of %d points were tried", states, points)
	}

	canary := &bench{dir: shm(t)}
	cuts(rec.before, normal(rec.ops), points/4, r, canary.try)
	states, lost, _ = canary.end()
	t.Logf("with synchronous=NORMAL %d of %d states lost reports", lost, states)
	if lost == 0 {
		t.Error("without syncs nothing was lost: the test is blind")
	}
	realProgram(t, rec, r)
}

// recording is a run of the program and all that reached its disk.
type recording struct {
	demo   program.Demo
	before map[string][]byte
	ops    []op
}

// record runs the program until its log has been written into the database at
// least once, and stops it in good order, so that the end is on record too.
func record(t *testing.T) recording {
	t.Helper()
	path := filepath.Join(t.TempDir(), "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	rec := recording{demo: p.Demo()}
	rec.before = files(t, path)
	file := traces(t, p, "-xx", "-s", "1000000", "-e", "trace="+traced)
	p.Start()
	each := size(50, 600)
	board := program.Look(t, p.Base, rec.demo, nil)
	journal := crowd(t.Context(), p.Base, rec.demo, "power", 8, counted(8*each))
	last := crowd(t.Context(), p.Base, rec.demo, "power's last", 1, counted(1))
	journal = append(journal, last...)
	board.Complete(t, acknowledged(journal), last[0].ID)
	board.Close()
	p.Stop()
	p.Wrap()
	trace, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer trace.Close()
	if rec.ops, err = ops(trace, path); err != nil {
		t.Fatal(err)
	}
	rec.check(t, path, journal)
	audit(t, path, journal)
	return rec
}

// counted lets guests send n reports together.
func counted(n int) func(sent, int, error) bool {
	var mu sync.Mutex
	return func(sent, int, error) bool {
		mu.Lock()
		defer mu.Unlock()
		n--
		return n > 0
	}
}

// check sees that the record tells everything: replayed to its end it is the
// directory as it is, and it holds every acknowledgement that guests got, and what
// the screen was shown.
func (rec recording) check(t *testing.T, path string, journal []sent) {
	t.Helper()
	d, told, kinds := newDisk(rec.before), map[kind]map[string]bool{answer: {}, show: {}}, map[kind]int{}
	for _, o := range rec.ops {
		d.do(o)
		kinds[o.kind]++
		if o.kind.tells() {
			told[o.kind][o.id] = true
		}
	}
	for name, data := range d.cut(everything) {
		real, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil || !bytes.Equal(real, data) {
			t.Errorf("%s replayed (%d bytes) is not what it is (%d bytes): %v", name, len(data), len(real), err)
		}
	}
	for _, s := range journal {
		if s.ID == "" || !told[answer][s.ID] || !told[show][s.ID] {
			t.Errorf("report %s, acknowledged as %q, is not in the record (answered %v, shown %v)", s.Mark, s.ID, told[answer][s.ID], told[show][s.ID])
		}
	}
	t.Logf("recorded %d writes, %d syncs, %d of names, %d answers, %d reports on a screen", kinds[write], kinds[fsync], kinds[fsyncDir], kinds[answer], kinds[show])
}

// cuts cuts the power at so many points of a record, in three ways each, and
// hands out what the disk then holds and of which reports somebody was told. A
// point after which nothing was loose has one way only.
func cuts(before map[string][]byte, record []op, points int, r *rand.Rand, try func(files map[string][]byte, told []string, where string)) {
	d := newDisk(before)
	var told []string
	chosen := map[int]bool{}
	for _, i := range r.Perm(len(record))[:min(points, len(record))] {
		chosen[i] = true
	}
	for i, o := range record {
		d.do(o)
		if o.kind.tells() {
			told = append(told, o.id)
		}
		if !chosen[i] {
			continue
		}
		at := fmt.Sprintf("after call %d of %d", i, len(record))
		try(d.cut(nothing), told, at+", nothing but what was synced")
		if len(d.loose) > 0 {
			try(d.cut(some(r)), told, at+", with some of the rest")
			try(d.cut(torn(r)), told, at+", with torn parts of the rest")
		}
	}
}

// normal leaves out the syncs that SQLite leaves out with synchronous=NORMAL:
// all of the log but those of its head and before a checkpoint.
func normal(record []op) (without []op) {
	for i, o := range record {
		if o.kind == fsync && strings.HasSuffix(o.file, "-wal") && !head(record[:i]) && !checkpoint(record[i+1:]) {
			continue
		}
		without = append(without, o)
	}
	return without
}

// head says whether the last change was to the log's head.
func head(before []op) bool {
	for i := len(before) - 1; i >= 0; i-- {
		if o := before[i]; o.kind == write {
			return strings.HasSuffix(o.file, "-wal") && o.offset == 0
		}
	}
	return false
}

// checkpoint says whether the next change is to the database itself.
func checkpoint(after []op) bool {
	for _, o := range after {
		switch {
		case o.kind == write:
			return !strings.HasSuffix(o.file, "-wal")
		case o.kind == fsync:
			return false // this is the one
		}
	}
	return false
}

// realProgram starts the real program on a few such disks, and lets a screen look
// at it.
func realProgram(t *testing.T, rec recording, r *rand.Rand) {
	t.Helper()
	cuts(rec.before, rec.ops, size(5, 100), r, func(files map[string][]byte, told []string, where string) {
		path := filepath.Join(t.TempDir(), "makeright.db")
		if err := lay(filepath.Dir(path), files); err != nil {
			t.Fatal(err)
		}
		p := program.New(t, path, "LIMITS=off")
		p.Start()
		if missing := missing(told, stored(t, p.Base, rec.demo)); len(missing) > 0 {
			t.Errorf("%s: the program shows %d acknowledged reports less, such as %s", where, len(missing), missing[0])
		}
		board := program.Look(t, p.Base, rec.demo, nil)
		last := crowd(t.Context(), p.Base, rec.demo, "after", 1, counted(1))
		board.Complete(t, told, last[0].ID)
		board.Close()
		p.Stop()
	})
}

// bench opens disks, as many at once as there are processors.
type bench struct {
	dir string

	start  sync.Once
	work   chan job
	busy   sync.WaitGroup
	mu     sync.Mutex
	states int
	lost   int
	errs   []error
}

type job struct {
	files map[string][]byte
	told  []string
	where string
}

// enough bounds how many errors are told.
const enough = 5

func (b *bench) try(files map[string][]byte, told []string, where string) {
	b.start.Do(func() {
		b.work = make(chan job)
		for i := range runtime.GOMAXPROCS(0) {
			dir := filepath.Join(b.dir, fmt.Sprint(i))
			b.busy.Go(func() {
				for j := range b.work {
					b.note(j.open(dir))
				}
			})
		}
	})
	b.work <- job{files, told, where}
}

func (b *bench) note(lost int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.states++
	if lost > 0 {
		b.lost++
	}
	if err != nil && len(b.errs) < enough {
		b.errs = append(b.errs, err)
	}
}

// end waits for all that were handed in.
func (b *bench) end() (states, lost int, errs []error) {
	if b.work != nil {
		close(b.work)
	}
	b.busy.Wait()
	return b.states, b.lost, b.errs
}

// open opens a disk and returns how many acknowledged reports it lost, and all
// that is wrong with it.
func (j job) open(dir string) (lost int, err error) {
	defer os.RemoveAll(dir)
	if err := lay(dir, j.files); err != nil {
		return 0, err
	}
	found, err := inspect(context.Background(), filepath.Join(dir, "makeright.db"))
	gone := missing(j.told, found)
	if len(gone) > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d times somebody was told of a report that is lost, such as %s", len(gone), len(j.told), gone[0]))
	}
	for words, ids := range found {
		if strings.HasPrefix(words, "power ") && len(ids) > 1 {
			err = errors.Join(err, fmt.Errorf("report %q is there %d times", words, len(ids)))
		}
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", j.where, err)
	}
	return len(gone), err
}

// missing lists the reports that were told and not found.
func missing(told []string, found map[string][]string) (gone []string) {
	there := map[string]bool{}
	for _, ids := range found {
		for _, id := range ids {
			there[id] = true
		}
	}
	for _, id := range told {
		if !there[id] {
			gone = append(gone, id)
		}
	}
	return gone
}

// files reads a database and its log.
func files(t *testing.T, database string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, suffix := range []string{"", "-wal"} {
		f, err := os.Open(database + suffix)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if all[filepath.Base(database)+suffix], err = io.ReadAll(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// lay puts files into a directory of their own.
func lay(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// shm is a directory in memory where there is one: what is tried there need
// not wait for a disk.
func shm(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "makeright-crash-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
