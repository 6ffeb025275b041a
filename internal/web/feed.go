package web

import (
	"context"
	"sync"
)

const (
	// Batch is how many events one read returns at most. A read that returns
	// fewer has reached the end.
	Batch = 500
	// ringSize is how many events a ring keeps at least: minutes of a full
	// house. It may grow to twice that, so that the oldest go many at a time.
	ringSize = 100
	// maxRings bounds how many venues, roles and languages are kept at once.
	maxRings = 2000
)

// Read returns the events after a number, oldest first and without gaps, at
// most [Batch]. An event the reader may not see is a Frame without data.
type Read func(ctx context.Context, after int64) ([]Frame, error)

// Feed shares reads: however many screens show the same thing, each event is
// read and encoded once. Its zero value is ready to use, and all its methods
// may be called at the same time.
type Feed struct {
	mu    sync.Mutex
	rings map[string]*ring
	clock int64
}

// ring holds the newest events of one venue, role and language.
type ring struct {
	busy   chan struct{} // held by who reads or looks
	used   int64         // under the Feed's lock
	known  int64         // an event that there is, for who is too far behind to begin the ring
	primed bool
	first  int64 // what the ring begins after: it holds every event with a higher number up to head
	head   int64
	gen    uint64
	frames []Frame
}

// After returns what comes after an event. Key names what is shared: a venue,
// a role, a language. Gen says how new the answer must be: what was read at
// this or a later gen is good enough, so take gen after the wake and before the
// call. With reset the event is no part of the timeline, as after a restore.
//
// A screen that fell behind what is kept reads for itself.
func (f *Feed) After(ctx context.Context, key string, gen uint64, after int64, read Read) (frames []Frame, reset bool, err error) {
	r := f.ring(key)
	select {
	case r.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	frames, state, err := r.after(ctx, gen, after, read)
	<-r.busy
	if err != nil || state == beyond {
		return nil, state == beyond, err
	}
	if state == behind {
		frames, err = read(ctx, after)
	}
	return frames, false, err
}

func (f *Feed) ring(key string) *ring {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rings == nil {
		f.rings = map[string]*ring{}
	}
	r := f.rings[key]
	if r == nil {
		if len(f.rings) >= maxRings {
			f.dropOldest()
		}
		r = &ring{busy: make(chan struct{}, 1)}
		f.rings[key] = r
	}
	f.clock++
	r.used = f.clock
	return r
}

// dropOldest forgets the ring that was used longest ago. Whoever still holds it
// goes on with it; the next to ask begins another.
func (f *Feed) dropOldest() {
	oldest, used := "", f.clock+1
	for key, r := range f.rings {
		if r.used < used {
			oldest, used = key, r.used
		}
	}
	delete(f.rings, oldest)
}

// place is where a screen stands.
type place int

const (
	within place = iota
	behind       // before what the ring holds
	beyond       // after the newest event there is
)

// after is called by the one who holds the ring.
func (r *ring) after(ctx context.Context, gen uint64, after int64, read Read) ([]Frame, place, error) {
	if !r.primed && after+Batch-1 <= r.known { // many may come back at once, and each needs its turn
		return nil, behind, nil
	}
	if !r.primed {
		if state, err := r.prime(ctx, gen, after, read); err != nil || state != within {
			return nil, state, err
		}
	}
	if r.gen < gen || after > r.head {
		if err := r.catchUp(ctx, gen, read); err != nil {
			return nil, within, err
		}
	}
	switch {
	case after > r.head:
		return nil, beyond, nil
	case after < r.first:
		return nil, behind, nil
	}
	return r.since(after), within, nil
}

// since returns at most a batch of what the ring holds. Numbers have no gaps,
// so the place of an event follows from its number.
func (r *ring) since(after int64) []Frame {
	from := int(after - r.first)
	to := min(len(r.frames), from+Batch)
	return r.frames[from:to:to]
}

// prime begins the ring at the event the first screen saw last. That one is
// read too: if it is not there, the screen knows another timeline. A full batch
// means that this screen is far behind; the ring waits for one that is not.
func (r *ring) prime(ctx context.Context, gen uint64, after int64, read Read) (place, error) {
	fs, err := read(ctx, max(0, after-1))
	if err != nil {
		return within, err
	}
	if after > 0 && (len(fs) == 0 || fs[0].Seq != after) {
		return beyond, nil
	}
	if len(fs) >= Batch {
		r.known = fs[len(fs)-1].Seq
		return behind, nil
	}
	if after > 0 {
		fs = fs[1:]
	}
	r.primed, r.first, r.head, r.gen = true, after, after, gen
	r.add(fs)
	return within, nil
}

// catchUp reads what is new, and keeps gen only when it has reached the end.
func (r *ring) catchUp(ctx context.Context, gen uint64, read Read) error {
	for {
		fs, err := read(ctx, r.head)
		if err != nil {
			return err
		}
		r.add(fs)
		if len(fs) < Batch {
			r.gen = max(r.gen, gen)
			return nil
		}
	}
}

// add appends events and lets the oldest go. The array behind a slice that was
// handed out is never written again where it can be seen.
func (r *ring) add(fs []Frame) {
	if len(fs) == 0 {
		return
	}
	r.frames = append(r.frames, fs...)
	r.head = fs[len(fs)-1].Seq
	if len(r.frames) > 2*ringSize {
		r.frames = append(make([]Frame, 0, 2*ringSize), r.frames[len(r.frames)-ringSize:]...)
		r.first = r.frames[0].Seq - 1
	}
}
