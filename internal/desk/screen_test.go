package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// wall is a venue whose screen can be taken down. It looks every five seconds,
// as the program does.
type wall struct {
	*house
	lives bool
	heard map[string]time.Time
}

const deaf = 15 * time.Second

func newWall(t *testing.T, mods ...func(*feedback.Venue)) *wall {
	t.Helper()
	w := &wall{house: newHouse(t, mods...), lives: true, heard: map[string]time.Time{}}
	w.Carries(allKinds, nil, nil)
	w.watch(w.Desk)
	w.phone(t, w.manager.Person, feedback.ChannelPush)
	w.phone(t, w.owner.Person, feedback.ChannelEmail)
	return w
}

func (w *wall) watch(d *desk.Desk) {
	d.Hears(func() map[string]time.Time {
		last := map[string]time.Time{}
		for venue, at := range w.heard {
			last[venue] = at
		}
		return last
	}, deaf)
}

// pass lets time go by for some desks of the same house, its own if none.
func (w *wall) pass(t *testing.T, long time.Duration, desks ...*desk.Desk) {
	t.Helper()
	if len(desks) == 0 {
		desks = []*desk.Desk{w.Desk}
	}
	for end := w.clk.now().Add(long); w.clk.now().Before(end); {
		if w.lives {
			w.heard[w.venue.ID] = w.clk.now()
		}
		for _, d := range desks {
			must(t, d.WatchScreens(t.Context()))
		}
		w.clk.advance(5 * time.Second)
	}
}

// told is what managers and owners were told, and how it ended; what is due is
// taken by its receiver.
func (w *wall) told(t *testing.T) string {
	t.Helper()
	due, err := w.s.ClaimDeliveries(t.Context(), w.clk.now(), time.Minute, 10, 10, nil)
	must(t, err)
	for _, dl := range due {
		out, send, err := w.Outgoing(t.Context(), dl)
		must(t, err)
		if !send || out.Path != "/board/"+w.venue.ID || strings.Contains(out.Text, "alerts.") || out.Take != "" {
			t.Errorf("message %+v, send %v", out, send)
		}
		must(t, w.Delivered(t.Context(), dl, feedback.Try{Outcome: feedback.Accepted}))
	}
	ds, err := w.s.For(w.owner, w.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{})
	must(t, err)
	names := map[string]string{w.owner.Person: "owner", w.manager.Person: "manager"}
	var all []string
	for _, d := range ds {
		all = append(all, fmt.Sprintf("%s %s %s", names[d.PersonID], d.What, d.State))
	}
	slices.Reverse(all)
	return strings.Join(all, ", ")
}

func (w *wall) wantTold(t *testing.T, want ...string) {
	t.Helper()
	if got := w.told(t); got != strings.Join(want, ", ") {
		t.Errorf("told %q, want %q", got, strings.Join(want, ", "))
	}
}

// The last screen goes out: the timeline says so once, a manager hears of it
// once, and again when a screen is back.
func TestScreens_LossIsToldOnce(t *testing.T) {
	w := newWall(t)
	w.pass(t, time.Minute)
	w.lives = false
	w.pass(t, 15*time.Second)
	w.wantEvents(t)
	w.pass(t, 10*time.Second)
	w.wantEvents(t, "screen.lost")
	w.wantTold(t, "manager unseen pending")
	w.pass(t, 10*time.Minute)
	w.wantTold(t, "manager unseen accepted")
	w.wantEvents(t, "screen.lost", "alert.delivered")
	w.lives = true
	w.pass(t, time.Minute)
	w.wantTold(t, "manager unseen accepted", "manager seen accepted")
	w.wantEvents(t, "screen.lost", "alert.delivered", "screen.back", "alert.delivered")
	w.lives = false
	w.pass(t, 30*time.Second)
	w.wantTold(t, "manager unseen accepted", "manager seen accepted", "manager unseen pending")
}

// A tablet that changes hands is back before anybody is disturbed.
func TestScreens_ShortLossDisturbsNobody(t *testing.T) {
	w := newWall(t)
	w.pass(t, time.Minute)
	w.lives = false
	w.pass(t, 40*time.Second)
	w.lives = true
	w.pass(t, 2*time.Minute)
	w.wantEvents(t, "screen.lost", "screen.back")
	w.wantTold(t, "manager unseen superseded")
}

// Without a manager who can be reached the owner hears.
func TestScreens_OwnerWhereNoManagerCanBeReached(t *testing.T) {
	w := newWall(t)
	must(t, w.RemoveChannel(t.Context(), w.manager, "push-"+w.manager.Person))
	w.pass(t, time.Minute)
	w.lives = false
	w.pass(t, 30*time.Second)
	w.wantTold(t, "owner unseen pending")
}

