package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// AddDelivery puts a message into the outbox, in the transaction of the change
// that it tells of.
func (e Edit) AddDelivery(ctx context.Context, d feedback.Delivery) error {
	d.OrgID, d.VenueID = e.org, e.venue
	return known(e.db(ctx).Create(&d).Error, "add delivery")
}

// ClaimDeliveries takes messages that are due at now and hides them for lease:
// at most limit, at most each of them for one receiver, and only for some
// receivers if any are named.
func (s *Store) ClaimDeliveries(ctx context.Context, now time.Time, lease time.Duration, limit, each int, receivers []string) ([]feedback.Delivery, error) {
	skip, to, args := "", "", []any{ms(now.Add(lease)), ms(now), ms(now)}
	if s.Postgres() {
		skip = "for update skip locked"
	}
	if len(receivers) > 0 {
		to, args = "and receiver in ?", append(args, receivers)
	}
	var ds []feedback.Delivery
	err := s.Tx(ctx, func(tx Tx) error {
		ds = nil
		return tx.db(ctx).Raw(`
			update deliveries set lease = ?, attempts = attempts + 1 where id in (
				select id from deliveries where state = 'pending' and id in (
					select id from (
						select id, next_at, row_number() over (partition by receiver order by next_at, id) as place from deliveries
						where state = 'pending' and next_at <= ? and (lease is null or lease <= ?) `+to+`) as due
					where place <= ? order by next_at, id limit ?)
				and (lease is null or lease <= ?) `+skip+`)
			returning *`, append(args, each, limit, ms(now))...).Scan(&ds).Error
	})
	slices.SortFunc(ds, func(a, b feedback.Delivery) int { return a.NextAt.Compare(b.NextAt) })
	return ds, known(err, "claim deliveries")
}

// Awaited is a receiver for whom messages wait, and when the next one is due.
type Awaited struct {
	Receiver string
	Due      time.Time
}

// awaiting goes from one receiver to the next by the index.
const awaiting = `
	with recursive r (receiver) as (
		select min(receiver) from deliveries where state = 'pending'
		union all
		select (select min(d.receiver) from deliveries d where d.state = 'pending' and d.receiver > r.receiver) from r where r.receiver is not null)
	select r.receiver,
		(select d.next_at from deliveries d where d.state = 'pending' and d.receiver = r.receiver and d.lease is null order by d.next_at limit 1) as next,
		(select d.lease from deliveries d where d.state = 'pending' and d.receiver = r.receiver and d.lease is not null order by d.lease limit 1) as lease
	from r where r.receiver is not null`

// Awaited lists the receivers for whom messages wait, the one who is due first
// first. What it costs goes by receivers, not by how much waits for each: for one
// that does not answer that can be three days' worth.
func (s *Store) Awaited(ctx context.Context) ([]Awaited, error) {
	var rows []struct {
		Receiver    string
		Next, Lease *int64
	}
	err := s.db(ctx).Raw(awaiting).Scan(&rows).Error
	var all []Awaited
	for _, row := range rows {
		due := row.Next
		if due == nil || row.Lease != nil && *row.Lease < *due { // whoever had claimed it is gone
			due = row.Lease
		}
		if due != nil {
			all = append(all, Awaited{row.Receiver, time.UnixMilli(*due).UTC()})
		}
	}
	slices.SortStableFunc(all, func(a, b Awaited) int { return a.Due.Compare(b.Due) }) // of those that are due at once, in the order of their names
	return all, known(err, "awaited receivers")
}

// Delivery returns one message of the outbox.
func (v View) Delivery(ctx context.Context, id string) (feedback.Delivery, error) {
	var d feedback.Delivery
	err := v.deliveries(ctx).Where("deliveries.id = ?", id).Take(&d).Error
	return d, known(err, "delivery")
}

