package store_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// backedUp is a house with reports r1 to r3 and a backup of it.
func backedUp(t *testing.T) (house, string) {
	t.Helper()
	h := newHouse(t, store.Options{})
	h.must(t, "r1", "r2", "r3")
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(t.Context(), h.file(), file); err != nil {
		t.Fatal(err)
	}
	return h, file
}

func TestRestore_ReplacesNothing(t *testing.T) {
	h, file := backedUp(t)
	h.must(t, "r4")
	_, err := store.Restore(t.Context(), file, h.file(), "")
	if !errors.Is(err, feedback.ErrConflict) || !strings.Contains(err.Error(), "move "+h.file()) {
		t.Errorf("over a database: %v, want a refusal that says how", err)
	}
	if got := words(t, h.file()); len(got) != 4 {
		t.Errorf("afterwards there are %v", got)
	}
	for _, end := range []string{"-wal", "-shm"} {
		alone := filepath.Join(t.TempDir(), "m.db")
		write(t, alone+end, "of a database that was moved away without it")
		if _, err := store.Restore(t.Context(), file, alone, ""); !errors.Is(err, feedback.ErrConflict) {
			t.Errorf("beside a stray %s: %v, want a refusal", end, err)
		}
	}
	if _, err := store.Restore(t.Context(), file, "postgres://h/n", ""); err == nil || !strings.Contains(err.Error(), "pg_restore") {
		t.Errorf("to PostgreSQL: %v", err)
	}
}

