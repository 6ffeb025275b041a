// Package live wakes waiting screens. It carries no data: a wake says "look
// again", and whoever waits reads what is new. So a slow phone, a lost line, a
// restart and a second server are one and the same case.
package live

import (
	"maps"
	"slices"
	"sync"
)

// Hub wakes listeners by topic. Its zero value is ready to use, and all its
// methods may be called at the same time.
type Hub struct {
	mu     sync.Mutex
	closed bool
	wakes  uint64
	topics map[string]*topic

	screens screens
}

// topic is who listens to one thing, for as long as anybody does. Each channel
// holds at most one wake.
type topic struct {
	listeners map[chan struct{}]struct{}
	woken     uint64 // the count of wakes at its newest, or when it began
}

// Listen returns a channel that receives after each Wake of any of the topics,
// and a func that stops it. Wakes that come faster than they are read melt into
// one. The channel is closed when the hub is; stop does not close it, and may be
// called more than once. Read what you show only after Listen, or a change in
// between is lost.
func (h *Hub) Listen(topics ...string) (wake <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.topics == nil {
		h.topics = map[string]*topic{}
	}
	for _, name := range topics {
		t := h.topics[name]
		if t == nil {
			t = &topic{listeners: map[chan struct{}]struct{}{}, woken: h.wakes}
			h.topics[name] = t
		}
		t.listeners[c] = struct{}{}
	}
	return c, func() { h.forget(topics, c) }
}

// forget drops one listener, and topics with their last.
func (h *Hub) forget(topics []string, c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range topics {
		t := h.topics[name]
		if t == nil {
			continue
		}
		delete(t.listeners, c)
		if len(t.listeners) == 0 {
			delete(h.topics, name)
		}
	}
}

// Wake wakes every listener of a topic. It never blocks, and does nothing once
// the hub is closed.
func (h *Hub) Wake(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wakes++
	t := h.topics[name]
	if t == nil {
		return
	}
	t.woken = h.wakes
	for c := range t.listeners {
		select {
		case c <- struct{}{}:
		default: // a wake is waiting there already
		}
	}
}

// WakeAll wakes every listener, for when nobody knows what has changed.
func (h *Hub) WakeAll() {
	h.mu.Lock()
	names := slices.Collect(maps.Keys(h.topics))
	h.mu.Unlock()
	for _, name := range names {
		h.Wake(name)
	}
}

// Gen counts wakes. What was read after a Gen holds whatever the wakes up to it
// were about, so that listeners can share what one of them reads. Of a topic
// that somebody listens to it is the count at its newest wake: it stays while
// other topics are woken. Without a topic, or with one that nobody listens to,
// it is the count of all.
func (h *Hub) Gen(topics ...string) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	gen := uint64(0)
	for _, name := range topics {
		t := h.topics[name]
		if t == nil {
			return h.wakes
		}
		gen = max(gen, t.woken)
	}
	if len(topics) == 0 {
		return h.wakes
	}
	return gen
}

// Count says how many listen to a topic at this moment.
func (h *Hub) Count(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[name]; t != nil {
		return len(t.listeners)
	}
	return 0
}

// Close closes every listener's channel, and that of whoever listens later.
// Servers call it on shutdown, because streams never end by themselves. It may
// be called more than once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[chan struct{}]struct{}{} // one may listen to several topics
	for _, t := range h.topics {
		maps.Copy(all, t.listeners)
	}
	for c := range all {
		close(c)
	}
	h.topics = nil
	h.closed = true
}
