package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestMigrate_TwiceIsOnce(t *testing.T) {
	s := storetest.Open(t, storetest.EmptyDSN(t), store.Options{})
	if got := tables(t, s); len(got) != 0 {
		t.Fatalf("tables before: %v", got)
	}
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(tables(t, s), "events") {
		t.Error("no tables after migrating")
	}
	storetest.Venue(t, s)
}

// Several nodes that start at once on one database all come up.
func TestMigrate_AtOnce(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	stores := make([]*store.Store, 8)
	for i := range stores {
		stores[i] = storetest.Open(t, dsn, store.Options{})
	}
	if !storetest.Postgres() {
		stores = stores[:1] // a SQLite file belongs to one process
	}
	start := make(chan struct{})
	var all sync.WaitGroup
	for _, s := range stores {
		all.Go(func() {
			<-start
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("migrate: %v", err)
			}
		})
	}
	close(start)
	all.Wait()
	storetest.Venue(t, stores[0])
}

func TestMigrate_RefusesANewerDatabase(t *testing.T) {
	s := storetest.New(t)
	storetest.Write(t, s, func(tx store.Tx) error {
		return store.DB(t.Context(), tx).Exec("insert into goose_db_version (version_id, is_applied) values (9999, ?)", true).Error
	})
	err := s.Migrate(t.Context())
	if !errors.Is(err, feedback.ErrInvalid) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("err = %v, want a refusal", err)
	}
}

func TestMigrate_RefusesSomebodyElsesDatabase(t *testing.T) {
	s := storetest.Open(t, storetest.EmptyDSN(t), store.Options{})
	storetest.Write(t, s, func(tx store.Tx) error {
		return store.DB(t.Context(), tx).Exec("create table recipes (id text)").Error
	})
	err := s.Migrate(t.Context())
	if !errors.Is(err, feedback.ErrInvalid) || !strings.Contains(err.Error(), "recipes") {
		t.Errorf("err = %v, want a refusal that names the table", err)
	}
	if got := tables(t, s); len(got) != 1 {
		t.Errorf("tables after the refusal: %v", got)
	}
}
