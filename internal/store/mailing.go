package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Mornings lists, of all organisations, the venues of which somebody is mailed, or
// some program told, in the morning. It is for timers.
func (s *Store) Mornings(ctx context.Context) ([]Place, error) {
	var places []Place
	err := s.db(ctx).Raw(`select venues.org_id, venues.id as venue_id from mailings join venues on venues.id = mailings.venue_id
		union select venues.org_id, venues.id from channels
		join venues on venues.org_id = channels.org_id and (channels.venue_id = '' or channels.venue_id = venues.id)
		where channels.kind = 'webhook' and channels.gone_at is null order by venue_id`).Scan(&places).Error
	return places, known(err, "mornings")
}

// Mailings lists who reads the venue's mailings.
func (v View) Mailings(ctx context.Context) ([]feedback.Mailing, error) {
	var all []feedback.Mailing
	err := v.rowsOf(ctx, "mailings").Order("mailings.person_id, mailings.what").Find(&all).Error
	return all, known(err, "mailings")
}

// AddMailing adds a wish.
func (e Edit) AddMailing(ctx context.Context, m feedback.Mailing) error {
	m.VenueID = e.venue
	return known(e.db(ctx).Create(&m).Error, "add mailing")
}

// ChangeMailing changes what a mailing holds.
func (e Edit) ChangeMailing(ctx context.Context, m feedback.Mailing) error {
	return known(e.rows(ctx).Model(&feedback.Mailing{}).Where("person_id = ? and what = ?", m.PersonID, m.What).Update("detail", m.Detail).Error, "change mailing")
}

// RemoveMailing takes a wish back.
func (e Edit) RemoveMailing(ctx context.Context, m feedback.Mailing) error {
	return known(e.rows(ctx).Where("person_id = ? and what = ?", m.PersonID, m.What).Delete(&feedback.Mailing{}).Error, "remove mailing")
}

// SentMailing notes the morning whose mail was put into the outbox. It fails
// with [feedback.ErrConflict] when somebody else was first.
func (e Edit) SentMailing(ctx context.Context, m feedback.Mailing, morning string) error {
	res := e.rows(ctx).Model(&feedback.Mailing{}).
		Where("person_id = ? and what = ? and done = ?", m.PersonID, m.What, m.Done).Update("done", morning)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "mailing")
	}
	return known(res.Error, "mailing")
}

// ToldMornings lists the last mornings of which programs were told.
func (v View) ToldMornings(ctx context.Context) ([]feedback.Morning, error) {
	var all []feedback.Morning
	err := v.rowsOf(ctx, "mornings").Order("mornings.what").Find(&all).Error
	return all, known(err, "mornings")
}

// ToldMorning notes the morning of which programs are told.
func (e Edit) ToldMorning(ctx context.Context, g feedback.Morning) error {
	const told = `insert into mornings (venue_id, what, done) values (?, ?, ?)
		on conflict (venue_id, what) do update set done = excluded.done`
	return known(e.db(ctx).Exec(told, e.venue, g.What, g.Done).Error, "digest")
}

// Summary is what became of the issues of these service days, as it stands at now.
func (v View) Summary(ctx context.Context, from, to string, now time.Time) (feedback.Summary, error) {
	before, _ := feedback.Before(from, to)
	rs, err := v.Facts(ctx, StatsFilter{FromDay: before, ToDay: to})
	if err != nil {
		return feedback.Summary{}, err
	}
	is, was := feedback.Parted(rs, from)
	s := feedback.Summary{Total: feedback.Sum(is, now), Before: feedback.Sum(was, now), Changes: feedback.Changes(is, was, feedback.MaxChanges, now)}
	if s.NobodyCame, s.Missed, err = v.nobodyCame(ctx, from, to); err != nil {
		return feedback.Summary{}, err
	}
	s.Waiting, err = v.Reports(ctx, Filter{Statuses: feedback.Waiting, Kind: feedback.Issue, Limit: feedback.MaxNamed + 1})
	if err != nil {
		return feedback.Summary{}, err
	}
	s.Open, err = v.Waiting(ctx)
	return s, err
}

// nobodyCame lists the newest issues that ended because nobody came, from the morning
// of a service day to that after another, and says how many there are.
func (v View) nobodyCame(ctx context.Context, from, to string) ([]feedback.Report, int, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, 0, err
	}
	begin, end := venue.Mornings(from, to)
	missed := func(q *gorm.DB) *gorm.DB {
		return q.Where("reports.status in ('unresolved', 'dismissed') and reports.status = 'unresolved' and reports.reason = ? and reports.kind = 'issue'", feedback.NobodyCame).
			Where("reports.ended_at >= ? and reports.ended_at < ? and not reports.test", ms(begin), ms(end))
	}
	var n int64
	if err := missed(v.rowsOf(ctx, "reports").Table("reports")).Count(&n).Error; err != nil {
		return nil, 0, known(err, "nobody came")
	}
	var rs []feedback.Report
	err = missed(v.reports(ctx)).Order("reports.id desc").Limit(feedback.MaxNamed + 1).Find(&rs).Error
	return v.veil(rs), int(n), known(err, "nobody came")
}

// End is the newest event's number and hash: the end of the chain.
func (v View) End(ctx context.Context) (Head, error) {
	h := Head{Venue: v.venue}
	err := v.one(ctx, []any{&h.Seq, &h.Hash}, "select e.seq, e.hash from events e join venues on venues.id = e.venue_id and venues.org_id = ? where e.venue_id = ? order by e.seq desc limit 1", v.org, v.venue)
	return h, known(err, "end of timeline")
}
