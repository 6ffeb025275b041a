package web

import (
	"fmt"
	"sync"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// Place is room for streams that are held at once: so many of one name. What a
// name is of, such as a page, a venue or all guests, is the face's business.
type Place struct {
	Of   string
	Most int
}

// crowd counts the streams that are held. What nobody holds it does not remember.
type crowd struct {
	mu   sync.Mutex
	held map[string]int
}

// Hold takes one place of each for as long as a stream is held, and returns the
// func that gives them back, which must be called once. It fails with
// [feedback.ErrBusy] when one of them is full, and has taken none then: a guest
// too many asks again by and by, and a screen of the staff, whose places are its
// own, is never kept out by guests.
func Hold(c echo.Context, places ...Place) (leave func(), err error) {
	k := of(c)
	if !k.limits {
		return func() {}, nil
	}
	k.crowd.mu.Lock()
	defer k.crowd.mu.Unlock()
	for _, p := range places {
		if k.crowd.held[p.Of] >= p.Most {
			return nil, fmt.Errorf("%d streams are held there: %w", p.Most, feedback.ErrBusy)
		}
	}
	for _, p := range places {
		k.crowd.held[p.Of]++
	}
	return func() { k.crowd.leave(places) }, nil
}

func (c *crowd) leave(places []Place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range places {
		if c.held[p.Of]--; c.held[p.Of] <= 0 {
			delete(c.held, p.Of)
		}
	}
}

// The places of streams. Those of a page, a session or a key are few, for one
// browser has few pages open, though one that left is seen a beat or two later;
// those of a venue keep one house from taking the room of the others; those of
// all guests keep the memory bounded.
const (
	atPage, atSession, atKey  = 16, 32, 32
	guestsAtVenue, guestsHere = 2000, 10_000
	programsAtVenue           = 200
)

// GuestPlaces are those of a guest's stream, by whatever face it is held.
func GuestPlaces(guest feedback.Actor) []Place {
	return []Place{{"page " + guest.ID, atPage}, {"guests of " + guest.Venue, guestsAtVenue}, {"guests", guestsHere}}
}

// StaffPlaces are those of a screen's stream.
func StaffPlaces(who feedback.Actor) []Place {
	return []Place{{"session " + who.Session, atSession}}
}

// ProgramPlaces are those of a program's stream of a venue.
func ProgramPlaces(by feedback.Actor, venue string) []Place {
	if by.Kind == feedback.ByPerson { // a screen of somebody's own making
		return []Place{{"session of a program " + by.Session, atSession}, {"programs of " + venue, programsAtVenue}}
	}
	return []Place{{"key " + by.ID, atKey}, {"programs of " + venue, programsAtVenue}}
}
