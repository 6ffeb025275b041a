package web_test

import (
	"errors"
	"testing"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// T40: guests can fill their own places and those of programs theirs; none of
// that keeps a screen of the staff out, and a full venue keeps no other out.
func TestHold_EachItsOwnPlaces(t *testing.T) {
	e := house(t, nil)
	e.GET("/", func(c echo.Context) error { holdPlaces(t, c); return nil })
	visit(e, "GET", "/", "")
}

func holdPlaces(t *testing.T, c echo.Context) {
	t.Helper()
	guest := func(page, venue string) feedback.Actor {
		return feedback.Actor{Kind: feedback.ByGuest, ID: page, Venue: venue}
	}
	fill := func(next func(i int) []web.Place) (held int, leave []func()) {
		t.Helper()
		for i := range 20_000 {
			one, err := web.Hold(c, next(i)...)
			if errors.Is(err, feedback.ErrBusy) {
				return held, leave
			}
			if err != nil {
				t.Fatal(err)
			}
			held, leave = held+1, append(leave, one)
		}
		t.Fatal("there is no bound")
		return 0, nil
	}
	page, venue := func(i int) string { return string(rune('a' + i)) }, func(i int) string { return "v" + string(rune('0'+i/2000)) }
	of := func(i int) []web.Place { return web.GuestPlaces(guest(page(i), "v0")) }
	full, leave := fill(of)
	if full != 2000 {
		t.Errorf("guests of one venue hold %d streams, want 2000", full)
	}
	if one, _ := fill(func(int) []web.Place { return web.GuestPlaces(guest("one", "v9")) }); one != 16 {
		t.Errorf("one page holds %d streams, want 16", one)
	}
	for _, go_ := range leave {
		go_()
	}
	all, _ := fill(func(i int) []web.Place { return web.GuestPlaces(guest(page(i), venue(i))) })
	if want := 10_000 - 16; all != want {
		t.Errorf("all guests hold %d streams, want %d", all, want)
	}
	key := feedback.Actor{Kind: feedback.ByKey, ID: "k"}
	if n, _ := fill(func(int) []web.Place { return web.ProgramPlaces(key, "v0") }); n != 32 {
		t.Errorf("one key holds %d streams, want 32", n)
	}
	if n, _ := fill(func(int) []web.Place { return web.StaffPlaces(feedback.Actor{Kind: feedback.ByPerson, Session: "s"}) }); n != 32 {
		t.Errorf("a screen holds %d streams where everything else is full, want 32", n)
	}
}
