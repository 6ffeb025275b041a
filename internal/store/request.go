package store

import (
	"context"
	"fmt"
	"time"

	"makeright/internal/feedback"
)

// Answer is what a repeated request is answered with. A zero status means that
// the first answer was not kept: it is drawn again from Ref.
type Answer struct {
	Hash   string
	Ref    string // id of what was made or changed
	Status int
	Body   []byte
}

// Repeated returns the answer to an idempotency key that was used before;
// found is false for a fresh one. A key that came with another request fails
// with a [feedback.Problems].
func (s *Store) Repeated(ctx context.Context, scope string, rq feedback.Request) (a Answer, found bool, err error) {
	err = s.db(ctx).Raw("select hash, ref, status, body from requests where scope = ? and key = ?", scope, rq.Key).Scan(&a).Error
	if err != nil || a.Hash == "" {
		return Answer{}, false, known(err, "repeated request")
	}
	if a.Hash != rq.Hash {
		return Answer{}, false, feedback.Problems{"Idempotency-Key": "problem.key.reused"}
	}
	return a, true, nil
}

// Once notes that a request was carried out, in the transaction that does so.
// Of two with the same key at once, the second one waits and then fails with
// [feedback.ErrConflict]: look again with [Store.Repeated].
func (t Tx) Once(ctx context.Context, scope string, rq feedback.Request, ref string, at time.Time) error {
	const insert = `insert into requests (scope, key, hash, ref, at) values (?, ?, ?, ?, ?)`
	err := t.exec(ctx, insert, scope, rq.Key, rq.Hash, ref, ms(at))
	return known(err, fmt.Sprintf("request of %s", scope))
}

// Keep stores the answer to a request that was carried out.
func (s *Store) Keep(ctx context.Context, scope, key string, status int, body []byte) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("update requests set status = ?, body = ? where scope = ? and key = ?", status, body, scope, key).Error, "keep answer")
	})
}

// RequestsLife is how long idempotency keys are kept.
const RequestsLife = 7 * 24 * time.Hour

// ForgetRequests removes idempotency keys from before then.
func (s *Store) ForgetRequests(ctx context.Context, then time.Time) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("delete from requests where at < ?", ms(then)).Error, "forget requests")
	})
}

// ForgetThrottles removes what is remembered of failed tries that ended before
// then.
func (s *Store) ForgetThrottles(ctx context.Context, then time.Time) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("delete from throttles where until < ?", ms(then)).Error, "forget throttles")
	})
}
