package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/jobs"
	"makeright/internal/store"
)

// post puts messages to a receiver into the outbox.
func (o *office) post(t *testing.T, receiver string, n int) {
	t.Helper()
	err := o.store.Tx(t.Context(), func(tx store.Tx) error {
		for i := range n {
			err := tx.At(o.by, o.venue).AddDelivery(t.Context(), feedback.Delivery{
				ID: fmt.Sprintf("%s-%02d", receiver, i), Kind: feedback.ChannelWebhook, Receiver: receiver,
				State: feedback.Pending, CreatedAt: o.clock.now(), NextAt: o.clock.now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
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
	if next, err := o.store.NextDelivery(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("something is left for %s, %v", next, err)
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
