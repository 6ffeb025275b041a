package live

import (
	"slices"
	"strings"
)

// Topics of a venue or organisation. Whoever listens to Staff or Managers is a
// screen: somebody may be looking at it.

// Staff is where the screens of people on the floor listen.
func Staff(venue string) string { return "staff/" + venue }

// Managers is where the screens of managers and owners listen.
func Managers(venue string) string { return "managers/" + venue }

// Guests is where the status pages of a venue's guests listen.
func Guests(venue string) string { return "guests/" + venue }

// Programs is where API clients listen.
func Programs(venue string) string { return "programs/" + venue }

// Doors is where every stream of an organisation listens for somebody being
// shut out: it then looks whether it may go on.
func Doors(org string) string { return "doors/" + org }

// WakeVenue wakes all who listen to a venue's timeline.
func (h *Hub) WakeVenue(venue string) {
	h.Wake(Staff(venue))
	h.Wake(Managers(venue))
	h.Wake(Guests(venue))
	h.Wake(Programs(venue))
}

// WakeDoors wakes every stream of an organisation.
func (h *Hub) WakeDoors(org string) { h.Wake(Doors(org)) }

// Venues are those whose timeline somebody listens to, each once.
func (h *Hub) Venues() []string {
	venues := []string{}
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.topics {
		kind, id, _ := strings.Cut(name, "/")
		if kind != "doors" {
			venues = append(venues, id)
		}
	}
	slices.Sort(venues)
	return slices.Compact(venues)
}

// Streams says how many listen at this moment to topics of each kind: staff,
// managers, guests, programs. Doors do not count: every stream listens there too.
func (h *Hub) Streams() map[string]int {
	n := map[string]int{"staff": 0, "managers": 0, "guests": 0, "programs": 0}
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, t := range h.topics {
		kind, _, _ := strings.Cut(name, "/")
		if _, counts := n[kind]; counts {
			n[kind] += len(t.listeners)
		}
	}
	return n
}
