package live_test

import (
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
	hub.Here("other", true, now)
	staffed(0, false, false)
	hub.Here("v", false, now)
	staffed(0, true, false)
	staffed(live.Deaf, true, false)
	staffed(live.Deaf+time.Millisecond, false, false)
	now = now.Add(time.Hour)
	hub.Here("v", true, now)
	staffed(live.Deaf, true, true)
	staffed(live.Deaf+time.Millisecond, false, false)
	if got := hub.Screens("v").Last(); !got.Equal(now) {
		t.Errorf("Last = %v, want %v", got, now)
	}
}

func TestWatched_IsTheLastWordOfAny(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	hub := &live.Hub{}
	hub.Here("a", false, now)
	hub.Here("a", true, now.Add(-time.Minute))
	hub.Here("b", true, now.Add(-time.Hour))
	got := hub.Watched()
	if len(got) != 2 || !got["a"].Equal(now) || !got["b"].Equal(now.Add(-time.Hour)) {
		t.Errorf("Watched() = %v", got)
	}
	delete(got, "a") // it is the caller's own
	if len(hub.Watched()) != 2 {
		t.Error("who was asked forgets a venue")
	}
}
