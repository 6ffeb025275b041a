// Package desk is the verbs of the house: every change is one method that says
// who may, checks, and writes rows, events and jobs in one transaction, then
// wakes the screens. It knows no SQL, no HTML and no rule of a single noun.
package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
)

// Desk carries out what people and timers ask for.
type Desk struct {
	store *store.Store
	wake  func(venue string)
	shut  func(org string)
	now   func() time.Time
	key   []byte // of the installation, for guests' status tokens

	ids    ids
	photos photos

	hooked  sync.Map // organisations that may have webhooks
	readers sync.Map // who read what of a venue, and the last service day of which that was noted

	kinds   []feedback.ChannelKind // that the operator has set up
	queued  func()                 // something was put into the outbox
	full    atomic.Int64           // how much was put in of which nobody was told yet
	writing atomic.Int64           // transactions under way
	screens screens

	hashing chan struct{} // password hashes under way: they cost memory and CPU

	scanned sync.Mutex
	scans   map[scanned]scan
}

// New returns a desk that writes to s, calls wake after each change of a venue
// and shut after somebody of an organisation lost a way in (neither may block),
// and takes the time from now. It makes the installation's key on the first
// start.
func New(ctx context.Context, s *store.Store, wake func(venue string), shut func(org string), now func() time.Time) (*Desk, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	key, err := s.Secret(ctx, "key", fresh)
	if err != nil {
		return nil, err
	}
	d := &Desk{
		store: s, wake: wake, shut: shut, key: key,
		now:     func() time.Time { return now().UTC().Truncate(time.Millisecond) },
		hashing: make(chan struct{}, 1), scans: map[scanned]scan{},
	}
	return d, d.noteHooks(ctx)
}

// Now is the desk's time.
func (d *Desk) Now() time.Time { return d.now() }

// FormKey is the key under which a guest's form cookie is signed.
func (d *Desk) FormKey() []byte { return d.mac("form", nil) }

// errReplayed ends a transaction whose request was carried out before.
var errReplayed = errors.New("carried out before")

// write changes one venue in one transaction and then wakes its screens. The
// order matters: whoever wakes must find the rows.
//
// fn returns the id of what it made or changed. A request whose idempotency key
// was used before changes nothing; write then returns the id of the first time
// and marks the request as replayed. fn may run twice, so it must set what it
// hands out, not add to it.
func (d *Desk) write(ctx context.Context, by feedback.Actor, venue string, fn func(store.Edit) (ref string, err error)) (string, error) {
	return d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		ref, err := fn(at)
		return noted{target: ref}, err
	})
}

// noted is a line of the audit trail; without an action there is none.
type noted struct {
	action, target string
	detail         map[string]string
}

// writeNoted is write for what belongs in the audit trail: fn returns the line, whose
// target is the reference.
func (d *Desk) writeNoted(ctx context.Context, by feedback.Actor, venue string, fn func(store.Edit) (noted, error)) (string, error) {
	ref, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		if by.Kind == feedback.ByPerson || by.Kind == feedback.ByKey { // the venue comes from an address
			if err := at.Exists(ctx); err != nil {
				return "", err
			}
		}
		n, err := fn(at)
		if action := n.action; err == nil && action != "" { // words of actions are looked for where they are written
			err = d.audit(ctx, tx.Org(by), by, venue, action, n.target, n.detail)
		}
		return n.target, err
	})
	if err != nil {
		return "", err
	}
	d.wake(venue)
	d.posted()
	return ref, nil
}

// writeOrg is write for what spans the venues of an organisation.
func (d *Desk) writeOrg(ctx context.Context, by feedback.Actor, fn func(store.OrgEdit) (ref string, err error)) (string, error) {
	return d.once(ctx, by, func(tx store.Tx) (string, error) { return fn(tx.Org(by)) })
}

// once runs fn in a transaction, unless by's request was carried out before.
func (d *Desk) once(ctx context.Context, by feedback.Actor, fn func(store.Tx) (string, error)) (ref string, err error) {
	rq, scope := by.Request, scopeOf(by)
	if rq.Key != "" {
		if ref, err = d.replayed(ctx, scope, rq); err == nil || !errors.Is(err, feedback.ErrNotFound) {
			return ref, err
		}
	}
	err = d.tx(ctx, func(tx store.Tx) error {
		if ref, err = fn(tx); err != nil || rq.Key == "" {
			return err
		}
		if err := tx.Once(ctx, scope, rq, ref, d.now()); errors.Is(err, feedback.ErrConflict) {
			return errReplayed
		} else if err != nil {
			return err
		}
		return nil
	})
	if errors.Is(err, errReplayed) {
		return d.replayed(ctx, scope, rq)
	}
	if err != nil && rq.Key != "" {
		// The first of two at once may have made this one fail: it took what both wanted.
		if first, lost := d.replayed(ctx, scope, rq); lost == nil {
			return first, nil
		}
	}
	return ref, err
}

// tx is a transaction that may put something into the outbox.
func (d *Desk) tx(ctx context.Context, fn func(store.Tx) error) error {
	d.writing.Add(1)
	defer d.writing.Add(-1)
	return d.store.Tx(ctx, fn)
}

// scopeOf is whose idempotency keys are kept apart from all others'.
func scopeOf(by feedback.Actor) string { return string(by.Kind) + " " + by.ID }

func (d *Desk) replayed(ctx context.Context, scope string, rq feedback.Request) (ref string, err error) {
	a, found, err := d.store.Repeated(ctx, scope, rq)
	if err != nil {
		return "", err
	}
	if !found {
		return "", fmt.Errorf("request: %w", feedback.ErrNotFound)
	}
	if rq.Replayed != nil {
		*rq.Replayed = true
	}
	return a.Ref, nil
}

// ids numbers the ids of one millisecond.
type ids struct {
	sync.Mutex
	ms int64
	n  uint16
}

// next is the count of ids in this millisecond, from 0. Beyond 4095 it stays.
func (i *ids) next(ms int64) uint16 {
	i.Lock()
	defer i.Unlock()
	if ms != i.ms {
		i.ms, i.n = ms, 0
		return 0
	}
	i.n = min(i.n+1, 4095)
	return i.n
}

// newID makes a UUIDv7 (RFC 9562, section 6.2, method 1) of the desk's own
// time, so that ids sort by when things happened, also within a millisecond and
// when a test moves the clock.
func (d *Desk) newID() string {
	var id uuid.UUID
	rand.Read(id[8:])
	ms := d.now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	n := d.ids.next(ms)
	id[6], id[7] = 0x70|byte(n>>8), byte(n)
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// token makes 128 random bits in Crockford base32.
func token() string {
	b := make([]byte, 16)
	rand.Read(b)
	return feedback.Crockford(b)
}

// languages are those the product speaks. Do not write to it.
var languages = sync.OnceValue(func() []string {
	all := i18n.Languages()
	tags := make([]string, len(all))
	for i, l := range all {
		tags[i] = l.Tag
	}
	return tags
})

// event starts a line of the timeline about a report.
func (d *Desk) event(by feedback.Actor, kind feedback.EventKind, report string) *feedback.Event {
	e := &feedback.Event{Kind: kind, At: d.now(), ReportID: report, ByKind: by.Kind}
	switch by.Kind {
	case feedback.ByPerson:
		e.ByID = by.Person
	case feedback.ByKey:
		e.ByID = by.ID
	}
	return e
}
