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
	// sending is how many messages are on their way at once.
	sending = 256
	// each is how many of them to one receiver, so that one which hangs holds
	// up nobody else.
	each = 4
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
	busy map[string]int // by receiver
	free int
	work sync.WaitGroup
}

// NewOutbox returns an outbox that has nothing under way.
func NewOutbox(s *store.Store, send func(context.Context, feedback.Delivery) error, now func() time.Time, log *slog.Logger) *Outbox {
	return &Outbox{Store: s, Send: send, Now: now, Log: log, wake: make(chan struct{}, 1), busy: map[string]int{}, free: sending}
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
	next, err := o.Store.NextDelivery(ctx)
	if err != nil || next.IsZero() {
		return poll
	}
	return min(max(next.Sub(o.Now()), 50*time.Millisecond), poll)
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
	o.mu.Lock()
	free, busy := o.free, []string{}
	for receiver, n := range o.busy {
		if n >= each {
			busy = append(busy, receiver)
		}
	}
	o.mu.Unlock()
	if free == 0 {
		return 0, nil
	}
	next, err := o.Store.NextDelivery(ctx)
	if err != nil || next.IsZero() || next.After(o.Now()) { // a look costs less than a transaction
		return 0, err
	}
	due, err := o.Store.ClaimDeliveries(ctx, o.Now(), lease, free, each, busy)
	if err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range due {
		o.free--
		o.busy[d.Receiver]++
		o.work.Go(func() { o.send(ctx, d) })
	}
	return len(due), nil
}

// send sends one message. What fails stays claimed until the lease ends, and is
// sent again then.
func (o *Outbox) send(ctx context.Context, d feedback.Delivery) {
	defer func() {
		o.mu.Lock()
		o.free++
		if o.busy[d.Receiver]--; o.busy[d.Receiver] == 0 {
			delete(o.busy, d.Receiver)
		}
		o.mu.Unlock()
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
