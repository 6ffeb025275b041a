package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// Of two nodes that find the same loss, or the same return, one writes it.
func TestScreens_AreWrittenOnce(t *testing.T) {
	s := storetest.New(t)
	owner := storetest.Owner(t, s)
	venue, sister := storetest.VenueOf(t, s, owner), storetest.VenueOf(t, s, owner)
	for range 2 {
		if err := s.AddScreens(t.Context(), []string{venue.ID, "nowhere"}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Screens(t.Context())
	if err != nil || len(all) != 1 || all[0].VenueID != venue.ID || all[0].OrgID != owner.Org || all[0].Lost() {
		t.Fatalf("screens %+v, %v", all, err)
	}
	save := func(venue string, lost time.Time) error {
		return s.Tx(t.Context(), func(tx store.Tx) error { return tx.At(owner, venue).SaveScreens(t.Context(), lost) })
	}
	lost := storetest.Epoch.Add(time.Hour)
	var got []error
	for _, at := range []time.Time{{}, lost, lost.Add(time.Minute), {}, {}} {
		got = append(got, save(venue.ID, at))
	}
	conflicts := []bool{true, false, true, false, true}
	if !slices.EqualFunc(got, conflicts, func(err error, conflict bool) bool {
		return conflict == errors.Is(err, feedback.ErrConflict) && conflict == (err != nil)
	}) {
		t.Errorf("written: %v", got)
	}
	if err := save(venue.ID, lost); err != nil {
		t.Fatal(err)
	}
	if one, err := s.For(owner, venue.ID).Screens(t.Context()); err != nil || !one.LostAt.Equal(lost) {
		t.Errorf("screens %+v, %v", one, err)
	}
	if one, err := s.For(owner, sister.ID).Screens(t.Context()); err != nil || one.Lost() {
		t.Errorf("another venue's: %+v, %v", one, err)
	}
}
