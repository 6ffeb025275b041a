package store

import (
	"context"
	"slices"
	"time"

	"makeright/internal/feedback"
)

// Enqueue adds a job of this venue, in the transaction of the change that
// needs it.
func (e Edit) Enqueue(ctx context.Context, j feedback.Job) error {
	const insert = `insert into jobs (id, kind, org_id, venue_id, subject, step, run_at, attempts, last_err)
		values (?, ?, ?, ?, ?, ?, ?, 0, '')`
	return known(e.exec(ctx, insert, j.ID, j.Kind, e.org, e.venue, j.Subject, j.Step, ms(j.RunAt)), "enqueue "+j.Kind)
}

// EnqueueTrial adds a job that belongs to no venue: a sign that jobs are done.
func (s *Store) EnqueueTrial(ctx context.Context, j feedback.Job) error {
	return s.Tx(ctx, func(tx Tx) error { return known(tx.db(ctx).Create(&j).Error, "enqueue "+j.Kind) })
}

// Cancel removes the jobs of one kind about one subject: they have nothing to
// do any more.
func (e Edit) Cancel(ctx context.Context, kind, subject string) error {
	return known(e.rows(ctx).Where("kind = ? and subject = ?", kind, subject).Delete(&feedback.Job{}).Error, "cancel "+kind)
}

// Pending says whether a job of this kind about this subject is waiting.
func (v View) Pending(ctx context.Context, kind, subject string) (bool, error) {
	var n int64
	err := v.rows(ctx).Model(&feedback.Job{}).Where("kind = ? and subject = ? and dead_at is null", kind, subject).Count(&n).Error
	return n > 0, known(err, "pending "+kind)
}

// Claim takes up to limit jobs that are due at now and hides them for lease, so
// that a second node does not take them too and a crash only delays them.
func (s *Store) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]feedback.Job, error) {
	skip := ""
	if s.Postgres() {
		skip = "for update skip locked"
	}
	var jobs []feedback.Job
	err := s.Tx(ctx, func(tx Tx) error {
		jobs = nil
		return tx.db(ctx).Raw(`
			update jobs set lease = ?, attempts = attempts + 1
			where id in (select id from jobs where dead_at is null and run_at <= ? and (lease is null or lease <= ?)
				order by run_at limit ? `+skip+`)
			returning *`, ms(now.Add(lease)), ms(now), ms(now), limit).Scan(&jobs).Error
	})
	slices.SortFunc(jobs, func(a, b feedback.Job) int { return a.RunAt.Compare(b.RunAt) }) // returning keeps no order
	return jobs, known(err, "claim jobs")
}

// NextDue is when the next job is due; zero when there is none.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var row struct{ RunAt *int64 }
	err := s.db(ctx).Raw("select min(case when lease > run_at then lease else run_at end) as run_at from jobs where dead_at is null").
		Scan(&row).Error
	if err != nil || row.RunAt == nil {
		return time.Time{}, known(err, "next job")
	}
	return time.UnixMilli(*row.RunAt).UTC(), nil
}

// Done removes a finished job. A node that lost its lease (attempts has moved
// on) removes nothing.
func (s *Store) Done(ctx context.Context, j feedback.Job) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("delete from jobs where id = ? and attempts = ?", j.ID, j.Attempts).Error, "finish job")
	})
}

// Retry gives a failed job back, to be run again at next; a zero next gives it
// up, for the operator to see.
func (s *Store) Retry(ctx context.Context, j feedback.Job, next, now time.Time, why string) error {
	j.RunAt, j.Lease, j.LastErr = next, time.Time{}, why
	columns := []string{"run_at", "lease", "last_err"}
	if next.IsZero() {
		j.DeadAt = now
		columns = []string{"dead_at", "lease", "last_err"}
	}
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Model(&feedback.Job{}).Where("id = ? and attempts = ?", j.ID, j.Attempts).
			Select(columns).Updates(&j).Error, "retry job")
	})
}

// FreeLeases gives back what this program had claimed before it stopped. Only
// right where no other node works on the same database: on SQLite, at start.
func (s *Store) FreeLeases(ctx context.Context) error {
	return s.Tx(ctx, func(tx Tx) error {
		if err := tx.db(ctx).Exec("update deliveries set lease = null where state = 'pending' and lease is not null").Error; err != nil {
			return known(err, "free leases of deliveries")
		}
		return known(tx.db(ctx).Exec("update jobs set lease = null where lease is not null").Error, "free leases")
	})
}
