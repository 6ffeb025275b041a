package app

import (
	"log/slog"
	"testing"

	"makeright/internal/config"
	"makeright/internal/store/storetest"
)

// Phones have subscribed to the keys of the first start: with others they would
// all fall silent.
func TestPushKeys_AreKept(t *testing.T) {
	cfg, err := config.Flags{Database: storetest.EmptyDSN(t)}.Config()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for range 2 {
		a, err := New(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, a.outside.keys.Public+a.outside.keys.Private)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if keys[0] != keys[1] || len(keys[0]) < 100 {
		t.Errorf("keys %q became %q", keys[0], keys[1])
	}
}
