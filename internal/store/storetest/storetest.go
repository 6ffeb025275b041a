// Package storetest gives each test a fresh database, and people, venues and
// tables to put into it. It is SQLite, or PostgreSQL when TEST_POSTGRES names a
// database from which others may be created.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"makeright/internal/store"
)

// Epoch is when the builders' rows were made.
var Epoch = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// New returns a migrated, empty database that ends with the test.
func New(t testing.TB) *store.Store {
	t.Helper()
	dsn := DSN(t)
	s := Open(t, dsn, store.Options{})
	if err := s.Migrate(t.Context()); err != nil { // at once where the template has all
		t.Fatalf("migrate: %v", err)
	}
	return s
}

// Open opens a database until the test ends.
func Open(t testing.TB, dsn string, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// DSN is the address of a new database that ends with the test. It has tables
// already on PostgreSQL, and on SQLite there is no file yet.
func DSN(t testing.TB) string {
	t.Helper()
	if Postgres() {
		return newPostgres(t, template())
	}
	return filepath.Join(t.TempDir(), "makeright.db")
}

// EmptyDSN is the address of a new database without tables.
func EmptyDSN(t testing.TB) string {
	t.Helper()
	if Postgres() {
		return newPostgres(t, "template0")
	}
	return filepath.Join(t.TempDir(), "makeright.db")
}

// Postgres says whether tests run on PostgreSQL.
func Postgres() bool { return maintenance() != "" }

func maintenance() string { return os.Getenv("TEST_POSTGRES") }

// template is a migrated database to copy from: quicker than migrating each.
// Its name tells which tables it has, so that later runs find it again. It is
// made under another name, for nobody must copy half of it.
var template = sync.OnceValue(func() string {
	name := "makeright_template_" + store.Fingerprint()
	if exists(name) {
		return name
	}
	building := "makeright_building_" + short()
	must(administer(fmt.Sprintf("create database %q", building)))
	s, err := store.Open(context.Background(), address(building), store.Options{})
	must(err)
	must(s.Migrate(context.Background()))
	must(s.Close())
	if err := administer(fmt.Sprintf("alter database %q rename to %q", building, name)); err != nil {
		must(administer(fmt.Sprintf("drop database %q", building))) // another test process was first
	}
	return name
})

func exists(name string) bool {
	var found bool
	db, err := sql.Open("pgx", maintenance())
	must(err)
	defer db.Close()
	must(db.QueryRow("select exists (select 1 from pg_database where datname = $1)", name).Scan(&found))
	return found
}

func newPostgres(t testing.TB, from string) string {
	t.Helper()
	name := "makeright_test_" + short()
	if err := administer(fmt.Sprintf(`create database %q template %q`, name, from)); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := administer(fmt.Sprintf(`drop database %q with (force)`, name)); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return address(name)
}

// address is TEST_POSTGRES with another database.
func address(name string) string {
	u, err := url.Parse(maintenance())
	must(err)
	u.Path = "/" + name
	return u.String()
}

func administer(statement string) error {
	db, err := sql.Open("pgx", maintenance())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func short() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:12] }

// ID is a new id.
func ID() string { return uuid.Must(uuid.NewV7()).String() }

// IDAt is a new id of something that came to be at a moment, to the millisecond.
func IDAt(at time.Time) string {
	id := uuid.Must(uuid.NewV7())
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id.String()
}
