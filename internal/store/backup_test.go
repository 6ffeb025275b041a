package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// house is a database on SQLite with one venue and table, in a folder.
type house struct {
	*store.Store
	dir   string
	by    feedback.Actor
	venue feedback.Venue
	table feedback.Table
}

func newHouse(t *testing.T, opts store.Options) house {
	t.Helper()
	h := house{dir: t.TempDir()}
	h.Store = storetest.Open(t, h.file(), opts)
	if err := h.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.by, h.venue = storetest.Venue(t, h.Store)
	h.table = storetest.Table(t, h.Store, h.by, h.venue.ID, "1")
	return h
}

func (h house) file() string { return filepath.Join(h.dir, "m.db") }

// report writes a report with its event, and a contact.
func (h house) report(ctx context.Context, id string) error {
	return h.Tx(ctx, func(tx store.Tx) error {
		at := tx.At(h.by, h.venue.ID)
		r := feedback.Report{
			ID: id, TableID: h.table.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Words: "Words of " + id,
			Language: "en", Trust: feedback.TrustTable, Version: 1, Day: "2026-11-20", CreatedAt: storetest.Epoch, DueAt: storetest.Epoch,
			Since: storetest.Epoch, Salt: []byte(id),
		}
		if err := at.AddReport(ctx, r); err != nil {
			return err
		}
		if err := at.AddContact(ctx, feedback.Contact{ReportID: id, Name: "Gina", ExpiresAt: storetest.Epoch}); err != nil {
			return err
		}
		e := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: r.ID, ByKind: feedback.ByGuest, Digest: feedback.Digest(r.Salt, r.Words)}
		return at.Append(ctx, &e)
	})
}

