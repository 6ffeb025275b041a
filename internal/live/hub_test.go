package live_test

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"makeright/internal/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWake_MeltsAndNeverBlocks(t *testing.T) {
	hub := &live.Hub{}
	wake, stop := hub.Listen("v")
	defer stop()

	for range 1000 { // nobody reads: a Wake that blocks hangs here
		hub.Wake("v")
	}
	if got := pending(wake); got != 1 {
		t.Errorf("after 1000 wakes %d wait, want 1", got)
	}
	hub.Wake("v")
	if got := pending(wake); got != 1 {
		t.Errorf("after reading and one more wake %d wait, want 1", got)
	}
}

func TestWake_ReachesAllOfItsTopicAndNobodyElse(t *testing.T) {
	hub := &live.Hub{}
	a, stopA := hub.Listen("ours")
	defer stopA()
	b, stopB := hub.Listen("ours")
	defer stopB()
	other, stopOther := hub.Listen("theirs")
	defer stopOther()

	hub.Wake("ours")
	hub.Wake("nobody listens here")
	if pending(a) != 1 || pending(b) != 1 {
		t.Error("a listener of the topic was not woken")
	}
	if pending(other) != 0 {
		t.Error("a listener of another topic was woken")
	}
}

func TestStop_EndsWakesAndCounts(t *testing.T) {
	hub := &live.Hub{}
	stays, stopStays := hub.Listen("v")
	goes, stopGoes := hub.Listen("v")
	if got := hub.Count("v"); got != 2 {
		t.Fatalf("Count = %d, want 2", got)
	}
	stopGoes()
	stopGoes() // a second time changes nothing
	hub.Wake("v")
	if pending(goes) != 0 || pending(stays) != 1 {
		t.Error("want a wake for the one who stays only")
	}
	if got := hub.Count("v"); got != 1 {
		t.Errorf("Count after stop = %d, want 1", got)
	}
	stopStays()
	if got := hub.Count("v"); got != 0 {
		t.Errorf("Count after the last stop = %d, want 0", got)
	}
}

func TestStreams_CountsByKind(t *testing.T) {
	hub := &live.Hub{}
	_, stopDoors := hub.Listen(live.Doors("o"))
	defer stopDoors()
	_, stopA := hub.Listen(live.Staff("a"))
	_, stopB := hub.Listen(live.Staff("b"))
	defer stopB()
	_, stopAgain := hub.Listen(live.Staff("b"))
	defer stopAgain()
	_, stopD := hub.Listen(live.Staff("d"))
	defer stopD()
	_, stopC := hub.Listen(live.Programs("a"), live.Doors("o"))
	defer stopC()
	stopA()
	want := map[string]int{"staff": 3, "managers": 0, "guests": 0, "programs": 1}
	if got := hub.Streams(); !maps.Equal(got, want) {
		t.Errorf("Streams() = %v, want %v", got, want)
	}
}

func TestClose_EndsEveryStream(t *testing.T) {
	(&live.Hub{}).Close() // with no listener there is nothing to close
	hub := &live.Hub{}
	before, stop := hub.Listen("v")
	hub.Wake("v")
	hub.Close()
	hub.Close()
	hub.Wake("v")
	stop()

	<-before // the wake from before Close is still there
	if _, open := <-before; open {
		t.Error("a channel stays open after Close")
	}
	after, stopAfter := hub.Listen("v")
	defer stopAfter()
	if _, open := <-after; open {
		t.Error("a channel made after Close is open")
	}
	if got := hub.Count("v"); got != 0 {
		t.Errorf("Count after Close = %d, want 0", got)
	}
}

// TestWake_IsNeverLost has readers that look, then wait, as a screen does. A
// wake that is lost leaves them waiting for ever, which synctest reports.
func TestWake_IsNeverLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const changes = 2000
		hub := &live.Hub{}
		var head atomic.Int64
		var readers sync.WaitGroup
		for range 8 {
			wake, stop := hub.Listen("v")
			readers.Go(func() {
				defer stop()
				for head.Load() < changes {
					<-wake
				}
			})
		}
		for range 4 {
			go func() {
				for range changes / 4 {
					head.Add(1) // the change first, as a commit is
					hub.Wake("v")
				}
			}()
		}
		readers.Wait()
		if got := hub.Count("v"); got != 0 {
			t.Errorf("Count at the end = %d, want 0", got)
		}
	})
}

// TestHub_InAHurry lets listeners come and go while others wake and the hub
// closes; it is for the race detector and for a send on a closed channel.
func TestHub_InAHurry(t *testing.T) {
	hub := &live.Hub{}
	var all sync.WaitGroup
	for i := range 8 {
		topic := fmt.Sprint("v", i%2)
		all.Go(func() {
			for range 500 {
				_, stop := hub.Listen(topic)
				hub.Wake(topic)
				stop()
			}
		})
	}
	all.Go(hub.Close)
	all.Wait()
	if got := hub.Count("v0") + hub.Count("v1"); got != 0 {
		t.Errorf("%d listeners are left, want 0", got)
	}
}

// BenchmarkWake wakes one listener while many listen to other topics: the time
// must not grow with those.
func BenchmarkWake(b *testing.B) {
	for _, others := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			hub := &live.Hub{}
			for i := range others {
				hub.Listen(fmt.Sprint("venue ", i%(others/10)))
			}
			hub.Listen("ours")
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					hub.Wake("ours")
				}
			})
		})
	}
}

// pending reads all wakes that wait in c and counts them.
func pending(c <-chan struct{}) (n int) {
	for {
		select {
		case <-c:
			n++
		default:
			return n
		}
	}
}

func TestVenues_AreThoseListenedTo(t *testing.T) {
	hub := &live.Hub{}
	for _, topic := range []string{live.Staff("a"), live.Guests("a"), live.Programs("b"), live.Doors("org")} {
		_, stop := hub.Listen(topic)
		defer stop()
	}
	_, stop := hub.Listen(live.Staff("gone"))
	stop()
	if got := fmt.Sprint(hub.Venues()); got != "[a b]" {
		t.Errorf("Venues() = %s, want [a b]", got)
	}
}

func TestWakeAll_WakesEveryTopic(t *testing.T) {
	hub := &live.Hub{}
	a, stopA := hub.Listen(live.Staff("a"))
	defer stopA()
	b, stopB := hub.Listen(live.Doors("b"))
	defer stopB()
	hub.WakeAll()
	if pending(a) != 1 || pending(b) != 1 {
		t.Error("WakeAll left a listener asleep")
	}
}
