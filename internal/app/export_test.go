package app

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Beat sends one trial all the way round.
var Beat = (*App).beat

// Here notes that a screen lives, and Screens lists those that were heard of.
var (
	Here    = (*App).here
	Screens = (*App).screens
)

// Every does work again and again, each time for so long at most, and Keep runs something that must go on, in a
// program of which nothing else exists.
func Every(ctx context.Context, pause, within time.Duration, work func(context.Context) error) {
	(&App{log: slog.New(slog.DiscardHandler)}).every(ctx, chore{pause, within, "work", work})
}

// Chores are what the program does again and again, by complaint: how long each
// may take.
func Chores(a *App) map[string]time.Duration {
	within := map[string]time.Duration{}
	for _, c := range a.chores() {
		within[c.complaint] = c.within
	}
	return within
}

// DoChore does one of them once.
func DoChore(ctx context.Context, a *App, complaint string) error {
	for _, c := range a.chores() {
		if c.complaint == complaint {
			return c.once(ctx)
		}
	}
	return errors.New("nobody does it: " + complaint)
}

func Keep(ctx context.Context, run func(context.Context)) {
	(&App{log: slog.New(slog.DiscardHandler)}).keep(ctx, "work", run)
}