// deliveries starts a query over the venue's outbox, with the names that a
// screen shows.
func (v View) deliveries(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "deliveries").Table("deliveries").Select(`deliveries.*, coalesce(c.name, '') as channel_name,
			coalesce(p.name, '') as person_name, coalesce(t.name, '') as table_name, coalesce(e.kind, '') as event`).
		Joins("left join events e on e.venue_id = deliveries.venue_id and e.seq = deliveries.event_seq").
		Joins("left join channels c on c.id = deliveries.channel_id").
		Joins("left join people p on p.id = deliveries.person_id").
		Joins("left join reports r on r.id = deliveries.report_id").
		Joins("left join tables t on t.id = r.table_id")
}

// DeliveryFilter narrows a list of messages; zero fields do not.
type DeliveryFilter struct {
	Report  string
	Channel string
	States  []feedback.DeliveryState
	Event   feedback.EventKind // of a webhook
	People  bool               // without what goes to programs
	After   string             // only older than this id
	Limit   int                // 0: 50
}

// Deliveries lists messages of the outbox, the newest first.
func (v View) Deliveries(ctx context.Context, f DeliveryFilter) ([]feedback.Delivery, error) {
	q := v.deliveries(ctx)
	if f.Report != "" {
		q = q.Where("deliveries.report_id = ?", f.Report)
	}
	if f.Channel != "" {
		q = q.Where("deliveries.channel_id = ?", f.Channel)
	}
	if f.People {
		q = q.Where("deliveries.kind <> ?", feedback.ChannelWebhook)
	}
	ds, err := f.list(q)
	return ds, known(err, "deliveries")
}

// list reads a page of what q finds.
func (f DeliveryFilter) list(q *gorm.DB) ([]feedback.Delivery, error) {
	if len(f.States) > 0 {
		q = q.Where("deliveries.state in ?", f.States)
	}
	if f.After != "" {
		q = q.Where("deliveries.id < ?", f.After)
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	var ds []feedback.Delivery
	return ds, q.Order("deliveries.id desc").Limit(f.Limit).Find(&ds).Error
}

// AttemptsOf lists every try of some of the venue's messages, in order.
func (v View) AttemptsOf(ctx context.Context, deliveries []string) (map[string][]feedback.Attempt, error) {
	q := v.rowsOf(ctx, "d").Table("attempts").Joins("join deliveries d on d.id = attempts.delivery_id")
	as, err := attempts(q, deliveries)
	return as, known(err, "attempts")
}

func attempts(q *gorm.DB, deliveries []string) (map[string][]feedback.Attempt, error) {
	var as []feedback.Attempt
	err := q.Select("attempts.*").Where("attempts.delivery_id in ?", append([]string{""}, deliveries...)).
		Order("attempts.delivery_id, attempts.number").Find(&as).Error
	out := map[string][]feedback.Attempt{}
	for _, a := range as {
		out[a.DeliveryID] = append(out[a.DeliveryID], a)
	}
	return out, err
}

// Posts lists messages to one of the organisation's webhooks, the newest first,
// each with its event, its venue and, where it is about a report, the table.
func (o OrgView) Posts(ctx context.Context, hook string, f DeliveryFilter) ([]feedback.Delivery, error) {
	q := o.posts(ctx, hook)
	if f.Event != "" {
		q = q.Where("e.kind = ?", f.Event)
	}
	ds, err := f.list(q)
	return ds, known(err, "messages to a webhook")
}

// Post returns one message to one of the organisation's webhooks.
func (o OrgView) Post(ctx context.Context, hook, id string) (feedback.Delivery, error) {
	var d feedback.Delivery
	err := o.posts(ctx, hook).Where("deliveries.id = ?", id).Take(&d).Error
	return d, known(err, "message to a webhook")
}

func (o OrgView) posts(ctx context.Context, hook string) *gorm.DB {
	return o.db(ctx).Table("deliveries").Select(`deliveries.*, v.name as venue_name, coalesce(e.kind, '') as event, coalesce(t.name, '') as table_name`).
		Joins("join venues v on v.id = deliveries.venue_id and v.org_id = deliveries.org_id").
		Joins("left join events e on e.venue_id = deliveries.venue_id and e.seq = deliveries.event_seq").
		Joins("left join reports r on r.id = deliveries.report_id").
		Joins("left join tables t on t.id = r.table_id").
		Where("deliveries.org_id = ? and deliveries.channel_id = ? and deliveries.kind = 'webhook'", o.org, hook)
}

// AttemptsOf lists every try of some messages to a webhook, in order.
func (o OrgView) AttemptsOf(ctx context.Context, hook string, posts []string) (map[string][]feedback.Attempt, error) {
	q := o.db(ctx).Table("attempts").Joins("join deliveries d on d.id = attempts.delivery_id").
		Where("d.org_id = ? and d.channel_id = ? and d.kind = 'webhook'", o.org, hook)
	as, err := attempts(q, posts)
	return as, known(err, "attempts at a webhook")
}

// SaveAgain writes that a message to a webhook is to be sent again. It fails with
// [feedback.ErrConflict] for one that is being sent at the moment.
func (o OrgEdit) SaveAgain(ctx context.Context, d feedback.Delivery) error {
	res := o.db(ctx).Model(&feedback.Delivery{}).
		Where("id = ? and org_id = ? and channel_id = ? and kind = 'webhook'", d.ID, o.org, d.ChannelID).
		Where("state <> 'pending' or lease is null or lease <= ?", ms(d.AgainAt)).
		Select("state", "next_at", "lease", "ended_at", "seen_at", "again_at").Updates(&d)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "delivery "+d.ID)
	}
	return known(res.Error, "send again")
}

