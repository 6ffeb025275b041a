package live

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Deaf is how long after its last word a screen counts as gone: it answers
// every beat, and a beat comes each 5 seconds.
const Deaf = 15 * time.Second

// screens knows when a screen of each venue last said that it lives. That its
// line is open proves little: a tablet without power keeps it open for minutes.
type screens struct {
	mu   sync.Mutex
	seen map[string]Seen
	each map[string]map[string]Screen // by venue and id
}

// Screen is one of them, under an id that stays while it is the same. Without
// an id it counts, and is not listed.
type Screen struct {
	ID       string
	Tablet   bool   // shared by many
	Person   string // who is signed in; may be empty
	Managers bool   // shows what is for managers only
	At       time.Time
}

// remember is how long a screen that fell silent is still listed.
const remember = time.Hour

// Seen is when screens of a venue were heard last: those of the floor, and
// those of managers. Zero: never since this program started.
type Seen struct{ Floor, Managers time.Time }

// Last is when any of them was.
func (s Seen) Last() time.Time {
	if s.Managers.After(s.Floor) {
		return s.Managers
	}
	return s.Floor
}

// Here notes that a screen of a venue lives at now.
func (h *Hub) Here(venue string, one Screen, now time.Time) {
	h.screens.mu.Lock()
	defer h.screens.mu.Unlock()
	if h.screens.seen == nil {
		h.screens.seen = map[string]Seen{}
	}
	s := h.screens.seen[venue]
	if one.Managers {
		s.Managers = now
	} else {
		s.Floor = now
	}
	h.screens.seen[venue] = s
	if one.ID != "" {
		one.At = now
		h.screens.list(venue, one)
	}
}

// list notes one screen, and forgets those that have been silent for long.
func (s *screens) list(venue string, one Screen) {
	if s.each == nil {
		s.each = map[string]map[string]Screen{}
	}
	if s.each[venue] == nil {
		s.each[venue] = map[string]Screen{}
	}
	for id, other := range s.each[venue] {
		if one.At.Sub(other.At) > remember {
			delete(s.each[venue], id)
		}
	}
	s.each[venue][one.ID] = one
}

// List lists the screens of a venue that were heard within the last hour, in an
// order that stays.
func (h *Hub) List(venue string, now time.Time) []Screen {
	h.screens.mu.Lock()
	defer h.screens.mu.Unlock()
	var all []Screen
	for _, one := range h.screens.each[venue] {
		if now.Sub(one.At) <= remember {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b Screen) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Screens says when screens of a venue were heard last.
func (h *Hub) Screens(venue string) Seen {
	h.screens.mu.Lock()
	defer h.screens.mu.Unlock()
	return h.screens.seen[venue]
}

// Watched says of every venue that has a screen when any of its screens was
// heard last.
func (h *Hub) Watched() map[string]time.Time {
	h.screens.mu.Lock()
	defer h.screens.mu.Unlock()
	last := make(map[string]time.Time, len(h.screens.seen))
	for venue, s := range h.screens.seen {
		last[venue] = s.Last()
	}
	return last
}

// Staffed says whether a screen lives at now on which a report would be seen;
// one for managers only is not seen on the floor.
func (h *Hub) Staffed(venue string, managersOnly bool, now time.Time) bool {
	s := h.Screens(venue)
	return now.Sub(s.Managers) <= Deaf || !managersOnly && now.Sub(s.Floor) <= Deaf
}
