package pgrelay

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// database is an empty one with a venue, and a connection to it.
func database(t *testing.T) (dsn, venue string, conn *pgx.Conn) {
	t.Helper()
	if !storetest.Postgres() {
		t.Skip("TEST_POSTGRES is not set")
	}
	dsn = storetest.DSN(t)
	s := storetest.Open(t, dsn, store.Options{})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, v := storetest.Venue(t, s)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return dsn, v.ID, conn
}

// node runs a relay of its own and returns when it hears the others.
func node(t *testing.T, dsn string) (*live.Hub, *Relay) {
	t.Helper()
	hub := &live.Hub{}
	r := New(hub, dsn, time.Now, slog.New(slog.DiscardHandler))
	heard, stop := hub.Listen(live.Doors("all"))
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { r.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	woken(t, heard, "the relay's own start")
	return hub, r
}

func woken(t *testing.T, wake <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-wake:
	case <-time.After(20 * time.Second):
		t.Fatalf("not woken by %s", why)
	}
}

func TestRelay_WakesOtherNodes(t *testing.T) {
	dsn, _, _ := database(t)
	here, relay := node(t, dsn)
	there, _ := node(t, dsn)

	// The poll knows neither of these, so only the other node's word wakes them.
	mine, stopMine := here.Listen(live.Staff("v"))
	defer stopMine()
	venue, stopVenue := there.Listen(live.Guests("v"))
	defer stopVenue()
	doors, stopDoors := there.Listen(live.Doors("o"))
	defer stopDoors()
	other, stopOther := there.Listen(live.Doors("other"))
	defer stopOther()

	relay.WakeVenue("v")
	woken(t, mine, "its own node")
	woken(t, venue, "a venue's wake on another node")
	relay.WakeDoors("o")
	woken(t, doors, "somebody shut out on another node")
	relay.Here("v", live.Screen{Managers: true, ID: "s1", Person: "p1"})
	relay.WakeDoors("o")
	woken(t, doors, "what was said after that a screen lives")
	if now := time.Now(); !there.Staffed("v", true, now) {
		t.Error("a screen of one node is unknown to the other")
	}
	if all := there.List("v", time.Now()); len(all) != 1 || all[0].ID != "s1" || all[0].Person != "p1" || !all[0].Managers || all[0].Tablet {
		t.Errorf("the other lists %+v", all)
	}
	select {
	case <-other:
		t.Error("another organisation was woken")
	case <-mine:
		t.Error("its own word came back and woke it again")
	default:
	}
}

func TestRelay_ComesBackAndLooksAtAll(t *testing.T) {
	dsn, _, conn := database(t)
	hub, _ := node(t, dsn)
	doors, stop := hub.Listen(live.Doors("o"))
	defer stop()
	const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'makeright relay' and datname = current_database()"
	if _, err := conn.Exec(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	woken(t, doors, "a line that was broken and made anew")
}

func TestLook_FindsWhatNobodySaid(t *testing.T) {
	dsn, venue, conn := database(t)
	hub := &live.Hub{}
	r := New(hub, dsn, time.Now, slog.New(slog.DiscardHandler))
	wake, stop := hub.Listen(live.Staff(venue))
	defer stop()
	heads := map[string]int64{}
	look := func() bool {
		t.Helper()
		var err error
		if heads, err = r.look(t.Context(), conn, heads); err != nil {
			t.Fatal(err)
		}
		select {
		case <-wake:
			return true
		default:
			return false
		}
	}
	if !look() {
		t.Error("a venue that nobody listened to before: not woken, though something may have happened meanwhile")
	}
	if look() {
		t.Error("woken though nothing happened")
	}
	if _, err := conn.Exec(t.Context(), "update heads set seq = seq + 1"); err != nil {
		t.Fatal(err)
	}
	if !look() {
		t.Error("not woken by an event that no notification told of")
	}
}

func TestTell_NeverBlocks(t *testing.T) {
	r := New(&live.Hub{}, "", time.Now, slog.New(slog.DiscardHandler))
	for range 2 * maxPending { // nobody sends
		r.WakeVenue("v")
	}
}
