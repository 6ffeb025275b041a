package store

import (
	"context"
	"time"
)

// Pulse is how the whole installation is doing.
type Pulse struct {
	Waiting, Due, Dead int64     // jobs: for their time, for somebody to do them, given up
	Recounting         int64     // venues whose figures are being counted again
	Failing            int64     // jobs among the first two that were tried in vain
	Oldest             time.Time // since when the longest waiting issue waits that nobody took; zero when none does
	Newest             time.Time // when the newest event was written, by the clock of then
}

// Pulse tells how the whole installation is doing at now. Issues that call
// nobody, such as those that wait for a follow-up, do not count as waiting.
func (s *Store) Pulse(ctx context.Context, now time.Time) (p Pulse, err error) {
	var row struct {
		Waiting, Due, Dead, Failing, Recounting int64
		Oldest, Newest                          *int64
	}
	err = s.db(ctx).Raw(`select
		(select count(*) from jobs where dead_at is null and run_at > ?) as waiting,
		(select count(*) from jobs where dead_at is null and run_at <= ?) as due,
		(select count(*) from jobs where dead_at is not null) as dead,
		(select count(*) from jobs where dead_at is null and last_err <> '') as failing,
		(select count(*) from rolled where seq < 0) as recounting,
		(select min(since) from reports where status in ('open', 'taken') and status = 'open' and kind = 'issue'
			and not follow_up and not to_check and not test and (handling not in ('contact_later', 'manager_later') or causes like '%"safety"%')) as oldest,
		(select max((select e.at from events e where e.venue_id = h.venue_id and e.seq = h.seq)) from heads h) as newest`,
		ms(now), ms(now)).Scan(&row).Error
	p = Pulse{Waiting: row.Waiting, Due: row.Due, Dead: row.Dead, Failing: row.Failing, Recounting: row.Recounting}
	if row.Oldest != nil {
		p.Oldest = time.UnixMilli(*row.Oldest).UTC()
	}
	if row.Newest != nil {
		p.Newest = time.UnixMilli(*row.Newest).UTC()
	}
	return p, known(err, "pulse")
}