func TestRestore_RefusesWhatIsNoGoodBackup(t *testing.T) {
	damage := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			s, err := store.Open(t.Context(), file, store.Options{Existing: true})
			if err != nil {
				t.Fatal(err)
			}
			storetest.Write(t, s, func(tx store.Tx) error {
				for _, stmt := range append(tampering(s), statements...) {
					if err := store.DB(t.Context(), tx).Exec(stmt).Error; err != nil {
						return err
					}
				}
				return nil
			})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			drop(t, file+store.SumEnd)
		}
	}
	replace := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			drop(t, file+store.SumEnd)
			text := read(t, file)
			if !strings.Contains(text, from) {
				t.Fatalf("there is no %q in the backup", from)
			}
			write(t, file, strings.Replace(text, from, to, 1))
		}
	}
	tests := map[string]struct {
		do   func(*testing.T, string)
		says string
	}{
		"another file's checksum": {func(t *testing.T, f string) { write(t, f+store.SumEnd, strings.Repeat("0", 64)+"  copy.db\n") }, "checksum"},
		"cut off at the end":      {func(t *testing.T, f string) { truncate(t, f, 4096*10); drop(t, f+store.SumEnd) }, ""},
		"empty":                   {func(t *testing.T, f string) { write(t, f, ""); drop(t, f+store.SumEnd) }, "empty"},
		"a letter": {func(t *testing.T, f string) {
			write(t, f, strings.Repeat("Dear guest, ", 900))
			drop(t, f+store.SumEnd)
		}, ""},
		"a guest's words in the raw": {replace("Words of r2", "Words of rX"), "event 2"},
		"an event was taken out":     {damage("delete from events where seq = 2"), "event 2"},
		"of a newer program":         {damage("insert into goose_db_version (version_id, is_applied) values (9999, 1)"), "newer"},
		"a database in use":          {func(t *testing.T, f string) { write(t, f+"-wal", "something") }, "makeright backup"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, file := backedUp(t)
			tt.do(t, file)
			to := filepath.Join(t.TempDir(), "m.db")
			_, err := store.Restore(t.Context(), file, to, "")
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want a refusal that says %q", err, tt.says)
			}
			if left, _ := filepath.Glob(to + "*"); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func drop(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, name string, size int64) {
	t.Helper()
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
}

// One flipped bit anywhere is enough to be refused.
func TestRestore_FlippedBits(t *testing.T) {
	_, file := backedUp(t)
	good := []byte(read(t, file))
	flips := 200
	if os.Getenv("SOAK") != "" {
		flips = 10_000
	}
	for range flips {
		bad := append([]byte(nil), good...)
		at, bit := rand.IntN(len(bad)), rand.IntN(8)
		bad[at] ^= 1 << bit
		write(t, file, string(bad))
		_, err := store.Restore(t.Context(), file, filepath.Join(t.TempDir(), "m.db"), "")
		if !errors.Is(err, feedback.ErrInvalid) {
			t.Fatalf("bit %d of byte %d was flipped: err = %v, want ErrInvalid", bit, at, err)
		}
	}
	write(t, file, string(good))
	restored(t, file, "")
}

// What guests had erased after a backup stays erased when it is restored, there
// and at every place it is restored to later.
func TestRestore_ErasesAgain(t *testing.T) {
	h, file := backedUp(t)
	erase := func(fn func(store.Edit) error) {
		t.Helper()
		storetest.Write(t, h.Store, func(tx store.Tx) error { return fn(tx.At(h.by, h.venue.ID)) })
	}
	erase(func(at store.Edit) error { _, err := at.EraseContact(t.Context(), "r1"); return err })
	erase(func(at store.Edit) error { return at.EraseText(t.Context(), "r2") })
	h.must(t, "r4") // after the backup: there is nothing of it to erase
	erase(func(at store.Edit) error { return at.EraseText(t.Context(), "r4") })
	list := h.file() + ".erased"
	if info, err := os.Stat(list); err != nil || info.Mode() != 0o600 {
		t.Fatalf("the list of erasures: %v, %v", info, err)
	}
	if text := read(t, list); strings.Contains(text, "Words") || strings.Contains(text, "Gina") {
		t.Errorf("the list of erasures holds %q", text)
	}

	if got, _ := restored(t, file, ""); words(t, got)["r2"] != "Words of r2" {
		t.Error("without the list, nobody can know what was erased")
	}
	place, r := restored(t, file, list)
	check := func(place string) {
		t.Helper()
		got := words(t, place)
		if got["r2"] != "" || got["r1"] != "Words of r1" || got["r3"] != "Words of r3" {
			t.Errorf("words %v, want those of r2 erased", got)
		}
		s, err := store.Open(t.Context(), place, store.Options{Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]string{"r1": "", "r2": "Gina", "r3": "Gina"} {
			if c, err := s.For(h.by, h.venue.ID).Contact(t.Context(), id); err != nil || c.Name != want {
				t.Errorf("contact of %s = %q, %v; want %q", id, c.Name, err, want)
			}
		}
		if _, breaks, err := s.Verify(t.Context()); err != nil || len(breaks) > 0 {
			t.Errorf("the timeline after erasing: %v, %v", breaks, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	check(place)
	if r.Erasures != 2 {
		t.Errorf("erased %d again, want 2", r.Erasures)
	}
	drop(t, place)
	if _, err := store.Restore(t.Context(), file, place, ""); err != nil {
		t.Fatal(err)
	}
	check(place)
	if strings.Count(read(t, place+".erased"), "\n") != 3 {
		t.Errorf("the list has grown: %q", read(t, place+".erased"))
	}
}

// A crash in the middle of a line costs neither the next line nor a restore.
func TestRestore_ATornLine(t *testing.T) {
	h, file := backedUp(t)
	list := write(t, h.file()+".erased", "contact r1\ntex")
	storetest.Write(t, h.Store, func(tx store.Tx) error { return tx.At(h.by, h.venue.ID).EraseText(t.Context(), "r2") })
	place, r := restored(t, file, list)
	if got := words(t, place); r.Erasures != 2 || r.Torn != 1 || got["r2"] != "" {
		t.Errorf("restored %+v with %v, want two erasures and one torn line", r, got)
	}
	if _, err := store.Restore(t.Context(), file, filepath.Join(t.TempDir(), "m.db"), list+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a list that is not there: %v", err)
	}
}

// What cannot be noted is not erased: a restore would bring it back.
func TestErase_NotWithoutANote(t *testing.T) {
	h, _ := backedUp(t)
	if err := os.Mkdir(h.file()+".erased", 0o700); err != nil {
		t.Fatal(err)
	}
	err := h.Tx(t.Context(), func(tx store.Tx) error {
		_, err := tx.At(h.by, h.venue.ID).EraseContact(t.Context(), "r1")
		return err
	})
	if !errors.Is(err, feedback.ErrBusy) {
		t.Errorf("err = %v, want ErrBusy", err)
	}
	if c, err := h.For(h.by, h.venue.ID).Contact(t.Context(), "r1"); err != nil || c.Name == "" {
		t.Errorf("contact = %+v, %v; want it still there", c, err)
	}
}

// Who was signed in, or held a link, when the backup was made has to sign in
// again; tablets stay paired.
func TestRestore_EndsSessions(t *testing.T) {
	h := newHouse(t, store.Options{})
	storetest.Write(t, h.Store, func(tx store.Tx) error {
		db := store.DB(t.Context(), tx)
		for _, stmt := range []string{
			"insert into sessions (id, person_id, device_id, created_at, seen_at, expires_at, agent) select 's', id, '', 1, 1, 9, '' from people",
			"insert into invitations (id, kind, org_id, person_id, venue_id, created_by, created_at, expires_at, used_at) values ('open', 'join', '', '', '', '', 1, 9, null), ('used', 'join', '', '', '', '', 1, 9, 2)",
			"insert into devices (id, venue_id, name, paired_by, created_at, seen_at) select 'd', id, 'Pass', '', 1, 1 from venues",
		} {
			if err := db.Exec(stmt).Error; err != nil {
				return err
			}
		}
		return nil
	})
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(t.Context(), h.file(), file); err != nil {
		t.Fatal(err)
	}
	place, _ := restored(t, file, "")
	s := storetest.Open(t, place, store.Options{Existing: true})
	for table, want := range map[string]int{"sessions": 0, "invitations": 1, "devices": 1, "people": 1} {
		if got := count(t, store.DB(t.Context(), s).Table(table)); got != want {
			t.Errorf("%d %s, want %d", got, table, want)
		}
	}
}

func TestOpen_Existing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no", "m.db")
	if _, err := store.Open(t.Context(), file, store.Options{Existing: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want ErrNotExist", err)
	}
	if _, err := os.Stat(filepath.Dir(file)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made")
	}
}

func TestKindOf(t *testing.T) {
	for number, want := range map[uint32]store.Disk{
		0x6969: {Kind: "NFS", Network: true}, 0xff534d42: {Kind: "CIFS", Network: true},
		0xef53: {Kind: "ext4"}, 0x01021994: {Kind: "tmpfs", Fleeting: true}, 0x1234: {Kind: "0x1234"},
	} {
		if got := store.KindOf(number); got != want {
			t.Errorf("KindOf(%#x) = %+v, want %+v", number, got, want)
		}
	}
}
