package rest

import (
	"context"
	"sync"
	"time"

	"makeright/api"
	"makeright/internal/web"
)

const (
	// maxWaiting bounds a snapshot: the most urgent are in it.
	maxWaiting = 2000
	// snapLife is how long a snapshot is good for others, who then read what
	// happened since as events.
	snapLife = 2 * time.Second
	// maxSnaps bounds how many are kept at once.
	maxSnaps = 100
)

// snapshots shares what streams begin with, so that hundreds of screens that
// come back at once, as after a restart, cost one read and one encoding.
type snapshots struct {
	mu  sync.Mutex
	all map[string]*snap
}

// snap is the snapshot of one venue and role.
type snap struct {
	busy  chan struct{} // held by who reads or looks
	frame web.Frame
	taken time.Time
}

// of returns the place of a snapshot.
func (s *snapshots) of(key string) *snap {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxSnaps {
		s.all = map[string]*snap{} // whoever holds one goes on with it
	}
	if s.all[key] == nil {
		s.all[key] = &snap{busy: make(chan struct{}, 1)}
	}
	return s.all[key]
}

// snapshot is everything that waits, oldest promise first. What happened after
// the number it has comes after it, even if it is part of it already.
func (s *stream) snapshot(ctx context.Context) (web.Frame, error) {
	shared := s.snaps.of(s.key())
	select {
	case shared.busy <- struct{}{}:
	case <-ctx.Done():
		return web.Frame{}, ctx.Err()
	}
	defer func() { <-shared.busy }()
	head, err := s.view().Head(ctx)
	if err != nil {
		return web.Frame{}, err
	}
	near := head >= shared.frame.Seq && head-shared.frame.Seq <= web.Batch // else it is far back, or of another timeline
	if shared.frame.Data != nil && near && time.Since(shared.taken) < snapLife {
		return shared.frame, nil
	}
	f, err := s.takeSnapshot(ctx, head)
	if err == nil {
		shared.frame, shared.taken = f, time.Now()
	}
	return f, err
}

func (s *stream) takeSnapshot(ctx context.Context, head int64) (web.Frame, error) {
	rs, err := s.view().Queue(ctx, maxWaiting)
	if err != nil {
		return web.Frame{}, err
	}
	return web.NewFrame(head, string(api.StreamSnapshot), api.Snapshot{
		Seq: head, Kind: api.SnapshotKind(api.StreamSnapshot), At: s.desk.Now(), Reports: wires(rs, inCurrency(s.venue)),
	})
}
