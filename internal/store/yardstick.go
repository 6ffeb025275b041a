package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Yardstick measures what a disk can do without us, for benchmarks to be
// compared with: rows per second of one plain prepared INSERT with one COMMIT
// each (synchronous=FULL), and how long one fsync of a small append takes. Both
// take d; the folder must exist and is left as it was.
func Yardstick(ctx context.Context, folder string, d time.Duration) (rows float64, fsync time.Duration, err error) {
	own, err := os.MkdirTemp(folder, "yardstick-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(own)) }()
	if fsync, err = measureFsync(filepath.Join(own, "file"), d/4); err != nil {
		return 0, 0, err
	}
	db, err := sql.Open("sqlite", sqliteURI(filepath.Join(own, "y.db"), "mode=rwc&_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	rows, err = insertRows(ctx, db, d)
	return rows, fsync, err
}

func insertRows(ctx context.Context, db *sql.DB, d time.Duration) (float64, error) {
	const table = "create table reports (id integer primary key, venue text, words text, rating integer, at integer)"
	if _, err := db.ExecContext(ctx, table); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(ctx, "insert into reports (venue, words, rating, at) values (?, ?, ?, ?)")
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		if _, err := insert.ExecContext(ctx, "venue", "The soup came cold and nobody came", 2, n); err != nil {
			return 0, fmt.Errorf("insert: %w", err)
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

func measureFsync(path string, d time.Duration) (per time.Duration, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, start, block := 0, time.Now(), make([]byte, 4096)
	for ; time.Since(start) < d || n == 0; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(start) / time.Duration(n), nil
}
