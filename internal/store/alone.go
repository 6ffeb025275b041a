package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"makeright/internal/feedback"
)

// lockEnd is what the name of the file ends in that a server locks.
const lockEnd = ".serving"

var errHeld = errors.New("held by another process")

// Serve makes this process the only one that serves a SQLite database until
// release is called. Two would not wake each other's screens, and each would
// take the other's jobs for left behind. It waits for one that is about to end,
// and when that takes longer than patience fails with [feedback.ErrConflict]. On
// PostgreSQL any number may serve. Commands that only write a row need not ask.
func (s *Store) Serve(ctx context.Context, patience time.Duration) (release func() error, err error) {
	if s.pg {
		return func() error { return nil }, nil
	}
	return serveAlone(ctx, s.settings["file"], patience)
}

func serveAlone(ctx context.Context, path string, patience time.Duration) (release func() error, err error) {
	f, err := os.OpenFile(path+lockEnd, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the database: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if err = lockFile(f); !errors.Is(err, errHeld) {
			break
		}
		select {
		case <-again.C:
			continue
		case <-ctx.Done():
			err = fmt.Errorf("another makeright already serves %s: stop it first, or give this one a database of its own: %w", path, feedback.ErrConflict)
		}
		break
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil // closing gives the lock back; the file stays, so that nobody locks one that is gone
}
