package desk

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// passwords are the most used ones of at least [feedback.MinPassword]
// characters, lower case, sorted.
//
//go:embed passwords.txt
var passwords string

var commonPasswords = sync.OnceValue(func() []string { return strings.Fields(passwords) })

// hashing is OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummyHash is compared with when there is no such person, so that the answer
// takes as long.
var dummyHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(token(), hashing)
	if err != nil {
		return ""
	}
	return hash
})

// Fresh is a new secret: the token goes to its holder and is kept nowhere else.
type Fresh struct {
	Token   string
	Expires time.Time
}

// Hash is how tokens of sessions, links, tablets and keys are stored.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// hash hashes a password or PIN; few at a time, for each takes 19 MiB.
func (d *Desk) hash(ctx context.Context, secret string) (string, error) {
	var hash string
	err := d.hashOne(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(secret, hashing)
		return err
	})
	return hash, err
}

// matches says whether secret is the one that was hashed. An empty hash costs
// as much and matches nothing.
func (d *Desk) matches(ctx context.Context, secret, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = dummyHash()
	}
	var ok bool
	err := d.hashOne(ctx, func() (err error) {
		ok, err = argon2id.ComparePasswordAndHash(secret, hash)
		return err
	})
	return ok && known, err
}

func (d *Desk) hashOne(ctx context.Context, work func() error) error {
	select {
	case d.hashing <- struct{}{}:
		defer func() { <-d.hashing }()
		return work()
	case <-ctx.Done():
		return fmt.Errorf("password check: %w", errors.Join(feedback.ErrBusy, ctx.Err()))
	}
}

// errWrong is what every failed sign-in is answered with: who exists is not told.
var errWrong = feedback.Problems{"password": "problem.password.wrong"}

// SignIn opens a session for an e-mail address and password. It fails with a
// [feedback.WaitError] after too many wrong tries, and with the same
// [feedback.Problems] for an unknown address and a wrong password.
func (d *Desk) SignIn(ctx context.Context, email, password, agent string) (Fresh, error) {
	email = strings.ToLower(feedback.CleanLine(email))
	account := "mail " + Hash(email)
	if err := d.try(ctx, account); err != nil {
		return Fresh{}, err
	}
	p, err := d.store.PersonWithEmail(ctx, email)
	if err != nil && !errors.Is(err, feedback.ErrNotFound) {
		return Fresh{}, err
	}
	if !p.DisabledAt.IsZero() || len(password) > 4*feedback.MaxPassword {
		p.PasswordHash = ""
	}
	ok, err := d.matches(ctx, password, p.PasswordHash)
	if err != nil {
		return Fresh{}, err
	}
	if !ok {
		return Fresh{}, errWrong
	}
	if err := d.proved(ctx, account); err != nil {
		return Fresh{}, err
	}
	return d.open(ctx, p.ID, "", agent)
}

// SignInByPin opens a session on a paired tablet for somebody of its venue.
func (d *Desk) SignInByPin(ctx context.Context, device, person, pin, agent string) (Fresh, error) {
	tablet, system, err := d.store.Device(ctx, device)
	if err != nil {
		return Fresh{}, err
	}
	account := "pin " + tablet.ID + " " + person
	if err := d.try(ctx, account); err != nil {
		return Fresh{}, err
	}
	view := d.store.For(system, tablet.VenueID)
	p, err := view.Person(ctx, person)
	if err != nil && !errors.Is(err, feedback.ErrNotFound) {
		return Fresh{}, err
	}
	role, err := view.RoleOf(ctx, p)
	if err != nil {
		return Fresh{}, err
	}
	if role == feedback.Nobody || len(pin) > feedback.MaxPin {
		p.PinHash = ""
	}
	ok, err := d.matches(ctx, pin, p.PinHash)
	if err != nil {
		return Fresh{}, err
	}
	if !ok {
		return Fresh{}, feedback.Problems{"pin": "problem.pin.no_match"}
	}
	if err := d.proved(ctx, account); err != nil {
		return Fresh{}, err
	}
	return d.open(ctx, p.ID, tablet.ID, agent)
}

