package store

import (
	"context"

	"makeright/internal/feedback"
)

// Mornings lists, of all organisations, the venues of which somebody is mailed in the morning.
// It is for timers.
func (s *Store) Mornings(ctx context.Context) ([]Place, error) {
	var places []Place
	err := s.db(ctx).Raw(`select distinct venues.org_id, venues.id as venue_id from mailings
		join venues on venues.id = mailings.venue_id order by venues.id`).Scan(&places).Error
	return places, known(err, "mornings")
}

// Digests lists who reads the venue's mailings.
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

// End is the newest event's number and hash: the end of the chain.
func (v View) End(ctx context.Context) (Head, error) {
	h := Head{Venue: v.venue}
	err := v.one(ctx, []any{&h.Seq, &h.Hash}, "select e.seq, e.hash from events e join venues on venues.id = e.venue_id and venues.org_id = ? where e.venue_id = ? order by e.seq desc limit 1", v.org, v.venue)
	return h, known(err, "end of timeline")
}
