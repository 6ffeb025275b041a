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
