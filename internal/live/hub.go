// Package live wakes waiting screens. It carries no data: a wake says "look
// again", and whoever waits reads what is new. So a slow phone, a lost line, a
// restart and a second server are one and the same case.
package live

import "sync"

// Hub wakes listeners by topic. Its zero value is ready to use, and all its
// methods may be called at the same time.
type Hub struct {
	mu     sync.Mutex
	closed bool
	wakes  uint64
	topics map[string]listeners
}

// listeners are the channels of one topic. Each holds at most one wake.
type listeners map[chan struct{}]struct{}

// Listen returns a channel that receives after each Wake of topic, and a func
// that stops it. Wakes that come faster than they are read melt into one. The
// channel is closed when the hub is; stop does not close it, and may be called
// more than once. Read what you show only after Listen, or a change in between
// is lost.
func (h *Hub) Listen(topic string) (wake <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c, func() {}
	}
	if h.topics == nil {
		h.topics = map[string]listeners{}
	}
	if h.topics[topic] == nil {
		h.topics[topic] = listeners{}
	}
	h.topics[topic][c] = struct{}{}
	return c, func() { h.forget(topic, c) }
}

// forget drops one listener, and the topic with its last.
func (h *Hub) forget(topic string, c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.topics[topic], c)
	if len(h.topics[topic]) == 0 {
		delete(h.topics, topic)
	}
}

// Wake wakes every listener of topic. It never blocks, and does nothing once
// the hub is closed.
func (h *Hub) Wake(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wakes++
	for c := range h.topics[topic] {
		select {
		case c <- struct{}{}:
		default: // a wake is waiting there already
		}
	}
}

// Gen counts the wakes of all topics. What was read after a Gen holds whatever
// the wakes up to it were about, so that listeners can share what one of them
// reads.
func (h *Hub) Gen() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wakes
}

// Count says how many listen to topic at this moment.
func (h *Hub) Count(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics[topic])
}

// Close closes every listener's channel, and that of whoever listens later.
// Servers call it on shutdown, because streams never end by themselves. It may
// be called more than once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ls := range h.topics {
		for c := range ls {
			close(c)
		}
	}
	h.topics = nil
	h.closed = true
}
