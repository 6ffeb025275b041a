// Package pgrelay carries wakes between the nodes that share one PostgreSQL
// database, by NOTIFY. A wake is a hint: behind it, each second, the relay looks
// whether a venue that somebody listens to has moved on, and whether its line
// still lives. So a lost notification delays a screen by a second, and a lost
// line by as long as it is lost.
package pgrelay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"makeright/internal/live"
)

const (
	channel = "makeright"
	// poll is how often the relay looks by itself.
	poll = time.Second
	// patience bounds every question to the database but the wait for news.
	patience = 3 * time.Second
	// maxPending bounds the wakes that wait to be told to other nodes; beyond
	// it they are left to the poll.
	maxPending = 4096
)

// Relay is one node's part. Its methods may be called at the same time.
type Relay struct {
	hub  *live.Hub
	dsn  string
	now  func() time.Time
	log  *slog.Logger
	node string
	out  chan string
}

// New prepares a relay over the database at dsn, whose address must lead to the
// server itself: a pooler that shares connections passes no notifications on.
func New(hub *live.Hub, dsn string, now func() time.Time, log *slog.Logger) *Relay {
	return &Relay{hub: hub, dsn: dsn, now: now, log: log, node: rand.Text(), out: make(chan string, maxPending)}
}

// WakeVenue wakes all who listen to a venue's timeline, on every node. Call it
// after COMMIT. It never blocks.
func (r *Relay) WakeVenue(venue string) {
	r.hub.WakeVenue(venue)
	r.tell("venue " + venue)
}

// WakeDoors wakes every stream of an organisation, on every node.
func (r *Relay) WakeDoors(org string) {
	r.hub.WakeDoors(org)
	r.tell("doors " + org)
}

// Here tells other nodes that a screen of a venue lives: first that one does,
// then which, by ids alone.
func (r *Relay) Here(venue string, one live.Screen) {
	who := "floor"
	if one.Managers {
		who = "managers"
	}
	r.tell(who + " " + venue)
	if one.ID != "" {
		r.tell(fmt.Sprintf("screen %s %s %t %s %s", venue, who, one.Tablet, one.ID, one.Person))
	}
}

func (r *Relay) tell(what string) {
	select {
	case r.out <- what:
	default: // the poll of the others is behind it
	}
}

// Run carries wakes until ctx is done. A line that breaks is made anew, and
// whatever may have been missed meanwhile is looked at.
func (r *Relay) Run(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.keep(ctx, "telling other nodes", r.send)
	}()
	r.keep(ctx, "hearing other nodes", r.hear)
	<-ended
}

// keep runs a line again and again.
func (r *Relay) keep(ctx context.Context, what string, line func(context.Context, *pgx.Conn) error) {
	for ctx.Err() == nil {
		err := r.connect(ctx, line)
		if ctx.Err() != nil {
			return
		}
		r.log.Warn("line between nodes broke", "line", what, "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(poll / 2):
		}
	}
}

func (r *Relay) connect(ctx context.Context, line func(context.Context, *pgx.Conn) error) error {
	cfg, err := pgx.ParseConfig(r.dsn)
	if err != nil {
		return errors.New("address of the database") // it holds a password
	}
	cfg.ConnectTimeout = patience
	cfg.RuntimeParams["application_name"] = "makeright relay"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = conn.Close(bye)
	}()
	return line(ctx, conn)
}

// send tells other nodes what was woken here. What piled up goes out at once,
// each thing one time.
func (r *Relay) send(ctx context.Context, conn *pgx.Conn) error {
	for {
		var first string
		select {
		case <-ctx.Done():
			return ctx.Err()
		case first = <-r.out:
		}
		what := map[string]bool{first: true}
		for more := true; more && len(what) < 500; {
			select {
			case next := <-r.out:
				what[next] = true
			default:
				more = false
			}
		}
		batch := &pgx.Batch{}
		for one := range what {
			batch.Queue("select pg_notify($1, $2)", channel, r.node+" "+one)
		}
		bound, cancel := context.WithTimeout(ctx, patience)
		err := conn.SendBatch(bound, batch).Close()
		cancel()
		if err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
}

// hear wakes listeners here when another node says so, and looks by itself each
// second. What happened before it listened it cannot know, so it begins by
// waking everybody.
func (r *Relay) hear(ctx context.Context, conn *pgx.Conn) error {
	bound, cancel := context.WithTimeout(ctx, patience)
	_, err := conn.Exec(bound, "listen "+channel)
	cancel()
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	r.hub.WakeAll()
	heads := map[string]int64{}
	for {
		next := time.Now().Add(poll)
		if err := r.wait(ctx, conn, next); err != nil {
			return err
		}
		if heads, err = r.look(ctx, conn, heads); err != nil {
			return err
		}
	}
}

// wait passes notifications on until a moment has come.
func (r *Relay) wait(ctx context.Context, conn *pgx.Conn, until time.Time) error {
	bound, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(bound)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case bound.Err() != nil && !conn.IsClosed():
			return nil
		case err != nil:
			return fmt.Errorf("wait for notifications: %w", err)
		}
		r.pass(n.Payload)
	}
}

// pass wakes what another node woke; our own word comes back too.
func (r *Relay) pass(payload string) {
	node, what, _ := strings.Cut(payload, " ")
	if node == r.node {
		return
	}
	kind, id, _ := strings.Cut(what, " ")
	switch kind {
	case "venue":
		r.hub.WakeVenue(id)
	case "doors":
		r.hub.WakeDoors(id)
	case "floor", "managers":
		r.hub.Here(id, live.Screen{Managers: kind == "managers"}, r.now())
	case "screen":
		if f := strings.Split(id, " "); len(f) == 5 {
			r.hub.Here(f[0], live.Screen{Managers: f[1] == "managers", Tablet: f[2] == "true", ID: f[3], Person: f[4]}, r.now())
		}
	}
}

// look wakes the venues that have moved on since the heads that were seen
// last, or that nobody listened to then, and returns the heads as they are.
func (r *Relay) look(ctx context.Context, conn *pgx.Conn, before map[string]int64) (map[string]int64, error) {
	bound, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := conn.Query(bound, "select venue_id, seq from heads where venue_id = any($1)", r.hub.Venues())
	if err != nil {
		return nil, fmt.Errorf("heads: %w", err)
	}
	heads := map[string]int64{}
	var id string
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&id, &seq}, func() error {
		if was, seen := before[id]; !seen || was != seq {
			r.hub.WakeVenue(id)
		}
		heads[id] = seq
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("heads: %w", err)
	}
	return heads, nil
}
