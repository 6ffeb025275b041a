package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// AllVenues lists the venues of everybody, for timers that visit each.
func (s *Store) AllVenues(ctx context.Context) ([]feedback.Venue, error) {
	var venues []feedback.Venue
	err := s.db(ctx).Order("id").Find(&venues).Error
	return venues, known(err, "venues")
}

// KeepContacts moves the end of contact details that are there already to so many
// days after their reports were sent.
func (e Edit) KeepContacts(ctx context.Context, days int) error {
	const move = `update contacts set expires_at = ? + (select created_at from reports where reports.id = contacts.report_id)
		where ` + ours
	return known(e.exec(ctx, move, int64(days)*24*time.Hour.Milliseconds(), e.venue, e.org), "keep contacts")
}

// ExpiredContacts lists reports whose contact details have reached their end.
func (v View) ExpiredContacts(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := v.rows(ctx).Model(&feedback.Contact{}).Where("expires_at <= ?", ms(now)).
		Limit(limit).Pluck("report_id", &ids).Error
	return ids, known(err, "expired contacts")
}

// ExpiredTexts lists reports that were sent at a moment or before and whose words
// are still there, oldest first.
func (v View) ExpiredTexts(ctx context.Context, sent time.Time, limit int) ([]string, error) {
	var ids []string
	err := v.rows(ctx).Model(&feedback.Report{}).
		Where("id < ?", firstID(sent.Add(time.Millisecond))). // or every newer one would be looked at
		Where("created_at <= ? and salt is not null", ms(sent)).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, known(err, "expired texts")
}
