package store_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// What reads take is added up, and nothing else: not writes, not the time between.
func TestSpent_CountsReads(t *testing.T) {
	var spent atomic.Int64
	s := storetest.Open(t, filepath.Join(t.TempDir(), "m.db"), store.Options{Spent: &spent})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := spent.Load()
	storetest.Write(t, s, func(tx store.Tx) error { return nil })
	if spent.Load() != before {
		t.Error("a write was counted")
	}
	const long = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 200000) select count(*) from n`
	var count int64
	if err := store.DB(t.Context(), s).Raw(long).Scan(&count).Error; err != nil || count != 200000 {
		t.Fatalf("%d, %v", count, err)
	}
	one := spent.Load() - before
	if one <= 0 {
		t.Fatal("a read was not counted")
	}
	if err := store.DB(t.Context(), s).Raw("select 1").Scan(&count).Error; err != nil {
		t.Fatal(err)
	}
	if short := spent.Load() - before - one; short <= 0 || short >= one {
		t.Errorf("a short read counts %d ns, a long one %d", short, one)
	}
}
