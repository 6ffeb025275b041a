package store

import (
	"context"
	"sync"
	"time"

	"makeright/internal/feedback"
)

// Seat is all that a new report needs to know of where it comes from.
type Seat struct {
	Code   feedback.Code
	Guest  feedback.Actor
	Venue  feedback.Venue
	Visits []feedback.Visit // of a visit's code that visit; else the open ones at the table

	Escalation feedback.Escalation
	Callable   bool // see [View.Callable]
}

// Seats change a few times an evening and are asked for with every form and
// report, so they are remembered: until a transaction of this program changes
// the venue's settings, tables, codes or visits. On PostgreSQL another node may
// do so, which shows after a second.
const (
	seatLife       = time.Minute
	seatLifeShared = time.Second
	maxSeats       = 10_000
)

// floor remembers seats by the text of their code.
type floor struct {
	mu      sync.Mutex
	seats   map[string]remembered
	changes map[string]uint64 // of a venue, counted
}

type remembered struct {
	seat    *Seat
	changes uint64
	until   time.Time
}

// find returns a seat that is still right.
func (f *floor) find(text string, now time.Time) (*Seat, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.seats[text]
	return r.seat, ok && now.Before(r.until) && r.changes == f.changes[r.seat.Venue.ID]+f.changes[r.seat.Venue.OrgID]
}

// seen is how often a venue and its organisation have changed so far. Take it
// before reading what is kept with it.
func (f *floor) seen(org, venue string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes[venue] + f.changes[org]
}

// keep remembers a seat that was read when the venue had changed so often, for
// a while.
func (f *floor) keep(text string, seat *Seat, changes uint64, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seats == nil || len(f.seats) >= maxSeats {
		f.seats = map[string]remembered{}
	}
	f.seats[text] = remembered{seat, changes, until}
}

// changed makes what is remembered of venues wrong.
func (f *floor) changed(venues []string) {
	if len(venues) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changes == nil {
		f.changes = map[string]uint64{}
	}
	for _, v := range venues {
		f.changes[v]++
	}
}

// touch notes that this transaction changes something that a seat holds.
func (v View) touch() {
	if v.touched != nil {
		*v.touched = append(*v.touched, v.venue)
	}
}

// touch notes that this transaction changes something that the seats of all
// venues hold.
func (o OrgView) touch() {
	if o.touched != nil {
		*o.touched = append(*o.touched, o.org)
	}
}

// Seat finds where a code, as scanned or typed, leads. It fails with
// [feedback.ErrNotFound] for an unknown one; whether it still opens is the
// caller's question, and so is which visits are still open: those that had
// expired at now are left out. What it returns is shared, and the same as long as
// nothing of it was read anew: do not write to it.
func (s *Store) Seat(ctx context.Context, text string, now time.Time) (*Seat, error) {
	read := time.Now()
	if seat, ok := s.floor.find(text, read); ok {
		return seat, nil
	}
	_, guest, err := s.Scanned(ctx, text)
	if err != nil {
		return nil, err
	}
	changes := s.floor.seen(guest.Org, guest.Venue)
	seat, err := s.readSeat(ctx, text, now)
	if err != nil {
		return nil, err
	}
	life := seatLife
	if s.pg {
		life = seatLifeShared
	}
	s.floor.keep(text, seat, changes, read.Add(life))
	return seat, nil
}

func (s *Store) readSeat(ctx context.Context, text string, now time.Time) (*Seat, error) {
	seat := &Seat{}
	var err error
	if seat.Code, seat.Guest, err = s.Scanned(ctx, text); err != nil {
		return nil, err
	}
	at := s.For(seat.Guest, seat.Guest.Venue)
	if seat.Venue, err = at.Details(ctx); err != nil {
		return nil, err
	}
	if seat.Escalation, err = at.Escalation(ctx); err != nil {
		return nil, err
	}
	if seat.Callable, err = at.Callable(ctx); err != nil {
		return nil, err
	}
	if seat.Code.VisitID == "" {
		seat.Visits, err = at.OpenVisitsAt(ctx, seat.Code.TableID, now)
		return seat, err
	}
	visit, err := at.Visit(ctx, seat.Code.VisitID)
	seat.Visits = []feedback.Visit{visit}
	return seat, err
}
