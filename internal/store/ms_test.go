package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestTimes_ComeBackInUTC(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	berlin := time.FixedZone("Berlin", 3600)
	in := feedback.Table{
		ID: "t1", VenueID: venue.ID, Name: "1",
		CreatedAt: time.Date(2026, 11, 20, 13, 0, 0, 1_999_999, berlin),
	}
	want := in
	want.CreatedAt = time.Date(2026, 11, 20, 12, 0, 0, 1_000_000, time.UTC)
	storetest.Write(t, s, func(tx store.Tx) error {
		return store.DB(t.Context(), tx.At(owner, venue.ID)).Create(&in).Error
	})

	view := s.For(owner, venue.ID)
	var found, raw feedback.Table
	find(t, store.Rows(t.Context(), view).Model(&feedback.Table{}), &found)
	find(t, store.DB(t.Context(), s).Raw("select * from tables where id = 't1'"), &raw)
	for name, got := range map[string]feedback.Table{"found": found, "raw": raw} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got.CreatedAt.Location() != time.UTC {
			t.Errorf("%s: zone is %v", name, got.CreatedAt.Location())
		}
	}
	var nulls int
	find(t, store.DB(t.Context(), s).Raw("select count(*) from tables where removed_at is null and created_at = ?",
		store.Milliseconds(want.CreatedAt)), &nulls)
	if nulls != 1 {
		t.Errorf("a zero time is not null, or milliseconds differ")
	}
}

func TestTimes_UpdateToAndFromNull(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, owner, venue.ID, "1")
	for _, at := range []time.Time{storetest.Epoch, {}} {
		storetest.Write(t, s, func(tx store.Tx) error {
			return store.Rows(t.Context(), tx.At(owner, venue.ID).View).Model(&feedback.Table{}).Where("id = ?", table.ID).
				Select("removed_at").Updates(&feedback.Table{RemovedAt: at}).Error
		})
		var got feedback.Table
		find(t, store.DB(t.Context(), s).Raw("select * from tables"), &got)
		if !got.RemovedAt.Equal(at) || got.Name != "1" {
			t.Errorf("removed at %v, name %q; want %v, 1", got.RemovedAt, got.Name, at)
		}
	}
}

func TestReadAlong_TimesToo(t *testing.T) {
	s := storetest.New(t)
	var got []feedback.Code
	find(t, store.DB(t.Context(), s).Raw("select 'c' as id, 'Terrace' as area_name, 7 as scans, cast(? as bigint) as scanned_at, null as ends_at",
		store.Milliseconds(storetest.Epoch)), &got)
	want := []feedback.Code{{ID: "c", AreaName: "Terrace", Scans: 7, ScannedAt: storetest.Epoch}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSON_IsNeverNull(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s, func(v *feedback.Venue) { v.Languages, v.ReviewLinks = nil, nil })
	var row struct{ Languages, ReviewLinks, Hours string }
	find(t, store.DB(t.Context(), s).Raw("select languages, review_links, hours from venues"), &row)
	if row.Languages != "[]" || row.ReviewLinks != "[]" || row.Hours != "{}" {
		t.Errorf("stored %+v, want [] [] {}", row)
	}
	full := venue
	full.Languages = []string{"ar", "de"}
	full.ReviewLinks = []feedback.ReviewLink{{Label: "Map <1>", URL: "https://example.com/?a&b"}}
	full.Hours = feedback.Hours{Week: map[string][]string{"mon": {"11:30-15:00"}}}
	storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue.ID).SaveDetails(t.Context(), full, storetest.Epoch) })
	got, err := s.For(owner, venue.ID).Details(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
