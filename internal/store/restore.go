package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"makeright/internal/feedback"
)

// Restored is what a restore did.
type Restored struct {
	Summed   bool // a checksum lay beside the backup, and was right
	Heads    []Head
	Erasures int // that were made again
	Torn     int // lines about erasures that a crash had cut off
}

// Restore makes the SQLite database at dsn from a backup. It replaces nothing:
// where a database is, it fails with [feedback.ErrConflict]. The backup is not
// touched. Its checksum, pages, keys and timelines are checked first, and one
// that fails is refused with [feedback.ErrInvalid].
//
// What guests had erased since is erased again: erased names the file beside
// the database that was lost (its name with ".erased" at the end). Empty means
// the one beside dsn, if there is one. All sessions and open invitations end;
// tablets stay paired.
func Restore(ctx context.Context, file, dsn, erased string) (r Restored, err error) {
	if isPostgres(dsn) {
		return r, errPostgres
	}
	database, err := sqlitePath(dsn)
	if err != nil {
		return r, err
	}
	if err := vacant(database); err != nil {
		return r, err
	}
	lines, err := toErase(&r, database, erased)
	if err != nil {
		return r, err
	}
	part := database + ".restoring"
	if err := errors.Join(os.MkdirAll(filepath.Dir(database), 0o700), removeDatabase(part)); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, removeDatabase(part)) }()
	if r.Summed, err = copyBackup(file, part); err != nil {
		return r, err
	}
	if err := revive(ctx, part, lines, &r); err != nil {
		return r, err
	}
	return r, publish(part, database)
}

// vacant refuses a place where a database is, or its log, which SQLite would
// take for the restored one's.
func vacant(database string) error {
	for _, name := range []string{database, database + "-wal", database + "-shm"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already and will not be replaced: stop makeright, move %s, %[2]s-wal and %[2]s-shm elsewhere, "+
				"and leave %[2]s%s where it is: %[4]w", name, database, erasedEnd, errors.Join(err, feedback.ErrConflict))
		}
	}
	return nil
}

// toErase reads what has to be erased again, and makes sure that it lies beside
// the database: an older backup may be restored there some day.
func toErase(r *Restored, database, named string) (lines []erasure, err error) {
	own := erasures(database + erasedEnd)
	from := own
	if named != "" {
		from = erasures(named)
	}
	lines, r.Torn, err = from.read()
	switch {
	case named == "" && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("what was erased: %w", err)
	case sameFile(string(from), string(own)):
		return lines, nil
	}
	if err := os.MkdirAll(filepath.Dir(database), 0o700); err != nil {
		return nil, err
	}
	return lines, own.add(lines...)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// copyBackup copies a backup to the disk that its database will be on and
// compares its checksum, if there is one.
func copyBackup(file, to string) (summed bool, err error) {
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		return false, fmt.Errorf("%s-wal lies beside it, so this is no backup but a database in use: make a copy of it with makeright backup: %w",
			file, feedback.ErrInvalid)
	}
	want, err := readSum(file)
	if err != nil {
		return false, err
	}
	from, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer from.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(out, from)
	if err := errors.Join(err, out.Close()); err != nil {
		return false, err
	}
	sum, err := sumAndSync(to)
	if err == nil && want != "" && sum != want {
		err = fmt.Errorf("%s is not what was backed up: its checksum is %s, not the %s in %s%s. Take another backup: %w",
			file, sum, want, file, SumEnd, feedback.ErrInvalid)
	}
	return want != "", err
}

// revive makes a checked database of this program's version of a copy.
func revive(ctx context.Context, part string, lines []erasure, r *Restored) (err error) {
	if err := checkFile(ctx, part); err != nil {
		return err
	}
	s, err := Open(ctx, part, Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	if r.Heads, err = s.unbroken(ctx); err != nil {
		return err
	}
	if r.Erasures, err = s.eraseAgain(ctx, lines); err != nil {
		return err
	}
	return s.Tx(ctx, func(tx Tx) error {
		if err := tx.db(ctx).Exec("delete from sessions").Error; err != nil {
			return known(err, "end sessions")
		}
		return known(tx.db(ctx).Exec("delete from invitations where used_at is null").Error, "end invitations")
	})
}

// publish gives a finished database its name, unless somebody took it.
func publish(part, database string) error {
	if _, err := sumAndSync(part); err != nil {
		return err
	}
	if err := os.Link(part, database); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return syncFolder(filepath.Dir(database))
}

// removeDatabase removes a file and all that SQLite and we put beside it.
func removeDatabase(path string) (err error) {
	for _, end := range []string{"", "-wal", "-shm", "-journal", erasedEnd} {
		if gone := os.Remove(path + end); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}
