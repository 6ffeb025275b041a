package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"makeright/internal/feedback"
)

// SumEnd is what follows a backup's name in that of the file with its checksum,
// in the form that sha256sum checks.
const SumEnd = ".sha256"

// spare is what a backup leaves free on its disk: guests' reports come first.
const spare = 64 << 20

// errPostgres says who backs up PostgreSQL.
var errPostgres = fmt.Errorf("this database is PostgreSQL: back it up with pg_dump --format=custom and restore it with pg_restore, "+
	"or archive its log for a restore to any moment: %w", feedback.ErrInvalid)

// Backup writes a copy of the SQLite database at dsn, as of one moment and
// without pages that are free, and its checksum beside it, and waits for the
// disk. Others may go on reading and writing meanwhile. It replaces no file:
// then it fails with [feedback.ErrConflict].
func Backup(ctx context.Context, dsn, file string) error {
	if isPostgres(dsn) {
		return errPostgres
	}
	database, err := sqlitePath(dsn)
	if err != nil {
		return err
	}
	if _, err := os.Stat(database); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, name := range []string{file, file + SumEnd} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; name a file that is not: %w", name, errors.Join(err, feedback.ErrConflict))
		}
	}
	return backup(ctx, database, file)
}

// backup is Backup onto a file that may be replaced. Until everything is on the
// disk it has another name.
func backup(ctx context.Context, database, file string) (err error) {
	if file, err = filepath.Abs(file); err != nil {
		return err
	}
	if err := roomFor("a backup", database, filepath.Dir(file)); err != nil {
		return err
	}
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	if err := os.WriteFile(part, nil, 0o600); err != nil { // SQLite would let others read it
		return err
	}
	if err := vacuumInto(ctx, database, part); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	sum, err := sumAndSync(part)
	if err != nil {
		return err
	}
	if err := writeSum(file, sum); err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// vacuumInto copies a database through a connection of its own. Opening the
// file any other way in this process would drop SQLite's locks.
func vacuumInto(ctx context.Context, database, file string) (err error) {
	db, err := openFile(database, "mode=rw&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "vacuum into ?", file)
	return err
}

// openFile opens a SQLite file for one caller.
func openFile(path, words string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", sqliteURI(path, words))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// roomFor refuses to copy a database into a folder where that would leave guests'
// reports no room.
func roomFor(what, database, folder string) error {
	d, err := DiskOf(folder)
	if errors.Is(err, errNoDisk) {
		return nil
	}
	if err != nil {
		return err
	}
	var size int64
	for _, name := range []string{database, database + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	if d.Free < size+spare {
		return fmt.Errorf("no room for %s: %d MB are free in %s, and it needs %d, of which %d stay free for reports",
			what, d.Free>>20, folder, (size+spare)>>20, spare>>20)
	}
	return nil
}

// sumAndSync brings a file to the disk and returns its checksum.
func sumAndSync(name string) (sum string, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), f.Sync()
}

// writeSum writes the checksum beside a file.
func writeSum(file, sum string) (err error) {
	f, err := os.OpenFile(file+SumEnd, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := fmt.Fprintf(f, "%s  %s\n", sum, filepath.Base(file)); err != nil {
		return err
	}
	return f.Sync()
}

// readSum returns the checksum beside a file; empty when there is none.
func readSum(file string) (string, error) {
	text, err := os.ReadFile(file + SumEnd)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	sum, _, _ := strings.Cut(string(text), " ")
	return sum, err
}
