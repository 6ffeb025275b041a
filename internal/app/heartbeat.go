package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/web"
)

const (
	// heartbeat is how often we look whether alerts get all the way round.
	heartbeat = time.Minute
	// roundTrip is how long that may take.
	roundTrip = 20 * time.Second
	// heart names the trial, where a venue or an organisation would stand.
	heart = "heartbeat"
)

// beat sends a trial all the way that a report goes: a job is written in a
// transaction, the runner does it and wakes the hub, and who listens there
// hears of it. Then, and only then, HEARTBEAT_URL is asked; whoever misses that
// calls the operator.
func (a *App) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roundTrip)
	defer cancel()
	heard, stop := a.hub.Listen(live.Doors(heart))
	defer stop()
	trial := feedback.Job{ID: web.NewToken(), Kind: feedback.JobHeartbeat, Subject: heart, RunAt: a.Desk.Now()}
	if err := a.store.EnqueueTrial(ctx, trial); err != nil {
		return err
	}
	select {
	case _, open := <-heard:
		if !open {
			return nil // we stop
		}
	case <-ctx.Done():
		return errors.Join(errors.New("a trial did not come back"), a.store.Done(context.WithoutCancel(ctx), trial))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.cfg.Outside.Heartbeat.String(), http.NoBody)
	if err != nil {
		return errors.New("HEARTBEAT_URL cannot be asked")
	}
	res, err := a.outside.open.Do(r)
	if err != nil {
		return errors.New("HEARTBEAT_URL does not answer") // the error would hold the address
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 1<<10)
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("HEARTBEAT_URL answered %d", res.StatusCode)
	}
	return nil
}

// keepBeating beats at once and then every minute, where somebody wants to hear it.
func (a *App) keepBeating(ctx context.Context) {
	if a.cfg.Outside.Heartbeat == nil {
		return
	}
	if err := a.beat(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("no heartbeat", "err", err)
	}
	a.every(ctx, chore{heartbeat, soon, "no heartbeat", a.beat})
}