// Nobody misses a screen while the venue is closed, or that never had one; and
// each opening without one is a loss.
func TestScreens_OnlyWhileOpen(t *testing.T) {
	w := newWall(t, func(v *feedback.Venue) {
		v.Hours = feedback.Hours{Week: map[string][]string{"sun": {"18:00-20:00"}, "mon": {"18:00-20:00"}}}
		v.TimeZone = "UTC"
	})
	sunday := time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC)
	w.clk.set(sunday)
	w.lives = false
	w.pass(t, 5*time.Minute)
	w.wantEvents(t) // no screen was ever there
	w.lives = true
	w.pass(t, time.Minute)
	w.clk.set(sunday.Add(time.Hour))
	w.lives = false
	w.pass(t, 5*time.Minute)
	w.wantEvents(t)
	w.clk.set(sunday.Add(22*time.Hour + 25*time.Minute)) // five minutes before it opens
	w.pass(t, 4*time.Minute)
	w.wantEvents(t)
	w.pass(t, 3*time.Minute)
	w.wantEvents(t, "screen.lost")
	w.clk.set(sunday.Add(25 * time.Hour))
	w.pass(t, 5*time.Minute)
	w.clk.set(sunday.AddDate(0, 0, 7))
	w.pass(t, 3*time.Minute)
	w.wantEvents(t, "screen.lost", "screen.lost")
}

// A venue that never closes is missed while somebody is on duty.
func TestScreens_OnlyWhileOnDuty(t *testing.T) {
	w := newWall(t)
	must(t, w.SayDuty(t.Context(), w.waiter, w.venue.ID, feedback.SaidOff))
	w.pass(t, time.Minute)
	w.lives = false
	w.pass(t, 5*time.Minute)
	w.wantEvents(t)
	must(t, w.SayDuty(t.Context(), w.waiter, w.venue.ID, feedback.SaidOn))
	w.pass(t, time.Minute)
	w.wantEvents(t, "screen.lost")
}

// Who was started, slept, or saw no database has heard no screen, and blames
// nobody for it. Two nodes tell it once.
func TestScreens_WhoWasAwayMissesNobody(t *testing.T) {
	w := newWall(t)
	w.pass(t, time.Minute)
	w.clk.advance(10 * time.Minute) // frozen
	w.heard[w.venue.ID] = w.clk.now().Add(-10 * time.Minute)
	w.lives = false
	w.pass(t, 15*time.Second)
	w.wantEvents(t)
	w.lives = true
	w.pass(t, time.Minute)
	w.lives = false
	w.pass(t, 15*time.Second)
	broken, stop := context.WithCancel(t.Context())
	stop()
	if err := w.WatchScreens(broken); err == nil {
		t.Fatal("a database that does not answer is no failure")
	}
	w.pass(t, 15*time.Second)
	w.wantEvents(t)
	second, err := desk.New(t.Context(), w.s, w.wake, w.shutOut, w.clk.now)
	must(t, err)
	w.watch(second)
	w.lives = true
	w.pass(t, 30*time.Second, w.Desk, second)
	w.lives = false
	w.pass(t, 5*time.Minute, second, w.Desk)
	w.wantEvents(t, "screen.lost")
	w.lives = true
	w.pass(t, time.Minute, second, w.Desk)
	w.wantEvents(t, "screen.lost", "screen.back")
}

// A screen that was live before a restart and never comes back is missed as any
// other: which venues have screens is known from before. What was told then is
// not told again.
func TestScreens_WhoDoesNotComeBackAfterARestart(t *testing.T) {
	w := newWall(t)
	restart := func() {
		var err error
		w.Desk, err = desk.New(t.Context(), w.s, w.wake, w.shutOut, w.clk.now)
		must(t, err)
		w.Carries(allKinds, nil, nil)
		clear(w.heard)
		w.watch(w.Desk)
	}
	w.pass(t, time.Minute)
	w.lives = false
	restart()
	w.pass(t, 20*time.Second)
	w.wantEvents(t)
	w.pass(t, 5*time.Second)
	w.wantEvents(t, "screen.lost")
	w.clk.advance(time.Minute)
	restart()
	w.pass(t, 5*time.Minute)
	w.wantTold(t, "manager unseen accepted")
	w.wantEvents(t, "screen.lost", "alert.delivered")
	restart()
	w.lives = true
	w.pass(t, time.Minute)
	w.wantTold(t, "manager unseen accepted", "manager seen accepted")
}