func (h house) must(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := h.report(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

// words are what guests wrote, by report, in the database at file.
func words(t *testing.T, file string) map[string]string {
	t.Helper()
	s, err := store.Open(t.Context(), file, store.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	var rows []struct{ ID, Words string }
	find(t, store.DB(t.Context(), s).Raw("select id, words from reports"), &rows)
	all := map[string]string{}
	for _, r := range rows {
		all[r.ID] = r.Words
	}
	return all
}

// restored restores a backup to a new place and returns the file.
func restored(t *testing.T, backup, erased string) (string, store.Restored) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "elsewhere", "m.db")
	r, err := store.Restore(t.Context(), backup, file, erased)
	if err != nil {
		t.Fatalf("restore: %v", err)
	}
	return file, r
}

// What was acknowledged before a backup began is in it, however many write
// meanwhile, and what is in it was sent.
func TestBackup_WhileOthersWrite(t *testing.T) {
	h := newHouse(t, store.Options{})
	var mu sync.Mutex
	acked := map[string]bool{}
	ctx, stop := context.WithCancel(t.Context())
	enough := make(chan struct{})
	var work sync.WaitGroup
	for w := range 8 {
		work.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("r%d-%d", w, i)
				if err := h.report(context.WithoutCancel(ctx), id); err != nil {
					t.Errorf("write: %v", err)
					return
				}
				mu.Lock()
				if acked[id] = true; len(acked) == 500 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	mu.Lock()
	before := maps.Clone(acked)
	mu.Unlock()
	file := filepath.Join(h.dir, "copy.db")
	err := store.Backup(t.Context(), h.file(), file)
	stop()
	work.Wait()
	if err != nil {
		t.Fatal(err)
	}

	at, r := restored(t, file, "")
	got := words(t, at)
	for id := range before {
		if got[id] != "Words of "+id {
			t.Errorf("report %s was acknowledged before the backup and reads %q", id, got[id])
		}
	}
	for id := range got {
		if !acked[id] {
			t.Errorf("report %s was never acknowledged", id)
		}
	}
	if !r.Summed || len(r.Heads) != 1 || r.Heads[0].Seq != int64(len(got)) {
		t.Errorf("restored %+v, want a checksum and a timeline of %d events", r, len(got))
	}
	t.Logf("%d acknowledged before the backup, %d in it, %d in the end", len(before), len(got), len(acked))
}

func TestBackup_LeavesTwoFilesForTheOwnerOnly(t *testing.T) {
	h := newHouse(t, store.Options{})
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	if err := store.Backup(t.Context(), h.file(), file); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", e.Name(), info.Mode())
		}
	}
	if !slices.Equal(names, []string{"copy.db", "copy.db.sha256"}) {
		t.Errorf("files %q", names)
	}
	copied, sum := read(t, file), read(t, file+store.SumEnd)
	if want := fmt.Sprintf("%x  copy.db\n", sha256.Sum256([]byte(copied))); sum != want {
		t.Errorf("checksum %q, want %q", sum, want)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestBackup_Refuses(t *testing.T) {
	h := newHouse(t, store.Options{})
	dir := t.TempDir()
	there, sum := write(t, filepath.Join(dir, "there.db"), "mine"), write(t, filepath.Join(dir, "half.db.sha256"), "mine")
	tests := map[string]struct {
		dsn, file string
		want      error
		says      string
	}{
		"a file that is there":       {h.file(), there, feedback.ErrConflict, "there already"},
		"a checksum that is there":   {h.file(), strings.TrimSuffix(sum, ".sha256"), feedback.ErrConflict, "there already"},
		"the database itself":        {h.file(), h.file(), feedback.ErrConflict, "there already"},
		"a folder that is not":       {h.file(), filepath.Join(dir, "no", "copy.db"), os.ErrNotExist, ""},
		"a database that is not":     {filepath.Join(dir, "no.db"), filepath.Join(dir, "copy.db"), os.ErrNotExist, ""},
		"a database of another kind": {"postgres://u:secret@h/n", filepath.Join(dir, "copy.db"), feedback.ErrInvalid, "pg_dump"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := store.Backup(t.Context(), tt.dsn, tt.file)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("err = %v, want %v that says %q", err, tt.want, tt.says)
			}
		})
	}
	if read(t, there) != "mine" || read(t, sum) != "mine" {
		t.Error("a file was replaced")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A backup never takes the room that guests' reports need.
func TestBackup_LeavesRoom(t *testing.T) {
	dir := t.TempDir()
	large := write(t, filepath.Join(dir, "large.db"), "")
	if err := store.RoomFor("a backup", large, dir); err != nil {
		t.Errorf("an empty database: %v", err)
	}
	if err := os.Truncate(large, 1<<43); err != nil { // a hole, as large as no disk here
		t.Skipf("no such large files here: %v", err)
	}
	if err := store.RoomFor("a backup", large, dir); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Errorf("a database larger than the disk: err = %v, want a refusal", err)
	}
}

func TestBackUpDaily(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "backups")
	h := newHouse(t, store.Options{Backups: folder})
	h.must(t, "r1")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, berlin) }
	const keep = 3
	steps := []struct {
		name string
		now  time.Time
		keep int
		made bool
	}{
		{"turned off", at(20, 12, 0), 0, false},
		{"the first one at once", at(20, 12, 0), keep, true},
		{"a restart a minute later", at(20, 12, 1), keep, false},
		{"late that night", at(21, 3, 59), keep, false},
		{"the next morning", at(21, 4, 0), keep, true},
		{"the clock goes back an hour", at(21, 3, 30), keep, false},
		{"that noon", at(21, 12, 0), keep, false},
		{"after a day off", at(23, 5, 0), keep, true},
		{"the night the clocks change", at(29, 4, 0), keep, true},
		{"that noon too", at(29, 13, 0), keep, false},
	}
	for _, s := range steps {
		made, err := h.BackUpDaily(t.Context(), s.now, s.keep)
		if err != nil || made != s.made {
			t.Errorf("%s: made = %v, %v; want %v", s.name, made, err, s.made)
		}
	}
	copies, err := h.Copies()
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, c := range copies {
		days = append(days, c.At.In(berlin).Day())
	}
	if !slices.Equal(days, []int{29, 23, 21}) {
		t.Errorf("backups of %v are kept, want the newest three", days)
	}
	if sums, _ := filepath.Glob(filepath.Join(folder, "*"+store.SumEnd)); len(sums) != keep {
		t.Errorf("checksums %q, want one for each", sums)
	}
	last, err := h.LastBackup()
	if err != nil || !last.At.Equal(at(29, 4, 0)) || last.Size == 0 {
		t.Errorf("LastBackup() = %+v, %v", last, err)
	}
	file, _ := restored(t, last.File, "")
	if got := words(t, file); got["r1"] == "" {
		t.Errorf("the last backup holds %v", got)
	}
}