// SaveTry writes what became of an attempt at a message. It fails with
// [feedback.ErrConflict] for one that another node has claimed since, or that
// has ended.
func (e Edit) SaveTry(ctx context.Context, d feedback.Delivery, at time.Time) error {
	res := e.rows(ctx).Model(&feedback.Delivery{}).Where("id = ? and attempts = ? and state = 'pending'", d.ID, d.Attempts).
		Select("state", "next_at", "lease", "ended_at", "last_outcome").Updates(&d)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "delivery "+d.ID)
	}
	if res.Error != nil || d.State == feedback.Superseded {
		return known(res.Error, "save try")
	}
	a := feedback.Attempt{DeliveryID: d.ID, Number: d.Attempts, At: at, Outcome: d.LastOutcome}
	return known(e.db(ctx).Create(&a).Error, "add attempt")
}

// Supersede ends what still waits to be sent of an alert, because something newer
// is said of one of its reports, at a step. What others say at a later step goes
// to people who do not hear of this one.
func (e Edit) Supersede(ctx context.Context, r feedback.Report, at time.Time) error {
	return known(e.rows(ctx).Model(&feedback.Delivery{}).
		Where("alert_id = ? and alert_id <> '' and state = 'pending' and lease is null and (report_id = ? or step <= ?)", r.AlertID, r.ID, r.Level).
		Updates(map[string]any{"state": feedback.Superseded, "ended_at": ms(at), "next_at": nil}).Error, "supersede")
}

// Unseen counts the messages that were given up and that no manager has read of.
func (v View) Unseen(ctx context.Context) (int, error) {
	var n int64
	err := v.rows(ctx).Model(&feedback.Delivery{}).Where("state = 'dead' and seen_at is null").Count(&n).Error
	return int(n), known(err, "dead deliveries")
}

// SawDead notes that a manager has read which messages were given up.
func (e Edit) SawDead(ctx context.Context, at time.Time) error {
	return known(e.rows(ctx).Model(&feedback.Delivery{}).Where("state = 'dead' and seen_at is null").Update("seen_at", ms(at)).Error, "saw dead deliveries")
}

// Outbox counts the messages of the whole installation that wait to be sent and
// those that were given up.
func (s *Store) Outbox(ctx context.Context) (queued, dead int64, err error) {
	var row struct{ Queued, Dead int64 }
	err = s.db(ctx).Raw(`select (select count(*) from deliveries where state = 'pending') as queued,
		(select count(*) from deliveries where state = 'dead') as dead`).Scan(&row).Error
	return row.Queued, row.Dead, known(err, "outbox")
}
