package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/jobs"
	"makeright/internal/store"
)

// post puts messages to a receiver into the outbox.
func (o *office) post(t *testing.T, receiver string, n int) {
	t.Helper()
	for i := range n {
		o.postOne(t, feedback.Delivery{ID: fmt.Sprintf("%s-%02d", receiver, i), Receiver: receiver})
	}
}

func (o *office) postOne(t *testing.T, d feedback.Delivery) {
	t.Helper()
	d.Kind, d.State, d.CreatedAt, d.NextAt = feedback.ChannelWebhook, feedback.Pending, o.clock.now(), o.clock.now()
	err := o.store.Tx(t.Context(), func(tx store.Tx) error { return tx.At(o.by, o.venue).AddDelivery(t.Context(), d) })
	if err != nil {
		t.Fatal(err)
	}
}

// ended writes that a message arrived.
func (o *office) ended(ctx context.Context, d feedback.Delivery) error {
	d.LastOutcome = feedback.Accepted
	d.End(feedback.Delivered, o.clock.now())
	return o.store.Tx(ctx, func(tx store.Tx) error {
		return tx.At(o.by, o.venue).SaveTry(ctx, d, o.clock.now())
	})
}

// A receiver that hangs holds four messages at a time, and nobody else's.
func TestOutbox_OneThatHangsHoldsUpNobodyElse(t *testing.T) {
	o := newOffice(t)
	o.post(t, "hangs", 20)
	o.post(t, "works", 20)
	release, arrived := make(chan struct{}), make(chan string, 40)
	var mu sync.Mutex
	hanging, most := 0, 0
	out := jobs.NewOutbox(o.store, func(ctx context.Context, d feedback.Delivery) error {
		if d.Receiver == "hangs" {
			mu.Lock()
			hanging++
			most = max(most, hanging)
			mu.Unlock()
			<-release
			mu.Lock()
			hanging--
			mu.Unlock()
		}
		arrived <- d.ID
		return o.ended(ctx, d)
	}, o.clock.now, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { out.Run(ctx) })
	for range 20 {
		if id := <-arrived; id[:5] != "works" {
			t.Fatalf("%s arrived while its receiver hangs", id)
		}
	}
	close(release)
	for range 20 {
		<-arrived
	}
	stop()
	work.Wait()
	if most > 4 {
		t.Errorf("%d messages were on their way to one receiver", most)
	}
	if left, err := o.store.Awaited(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("something is left: %v, %v", left, err)
	}
}

// What could not be written down, or panicked, is sent again when the lease
// ends, with the same id.
func TestOutbox_WhatFailsIsSentAgain(t *testing.T) {
	o := newOffice(t)
	o.post(t, "r", 2)
	sent := map[string]int{}
	var mu sync.Mutex
	out := jobs.NewOutbox(o.store, func(ctx context.Context, d feedback.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		sent[d.ID]++
		switch {
		case sent[d.ID] > 1:
			return o.ended(ctx, d)
		case d.ID == "r-00":
			panic("a bug")
		}
		return errors.New("no disk")
	}, o.clock.now, slog.New(slog.DiscardHandler))
	for _, want := range []int{1, 1, 2, 2} {
		if err := out.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sent["r-00"] != want || sent["r-01"] != want {
			t.Fatalf("sent %v, want each %d times", sent, want)
		}
		o.clock.advance(31 * time.Second)
	}
}

// crowd is an outbox with receivers that hang and one, "works", that does not.
type crowd struct {
	*office
	out     *jobs.Outbox
	release chan struct{}
	hangs   atomic.Bool // those that are not "works"
	hung    chan string
	arrived chan string
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{office: newOffice(t), release: make(chan struct{}), hung: make(chan string, 1000), arrived: make(chan string, 2000)}
	c.out = jobs.NewOutbox(c.store, func(ctx context.Context, d feedback.Delivery) error {
		if d.Receiver != "works" && c.hangs.Load() {
			c.hung <- d.ID
			<-c.release
		}
		err := c.ended(ctx, d)
		c.arrived <- d.ID
		return err
	}, c.clock.now, slog.New(slog.DiscardHandler))
	return c
}

// run lets the outbox run; what it returns waits until all has come back.
func (c *crowd) run(t *testing.T) (end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { c.out.Run(ctx) })
	return func() { stop(); work.Wait() }
}

// wants waits for messages in their order.
func (c *crowd) wants(t *testing.T, from chan string, ids ...string) {
	t.Helper()
	for _, want := range ids {
		select {
		case id := <-from:
			if want != "" && id != want {
				t.Fatalf("%s came, want %s", id, want)
			}
		case <-time.After(time.Minute):
			close(c.release)
			t.Fatalf("%q waits for those that hang", want)
		}
	}
}

// sendsInOrder posts messages to the one that works, which arrive one by one.
func (c *crowd) sendsInOrder(t *testing.T) {
	t.Helper()
	for n := range 20 {
		to := feedback.Delivery{ID: fmt.Sprintf("good-%02d", n), Receiver: "works"}
		c.postOne(t, to)
		c.out.Wake()
		c.wants(t, c.arrived, to.ID)
	}
}

// However many receivers hang, they take no place of one that answers (R13):
// strangers have places of their own, one each.
func TestOutbox_ManyThatHangHoldUpNobodyElse(t *testing.T) {
	c := newCrowd(t)
	c.post(t, "works", 1)
	if err := c.out.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wants(t, c.arrived, "works-00")
	c.hangs.Store(true)
	const bad = 400 // more than there are places in all
	for n := range bad {
		c.post(t, fmt.Sprintf("bad%03d", n), 2)
	}
	end := c.run(t)
	c.wants(t, c.hung, make([]string, jobs.Strangers)...)
	c.sendsInOrder(t)
	if n := len(c.hung); n > 0 {
		t.Errorf("%d more were sent to strangers than have places", n)
	}
	close(c.release)
	c.wants(t, c.arrived, make([]string, 2*bad)...)
	end()
}

// Receivers that answered until now and fall silent all at once give their places
// back before any of them has come to an end.
func TestOutbox_ManyThatFallSilentAreStrangersAgain(t *testing.T) {
	c := newCrowd(t)
	const bad = jobs.Sending // each of them, and "works", has a message first
	for n := range bad {
		c.post(t, fmt.Sprintf("bad%03d", n), 1)
	}
	c.post(t, "works", 1)
	if err := c.out.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wants(t, c.arrived, make([]string, bad+1)...)
	c.hangs.Store(true)
	for n := range bad {
		c.postOne(t, feedback.Delivery{ID: fmt.Sprintf("second%03d", n), Receiver: fmt.Sprintf("bad%03d", n)})
	}
	end := c.run(t)
	c.wants(t, c.hung, make([]string, bad)...)
	c.clock.advance(jobs.Prompt)
	c.sendsInOrder(t)
	close(c.release)
	c.wants(t, c.arrived, make([]string, bad)...)
	end()
}
