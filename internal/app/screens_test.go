package app_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/feedback"
)

// What a board says of itself is what a manager reads in the list.
func TestScreens_AreListedAsTheyWereHeard(t *testing.T) {
	a, _ := open(t, config.Flags{BaseURL: "http://localhost:1", Listen: ":0"})
	tablet := feedback.Screen{ID: "d", Tablet: true, Person: "p"}
	phone := feedback.Screen{ID: "s", Person: "q", Managers: true}
	app.Here(a, "v", tablet)
	app.Here(a, "v", phone)
	tablet.HeardAt = time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local).UTC()
	phone.HeardAt = tablet.HeardAt
	if got := app.Screens(a, "v"); !slices.Equal(got, []feedback.Screen{tablet, phone}) {
		t.Errorf("listed are %+v", got)
	}
}
