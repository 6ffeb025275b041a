package live_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/live"
)

func TestStaffed(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	hub := &live.Hub{}
	staffed := func(after time.Duration, floor, managers bool) {
		t.Helper()
		at := now.Add(after)
		if got := hub.Staffed("v", false, at); got != floor {
			t.Errorf("after %s: Staffed = %v, want %v", after, got, floor)
		}
		if got := hub.Staffed("v", true, at); got != managers {
			t.Errorf("after %s, for managers only: Staffed = %v, want %v", after, got, managers)
		}
	}
	staffed(0, false, false)
	hub.Here("other", live.Screen{Managers: true}, now)
	staffed(0, false, false)
	hub.Here("v", live.Screen{}, now)
	staffed(0, true, false)
	staffed(live.Deaf, true, false)
	staffed(live.Deaf+time.Millisecond, false, false)
	now = now.Add(time.Hour)
	hub.Here("v", live.Screen{Managers: true}, now)
	staffed(live.Deaf, true, true)
	staffed(live.Deaf+time.Millisecond, false, false)
	if got := hub.Screens("v").Last(); !got.Equal(now) {
		t.Errorf("Last = %v, want %v", got, now)
	}
}

func TestWatched_IsTheLastWordOfAny(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	hub := &live.Hub{}
	hub.Here("a", live.Screen{}, now)
	hub.Here("a", live.Screen{Managers: true}, now.Add(-time.Minute))
	hub.Here("b", live.Screen{Managers: true}, now.Add(-time.Hour))
	got := hub.Watched()
	if len(got) != 2 || !got["a"].Equal(now) || !got["b"].Equal(now.Add(-time.Hour)) {
		t.Errorf("Watched() = %v", got)
	}
	delete(got, "a") // it is the caller's own
	if len(hub.Watched()) != 2 {
		t.Error("who was asked forgets a venue")
	}
}

// Each screen is listed while it is of interest, once, as it was heard last; one
// without an id only counts.
func TestList_RemembersForAnHour(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	hub := &live.Hub{}
	hub.Here("v", live.Screen{ID: "b", Tablet: true, Person: "maria"}, now)
	hub.Here("v", live.Screen{ID: "a", Person: "jonas"}, now.Add(time.Minute))
	hub.Here("v", live.Screen{ID: "b", Tablet: true, Person: "berta", Managers: true}, now.Add(2*time.Minute))
	hub.Here("v", live.Screen{}, now)
	hub.Here("other", live.Screen{ID: "c"}, now)
	want := []live.Screen{{ID: "a", Person: "jonas", At: now.Add(time.Minute)}, {ID: "b", Tablet: true, Person: "berta", Managers: true, At: now.Add(2 * time.Minute)}}
	if got := hub.List("v", now.Add(2*time.Minute)); !slices.Equal(got, want) {
		t.Errorf("List() = %+v, want %+v", got, want)
	}
	if got := hub.List("v", now.Add(time.Hour+90*time.Second)); !slices.Equal(got, want[1:]) {
		t.Errorf("after an hour: %+v, want %+v", got, want[1:])
	}
	hub.Here("v", live.Screen{ID: "d"}, now.Add(3*time.Hour))
	if got := hub.List("v", now.Add(time.Minute)); len(got) != 1 || got[0].ID != "d" {
		t.Errorf("those that are gone are kept: %+v", got)
	}
}
