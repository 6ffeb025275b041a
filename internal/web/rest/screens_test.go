package rest_test

import (
	"slices"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// A board is listed by its name and lives as long as it says so; a tablet that
// was not heard of is listed too, and who is not of the team is not.
func TestScreens(t *testing.T) {
	h := newHouse(t)
	boss := storetest.Person(t, h.store, h.owner, h.venue.ID, "Berta Boss", feedback.Manager)
	storetest.Write(t, h.store, func(tx store.Tx) error {
		return tx.At(h.owner, h.venue.ID).AddDevice(t.Context(), feedback.Device{ID: "pass", Name: "Pass", CreatedAt: h.clock.now(), SeenAt: h.clock.now()})
	})
	wants := func(who *api.Client, expected bool, want ...string) {
		t.Helper()
		got := first(who.ListScreens(t.Context(), h.venue.ID))
		var all []string
		for _, s := range got.Items {
			line := s.Name
			if s.Live {
				line += " lives"
			}
			if s.HeardAt == nil {
				line += ", never heard"
			}
			all = append(all, line)
		}
		if !slices.Equal(all, want) || got.Expected != expected || got.Next != nil {
			t.Errorf("screens = %q of %+v, want %q", all, got, want)
		}
	}
	wants(h.admin, true, "Pass, never heard")
	h.hub.Here(h.venue.ID, live.Screen{ID: "s1", Person: boss.Person, Managers: true}, h.clock.now())
	h.hub.Here(h.venue.ID, live.Screen{ID: "s2", Person: "left"}, h.clock.now())
	h.clock.advance(10 * time.Second)
	h.hub.Here(h.venue.ID, live.Screen{ID: "pass", Tablet: true, Person: boss.Person}, h.clock.now())
	wants(h.client(h.key(h.owner, feedback.ScopeRead)), true, "Pass lives", "Berta Boss lives")
	h.clock.advance(10 * time.Second)
	wants(h.admin, true, "Pass lives", "Berta Boss")
	if _, err := h.client(h.key(h.owner, feedback.ScopeVisits)).ListScreens(t.Context(), h.venue.ID); code(err) != "forbidden" {
		t.Errorf("a till reads them: %v", err)
	}
}