// open starts a session.
func (d *Desk) open(ctx context.Context, person, device, agent string) (Fresh, error) {
	now, life := d.now(), feedback.SessionMax
	if device != "" {
		life = feedback.SharedMax
	}
	fresh := Fresh{Token: token(), Expires: now.Add(life)}
	agent = feedback.CleanLine(agent)
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		return tx.AddSession(ctx, feedback.Session{
			ID: Hash(fresh.Token), PersonID: person, DeviceID: device, Agent: strings.ToValidUTF8(agent[:min(len(agent), 120)], ""),
			CreatedAt: now, SeenAt: now, ExpiresAt: fresh.Expires,
		})
	})
	return fresh, err
}

// seenEvery is how often the use of a session or key is written down.
const seenEvery = 5 * time.Minute

// Session returns who is signed in with the session of this hash, or
// [feedback.ErrUnauthorised].
func (d *Desk) Session(ctx context.Context, hash string) (feedback.Actor, error) {
	a, s, err := d.store.SessionActor(ctx, hash)
	if err != nil {
		return feedback.Actor{}, err
	}
	now := d.now()
	if s.Ended(now) {
		return feedback.Actor{}, fmt.Errorf("session has ended: %w", feedback.ErrUnauthorised)
	}
	if now.Sub(s.SeenAt) >= seenEvery {
		err = unlessBusy(d.store.SawSession(ctx, hash, now))
	}
	return a, err
}

// unlessBusy lets people read while nothing can be written, as on a full disk:
// when they were last seen is noted the next time.
func unlessBusy(err error) error {
	if errors.Is(err, feedback.ErrBusy) {
		return nil
	}
	return err
}

// SignOut ends the session that the actor came with.
func (d *Desk) SignOut(ctx context.Context, by feedback.Actor) error {
	err := d.store.Tx(ctx, func(tx store.Tx) error { return tx.EndSession(ctx, by.Session, d.now()) })
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// SignOutOthers ends all sessions of who asks but the one they ask with.
func (d *Desk) SignOutOthers(ctx context.Context, by feedback.Actor) error {
	if by.Kind != feedback.ByPerson || by.Shared {
		return fmt.Errorf("sign out others: %w", feedback.ErrForbidden)
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		return by.Person, org.EndSessions(ctx, by.Person, by.Session, d.now())
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// Key returns the program that holds the key of this hash, or
// [feedback.ErrUnauthorised].
func (d *Desk) Key(ctx context.Context, hash string) (feedback.Actor, error) {
	a, k, err := d.store.KeyActor(ctx, hash)
	if err != nil {
		return feedback.Actor{}, err
	}
	now := d.now()
	if !k.Valid(now) {
		return feedback.Actor{}, fmt.Errorf("key has ended: %w", feedback.ErrUnauthorised)
	}
	if now.Sub(k.LastUsedAt) >= seenEvery {
		err = unlessBusy(d.store.SawKey(ctx, k.ID, now))
	}
	return a, err
}

// Wrong tries cost nothing at first, then a wait that doubles up to a minute:
// at most about 70 tries an hour, and never a locked door.
const (
	freeTries  = 5
	longestTry = time.Minute
)

// try counts a try before it is made, so that any number at once are as few as
// one after the other. It fails with a [feedback.WaitError] while the account
// has to wait.
func (d *Desk) try(ctx context.Context, account string) error {
	if err := d.mayTry(ctx, d.store, account); err != nil {
		return err // without a write: a flood of tries costs a read each
	}
	return d.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.LockThrottle(ctx, account, d.now()); err != nil {
			return err
		}
		if err := d.mayTry(ctx, tx.Store, account); err != nil {
			return err
		}
		th, err := tx.Throttle(ctx, account)
		if err != nil {
			return err
		}
		th.Fails, th.Until = th.Fails+1, d.now()
		if th.Fails >= freeTries {
			th.Until = th.Until.Add(min(time.Second<<min(th.Fails-freeTries, 10), longestTry))
		}
		return tx.SaveThrottle(ctx, th)
	})
}

func (d *Desk) mayTry(ctx context.Context, s *store.Store, account string) error {
	th, err := s.Throttle(ctx, account)
	if err != nil {
		return err
	}
	if wait := th.Until.Sub(d.now()); wait > 0 {
		return feedback.WaitError{For: wait}
	}
	return nil
}

// proved forgets the tries of an account whose holder has proved it.
func (d *Desk) proved(ctx context.Context, account string) error {
	return d.store.Tx(ctx, func(tx store.Tx) error {
		return tx.SaveThrottle(ctx, store.Throttle{Account: account, Until: d.now()})
	})
}
