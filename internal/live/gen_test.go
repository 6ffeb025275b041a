package live_test

import (
	"testing"

	"makeright/internal/live"
)

func TestGen(t *testing.T) {
	hub := &live.Hub{}
	wake, stop := hub.Listen("v")
	defer stop()
	before := hub.Gen()
	hub.Wake("v")
	<-wake
	if hub.Gen() <= before {
		t.Error("a listener that was woken sees the Gen from before the wake")
	}
	before = hub.Gen()
	hub.Wake("nobody listens")
	if hub.Gen() <= before {
		t.Error("a wake that nobody hears is not counted")
	}
}

// A topic's Gen moves with its own wakes only, and never falls behind a wake
// that came while nobody listened.
func TestGen_OfATopic(t *testing.T) {
	hub := &live.Hub{}
	_, stop := hub.Listen("ours", "doors")
	before := hub.Gen("ours")
	hub.Wake("theirs")
	if got := hub.Gen("ours"); got != before {
		t.Errorf("Gen moved from %d to %d with another topic's wake", before, got)
	}
	hub.Wake("ours")
	seen := hub.Gen("ours")
	if seen <= before {
		t.Error("Gen stays when the topic is woken")
	}
	stop()
	hub.Wake("ours")
	if hub.Gen("ours") <= seen {
		t.Error("Gen of a topic that nobody listens to stays")
	}
	_, stop = hub.Listen("ours")
	defer stop()
	if hub.Gen("ours") <= seen {
		t.Error("a new listener sees the Gen from before a wake that nobody heard")
	}
}

func TestListen_ToSeveral(t *testing.T) {
	hub := &live.Hub{}
	wake, stop := hub.Listen("a", "b")
	for _, topic := range []string{"a", "b"} {
		hub.Wake(topic)
		if pending(wake) != 1 {
			t.Errorf("a wake of %s is not heard", topic)
		}
	}
	stop()
	if hub.Count("a")+hub.Count("b") != 0 {
		t.Error("a listener stays after stop")
	}
	wake, _ = hub.Listen("a", "b")
	hub.Close() // closes it once
	if _, open := <-wake; open {
		t.Error("a channel stays open after Close")
	}
}
