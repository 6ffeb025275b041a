package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

const insertOrg = "insert into organisations (id, name, created_at) values (?, ?, ?)"

// BenchmarkWriter compares the writer with what it replaces: one prepared
// insert and one COMMIT per row, by one caller. "x plain" is how many times as
// many rows per second it acknowledges.
func BenchmarkWriter(b *testing.B) {
	plain := plainRate(b)
	ways := map[string]func(context.Context, store.Tx, string) error{
		"exec": func(ctx context.Context, tx store.Tx, id string) error {
			return store.Exec(ctx, tx.At(feedback.Actor{}, ""), insertOrg, id, "Casa Nova", 1)
		},
		"gorm": func(ctx context.Context, tx store.Tx, id string) error {
			return tx.AddOrganisation(ctx, feedback.Organisation{ID: id, Name: "Casa Nova", CreatedAt: time.UnixMilli(1)})
		},
	}
	for way, write := range ways {
		for _, callers := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("%s/callers=%d", way, callers), func(b *testing.B) {
				s := sqlite(b, store.Options{})
				b.ResetTimer()
				share(b, callers, func(i int64) error {
					return s.Tx(b.Context(), func(tx store.Tx) error { return write(b.Context(), tx, fmt.Sprintf("%016d", i)) })
				})
				rate := float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate, "rows/s")
				b.ReportMetric(rate/plain, "x_plain")
			})
		}
	}
}

// share runs do b.N times, by so many callers at once.
func share(b *testing.B, callers int, do func(int64) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// plainRate is how many rows per second one caller writes with database/sql.
func plainRate(b *testing.B) float64 {
	b.Helper()
	path := filepath.Join(b.TempDir(), "plain.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", store.SQLiteURI(path))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("create table organisations (id text primary key, name text not null, created_at integer not null) strict"); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare(insertOrg)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	const rows = 3000
	began := time.Now()
	for i := range rows {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Stmt(insert).Exec(fmt.Sprintf("%016d", i), "Casa Nova", 1); err != nil {
			b.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	return rows / time.Since(began).Seconds()
}