// The first "clock goes back" above is caught by the backup of the day before;
// with none there, one that a wrong clock dated tomorrow must not stop today's.
func TestBackUpDaily_AfterAWrongClock(t *testing.T) {
	h := newHouse(t, store.Options{Backups: t.TempDir()})
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	for _, n := range []time.Time{now.AddDate(1, 0, 0), now} {
		if made, err := h.BackUpDaily(t.Context(), n, 5); err != nil || !made {
			t.Errorf("at %v: made = %v, %v; want one", n, made, err)
		}
	}
}

func TestBackUpDaily_NothingThere(t *testing.T) {
	s := sqlite(t, store.Options{Backups: t.TempDir()})
	if made, err := s.BackUpDaily(t.Context(), storetest.Epoch, 5); err != nil || made {
		t.Errorf("an empty database: made = %v, %v", made, err)
	}
	if _, err := s.LastBackup(); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("LastBackup: %v, want ErrNotFound", err)
	}
}

// A copy that cannot be proven is no success, is kept to look at, and is not
// tried again before tomorrow.
func TestBackUpDaily_OfADamagedTimeline(t *testing.T) {
	h := newHouse(t, store.Options{Backups: t.TempDir()})
	h.must(t, "r1")
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	if made, err := h.BackUpDaily(t.Context(), now.AddDate(0, 0, -1), 5); err != nil || !made {
		t.Fatalf("before: %v, %v", made, err)
	}
	storetest.Write(t, h.Store, func(tx store.Tx) error {
		return store.DB(t.Context(), tx).Exec("update reports set words = 'All fine'").Error
	})
	if made, err := h.BackUpDaily(t.Context(), now, 5); !made || !errors.Is(err, feedback.ErrInvalid) {
		t.Errorf("made = %v, %v; want one and a complaint", made, err)
	}
	if made, err := h.BackUpDaily(t.Context(), now.Add(time.Hour), 5); made || err != nil {
		t.Errorf("an hour later: made = %v, %v; want nothing", made, err)
	}
	last, err := h.LastBackup()
	if err != nil || !last.At.Equal(now.AddDate(0, 0, -1)) {
		t.Errorf("LastBackup() = %+v, %v; want yesterday's", last, err)
	}
	if copies, err := h.Copies(); err != nil || len(copies) != 2 || !copies[0].Broken {
		t.Errorf("Copies() = %+v, %v; want today's, marked", copies, err)
	}
}

// A database that an older program wrote is copied before its tables change,
// even when the change then fails.
func TestMigrate_BacksUpFirst(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "backups")
	h := newHouse(t, store.Options{Backups: folder})
	h.must(t, "r1")
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Fatalf("before: %v", entries)
	}
	var before int // of the first change only: the second makes a table that is there
	find(t, store.DB(t.Context(), h.Store).Raw("select min(version_id) from goose_db_version where version_id > 0"), &before)
	storetest.Write(t, h.Store, func(tx store.Tx) error {
		return store.DB(t.Context(), tx).Exec("delete from goose_db_version where version_id > ?", before).Error
	})
	for range 2 { // and again, as after a restart
		if err := h.Migrate(t.Context()); err == nil {
			t.Fatal("the same tables were made twice")
		}
	}
	file := filepath.Join(folder, fmt.Sprintf("before-change-from-%d.db", before))
	if got := words(t, file); got["r1"] != "Words of r1" {
		t.Errorf("the copy holds %v", got)
	}
}
