package app

import (
	"context"
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

// Every does work again and again, and Keep runs something that must go on, in a
// program of which nothing else exists.
func Every(ctx context.Context, pause time.Duration, work func(context.Context) error) {
	(&App{log: slog.New(slog.DiscardHandler)}).every(ctx, pause, "work", work)
}

func Keep(ctx context.Context, run func(context.Context)) {
	(&App{log: slog.New(slog.DiscardHandler)}).keep(ctx, "work", run)
}
