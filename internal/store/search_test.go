package store_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// tells adds a report with its event, as sending does.
func tells(t testing.TB, s *store.Store, by feedback.Actor, venue, table, words string) feedback.Report {
	t.Helper()
	r := feedback.Report{
		ID: storetest.ID(), TableID: table, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Words: words, Language: "en", Version: 1,
		Day: "2026-11-22", CreatedAt: storetest.Epoch, DueAt: storetest.Epoch, Since: storetest.Epoch, Salt: []byte("salt"),
	}
	storetest.Write(t, s, func(tx store.Tx) error {
		e := &feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: r.ID, ByKind: feedback.ByGuest}
		return errors.Join(tx.At(by, venue).AddReport(t.Context(), r), tx.At(by, venue).Append(t.Context(), e))
	})
	return r
}

func TestSearch(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	other, theirs := storetest.Venue(t, s)
	table, foreign := storetest.Table(t, s, owner, venue.ID, "1"), storetest.Table(t, s, other, theirs.ID, "1")
	soup := tells(t, s, owner, venue.ID, table.ID, "The soup was cold, really quixotically so. Crème brûlée too.")
	salad := tells(t, s, owner, venue.ID, table.ID, "汤是冷的。 Salad: fine!")
	tells(t, s, other, theirs.ID, foreign.ID, "Our soup was cold.")
	lookFor := func(query string) []string {
		t.Helper()
		rs, err := s.For(owner, venue.ID).Reports(t.Context(), store.Filter{Query: query})
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		var ids []string
		for _, r := range rs {
			ids = append(ids, r.ID)
		}
		return ids
	}
	asks := map[string][]string{
		"soup": {soup.ID}, "SOU": {soup.ID}, "brulee cold": {soup.ID}, "cold salad": nil, "汤": {salad.ID}, "冷的": {salad.ID},
		"the OR salad": nil, `soup" OR words:"salad`: nil, "' | 'salad": {salad.ID}, "soup -cold": {soup.ID}, "*": nil, "NEAR(soup cold)": nil, "!": {salad.ID},
		venue.ID: nil, "venue:" + theirs.ID: nil,
	}
	for _, indexed := range []bool{false, true} {
		if indexed {
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if err := s.Index(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		for query, want := range asks {
			if got := lookFor(query); !slices.Equal(got, want) {
				t.Errorf("indexed %v: %q finds %q, want %q", indexed, query, got, want)
			}
		}
	}
	var n int
	find1(t, s, "select count(*) from words_of", &n)
	if n != 3 {
		t.Errorf("%d reports are in the index, want 3", n)
	}
	inPages := func(part string) int { // half a word is enough, for the index keeps beginnings apart
		find1(t, s, "select count(*) from words_index_data where instr(hex(block), '"+strings.ToUpper(hex.EncodeToString([]byte(part)))+"')", &n)
		return n
	}
	if !s.Postgres() && inPages("uixotically") == 0 {
		t.Error("the test does not look where words are")
	}
	erase := func(r feedback.Report) {
		storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue.ID).EraseText(t.Context(), r.ID) })
	}
	erase(soup)
	if got := lookFor("soup"); got != nil {
		t.Errorf("erased words find %q", got)
	}
	find1(t, s, "select count(*) from words_of where venue_id = '"+venue.ID+"'", &n)
	if n != 1 {
		t.Errorf("after the words were erased %d reports of the venue are in the index, want 1", n)
	}
	late := tells(t, s, owner, venue.ID, table.ID, "Xylophone music was loud.")
	erase(late)
	if err := s.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := lookFor("xylophone"); got != nil {
		t.Errorf("words erased before they were indexed find %q", got)
	}
	if part := "uixotically"; !s.Postgres() && inPages(part) != 0 {
		t.Errorf("%q is left in the index", part)
	}
}

func find1(t *testing.T, s *store.Store, query string, dest *int) {
	t.Helper()
	find(t, store.DB(t.Context(), s).Raw(query), dest)
}

// BenchmarkIndex is what it costs to make the words of a report searchable.
func BenchmarkIndex(b *testing.B) {
	s := storetest.New(b)
	owner, venue := storetest.Venue(b, s)
	table := storetest.Table(b, s, owner, venue.ID, "1")
	for i := range b.N {
		tells(b, s, owner, venue.ID, table.ID, fmt.Sprintf("The soup was cold again, and nobody came for %d minutes.", i))
	}
	b.ResetTimer()
	if err := s.Index(b.Context()); err != nil {
		b.Fatal(err)
	}
}
