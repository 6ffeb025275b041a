package owner_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// A manager sees which boards are live and which fell silent, by the names of
// tablets and people; a board of nobody's is not listed.
func TestScreens(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) {
		v.TimeZone = "Europe/Berlin"
		v.Hours.Week = map[string][]string{"sat": {"12:00-15:00"}}
	})
	says := func(part string) string { return text(p.lead.page(p.path("/screens"), http.StatusOK).Find(part)) }
	if got := says("main"); !strings.Contains(got, "No screen is live, and you are open.") {
		t.Errorf("without a screen it says %q", got)
	}
	for _, name := range []string{"Pass", "Terrace"} {
		if _, err := p.desk.PairDevice(t.Context(), p.manager, p.venue.ID, name); err != nil {
			t.Fatal(err)
		}
	}
	tablets, err := p.store.For(p.owner, p.venue.ID).Devices(t.Context())
	if err != nil || len(tablets) != 2 {
		t.Fatalf("tablets: %v, %v", tablets, err)
	}
	pass := tablets[0]
	if pass.Name != "Pass" {
		pass = tablets[1]
	}
	ago := func(d time.Duration) time.Time { return p.clock.t.Add(-d) }
	p.heard = []feedback.Screen{
		{ID: pass.ID, Tablet: true, Person: p.staff.Person, HeardAt: ago(15 * time.Second)},
		{ID: "session", Person: p.manager.Person, Managers: true, HeardAt: ago(16 * time.Second)},
		{ID: "unpaired", Tablet: true, Person: p.staff.Person, HeardAt: ago(0)},
		{ID: "left", Person: "nobody", HeardAt: ago(0)},
	}
	if got, want := says("section:has(#s1)"), "Live nowPassShared tabletlive"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got, want := says("section:has(#s2)"), "SilentMaria RossiOwn device · also shows what is for managers onlyheard at 11:59TerraceShared tabletnot open"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if p.clock.t = p.clock.t.Add(4 * time.Hour); !strings.Contains(says("main"), "None is expected now.") {
		t.Errorf("after closing it says %q", says("main"))
	}
}

// While the last screen is lost, every page of the venue says so, and no page of
// another.
func TestScreens_Banner(t *testing.T) {
	p := newPlace(t)
	other := placeIn(p.house)
	lost := func(since time.Time) {
		storetest.Write(t, p.store, func(tx store.Tx) error { return tx.At(p.owner, p.venue.ID).SaveScreens(t.Context(), since) })
	}
	if err := p.store.AddScreens(t.Context(), []string{p.venue.ID, other.venue.ID}); err != nil {
		t.Fatal(err)
	}
	banner := func(b *browser, path string) string {
		return text(b.page(path, http.StatusOK).Find("main > .note.late[role=status]"))
	}
	lost(start)
	for _, path := range []string{"", "/issues", "/settings"} {
		if got := banner(p.lead, p.path(path)); !strings.HasPrefix(got, "No screen of the board has been live since") || !strings.HasSuffix(got, "Screens") {
			t.Errorf("%q says %q", path, got)
		}
	}
	if got := banner(other.lead, other.path("")); got != "" {
		t.Errorf("another venue says %q", got)
	}
	if got := banner(p.lead, p.path("/screens")); got != "" {
		t.Errorf("what the page is about stands above it, too: %q", got)
	}
	lost(time.Time{})
	if got := banner(p.lead, p.path("")); got != "" {
		t.Errorf("with a screen it says %q", got)
	}
}
