package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// T34: rows that were moved about leave copies of themselves in the free room of
// pages, which deleting does not reach. After a scrub no byte of what was erased
// is in the database or its log, and it goes on where it was.
func TestScrub_LeavesNothingOfWhatWasErased(t *testing.T) {
	if storetest.Postgres() {
		return // its files are its own
	}
	dsn, backups := storetest.EmptyDSN(t), t.TempDir()
	s := storetest.Open(t, dsn, store.Options{Backups: backups})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, now := t.Context(), time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	scrub := func(now time.Time, want bool) {
		t.Helper()
		if done, err := s.ScrubDaily(ctx, now); err != nil || done != want {
			t.Errorf("scrubbed at %s: %t, %v; want %t", now, done, err, want)
		}
	}
	r := newRoom(t, s)
	scrub(now, false)
	chance := rand.New(rand.NewPCG(1, 2))
	var all []feedback.Report
	for range 40 {
		r.write(t, func(at store.Edit) error { // many in one transaction: it is quicker
			for range 10 {
				one := feedback.Report{
					ID: storetest.ID(), TableID: r.one.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Version: 1, Salt: []byte("salt"),
					Words: strings.Repeat("canary ", chance.IntN(60)), CreatedAt: storetest.Epoch, DueAt: storetest.Epoch, Since: storetest.Epoch,
				}
				if err := at.AddReport(ctx, one); err != nil {
					return err
				}
				for range chance.IntN(4) {
					m := feedback.Message{ID: storetest.ID(), ReportID: one.ID, Text: strings.Repeat("canary ", chance.IntN(30)), Salt: []byte("salt"), At: storetest.Epoch}
					if err := at.AddMessage(ctx, m); err != nil {
						return err
					}
				}
				if err := at.AddContact(ctx, feedback.Contact{ReportID: one.ID, Name: "canary", Phone: "canary", ExpiresAt: storetest.Epoch}); err != nil {
					return err
				}
				all = append(all, one)
				old := &all[chance.IntN(len(all))] // it grows, and its neighbours move
				old.Actions, old.Note = []string{"remade", "moved"}, strings.Repeat("note ", chance.IntN(80))
				if err := at.Advance(ctx, old); err != nil {
					return err
				}
			}
			return nil
		})
	}
	r.write(t, func(at store.Edit) error {
		for _, one := range all {
			if _, err := at.EraseContact(ctx, one.ID); err != nil {
				return err
			}
			if err := at.EraseText(ctx, one.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if n := canaries(t, dsn); n == 0 {
		t.Error("nothing is left without a scrub: this test cannot fail")
	}
	copied := filepath.Join(backups, "before-change-from-3.db")
	for _, name := range []string{copied, copied + store.SumEnd} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scrub(now, true)
	if n := canaries(t, dsn); n > 0 {
		t.Errorf("%d pieces of what was erased are left", n)
	}
	scrub(now.AddDate(0, 0, 1), false) // nothing was erased since
	r.write(t, func(at store.Edit) error { return at.EraseText(ctx, all[0].ID) })
	scrub(now.Add(time.Hour), false) // twice a day is too often
	scrub(now.AddDate(0, 0, 1), true)
	if _, err := os.Stat(copied); err != nil {
		t.Errorf("the copy from before the tables changed: %v", err)
	}
	scrub(time.Now().AddDate(0, 0, 31), false)
	if left, _ := filepath.Glob(copied + "*"); len(left) > 0 {
		t.Errorf("after a month there is %q", left)
	}
	r.report(t) // it goes on
	if _, breaks, err := s.Verify(ctx); err != nil || len(breaks) > 0 {
		t.Errorf("timelines: %v, %v", breaks, err)
	}
}

// canaries counts them in a database and beside it. Another process looks: this
// one would let go of SQLite's locks by closing the files.
func canaries(t *testing.T, dsn string) int {
	t.Helper()
	files, err := filepath.Glob(dsn + "*")
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "cat", files...).Output()
	if err != nil || !bytes.Contains(text, []byte("SQLite format 3")) {
		t.Fatalf("read %q: %v", fmt.Sprint(files), err)
	}
	return bytes.Count(text, []byte("canary"))
}
