package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

const (
	// sending is how many messages are on their way at once to receivers that
	// answer in time.
	sending = 256
	// each is how many of them to one receiver, so that one which hangs holds
	// up nobody else.
	each = 4
	// strangers is how many are on their way to all other receivers, one to each,
	// so that however many hang they take no place of those that answer.
	strangers = 128
	// prompt is how soon a receiver that answers in time does.
	prompt = 3 * time.Second
)

// Outbox sends the messages that are due, apart from the timers: a receiver
// that hangs delays no escalation.
type Outbox struct {
	Store *store.Store
	// Send sends one message and writes down what became of it. It must be safe
	// to run twice. What it fails to write down is sent again.
	Send func(context.Context, feedback.Delivery) error
	Now  func() time.Time
	Log  *slog.Logger

	wake chan struct{}
	mu   sync.Mutex
	to   map[string]*receiver
	work sync.WaitGroup
}

// receiver is what we know of one: nothing is known of those that are not kept.
type receiver struct {
	busy   int       // messages on their way
	prompt bool      // the last one was answered in time
	heard  time.Time // the last sign of life, or when the first of those on their way left
}

// answers says whether a receiver answers in time, as far as we know.
func (r *receiver) answers(now time.Time) bool {
	return r != nil && r.prompt && (r.busy == 0 || now.Sub(r.heard) < prompt)
}

// NewOutbox returns an outbox that has nothing under way.
func NewOutbox(s *store.Store, send func(context.Context, feedback.Delivery) error, now func() time.Time, log *slog.Logger) *Outbox {
	return &Outbox{Store: s, Send: send, Now: now, Log: log, wake: make(chan struct{}, 1), to: map[string]*receiver{}}
}

// Wake says that something may be due. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx is done and all that were under way have come back.
func (o *Outbox) Run(ctx context.Context) {
	defer o.work.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-o.wake:
		}
		for n := 1; n > 0 && ctx.Err() == nil; {
			var err error
			if n, err = o.begin(ctx); err != nil && ctx.Err() == nil {
				o.Log.Error("the outbox cannot be read", "err", err)
			}
		}
		timer.Reset(o.pause(ctx))
	}
}

// pause is how long there is nothing to do.
func (o *Outbox) pause(ctx context.Context) time.Duration {
	waiting, err := o.Store.Awaited(ctx)
	if err != nil {
		return poll
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.Now()
	room := o.room(now)
	for _, w := range waiting {
		if room.next(w.Receiver) > 0 {
			return min(max(w.Due.Sub(now), 50*time.Millisecond), poll)
		}
	}
	return poll
}

// Drain sends all that is due now and waits for it. Tests call it instead of
// Run.
func (o *Outbox) Drain(ctx context.Context) error {
	for {
		n, err := o.begin(ctx)
		o.work.Wait()
		if n == 0 || err != nil {
			return err
		}
	}
}

// begin claims what is due and starts to send it; it returns how many.
func (o *Outbox) begin(ctx context.Context) (int, error) {
	waiting, err := o.Store.Awaited(ctx) // a look costs less than a transaction
	if err != nil {
		return 0, err
	}
	begun := 0
	for n, receivers := range o.plan(waiting) {
		due, err := o.Store.ClaimDeliveries(ctx, o.Now(), lease, n*len(receivers), n, receivers)
		if err != nil {
			return begun, err
		}
		begun += len(due)
		for _, d := range due {
			left := o.leaves(d.Receiver)
			o.work.Go(func() { o.send(ctx, d, left) })
		}
	}
	return begun, nil
}

// plan says to whom messages can be sent now, by how many to each, those that
// have waited longest first.
func (o *Outbox) plan(waiting []store.Awaited) map[int][]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.Now()
	room, turn := o.room(now), map[int][]string{}
	for _, w := range waiting {
		if w.Due.After(now) {
			break
		}
		if n := room.take(w.Receiver); n > 0 {
			turn[n] = append(turn[n], w.Receiver)
		}
	}
	return turn
}

// room is how many messages can leave at a moment.
type room struct {
	to              map[string]*receiver
	now             time.Time
	fast, strangers int
}

func (o *Outbox) room(now time.Time) room {
	m := room{o.to, now, sending, strangers}
	for _, r := range o.to {
		if r.answers(now) {
			m.fast -= r.busy
		} else {
			m.strangers -= r.busy
		}
	}
	return m
}

// next is how many can leave to a receiver.
func (m room) next(to string) int {
	r := m.to[to]
	if r.answers(m.now) {
		return min(each-r.busy, m.fast)
	}
	if r != nil && r.busy > 0 {
		return 0
	}
	return min(1, m.strangers)
}

// take is next, and those leave.
func (m *room) take(to string) int {
	n := max(m.next(to), 0)
	if m.to[to].answers(m.now) {
		m.fast -= n
	} else {
		m.strangers -= n
	}
	return n
}

// leaves notes that a message is on its way from now on.
func (o *Outbox) leaves(to string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	now, r := o.Now(), o.to[to]
	if r == nil {
		r = &receiver{}
		o.to[to] = r
	}
	if r.busy == 0 {
		r.heard = now
	}
	r.busy++
	return now
}

// returns notes that one that left then is no more on its way.
func (o *Outbox) returns(to string, left time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now, r := o.Now(), o.to[to]
	r.busy--
	r.prompt, r.heard = now.Sub(left) < prompt, now
	if r.busy == 0 && !r.prompt {
		delete(o.to, to)
	}
}

// send sends one message. What fails stays claimed until the lease ends, and is
// sent again then.
func (o *Outbox) send(ctx context.Context, d feedback.Delivery, left time.Time) {
	defer func() {
		o.returns(d.Receiver, left)
		o.Wake()
	}()
	if err := o.try(context.WithoutCancel(ctx), d); err != nil {
		o.Log.Warn("message not sent", "kind", d.Kind, "delivery", d.ID, "attempt", d.Attempts, "err", err)
	}
}

// try runs Send; a panic is a failure like any other.
func (o *Outbox) try(ctx context.Context, d feedback.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return o.Send(ctx, d)
}
