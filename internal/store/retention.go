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
// are still there, oldest first. Those of which [Edit.ForgotTexts] said that they
// are gone are not looked at.
func (v View) ExpiredTexts(ctx context.Context, sent time.Time, limit int) ([]string, error) {
	var ids []string
	err := v.rows(ctx).Model(&feedback.Report{}).
		Where("id < ?", firstID(sent.Add(time.Millisecond))). // or every newer one would be looked at
		Where("id >= coalesce((select report_id from forgotten where venue_id = ?), '')", v.venue).
		Where("created_at <= ? and salt is not null", ms(sent)).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, known(err, "expired texts")
}

// ForgotTexts notes that no words are left of reports that were sent at a moment or
// before, so that nobody looks for them there again. It goes by whole days, and leaves
// what the clocks of two days may have mixed.
func (e Edit) ForgotTexts(ctx context.Context, sent time.Time) error {
	const note = `insert into forgotten (venue_id, report_id) values (?, ?)
		on conflict (venue_id) do update set report_id = excluded.report_id where forgotten.report_id < excluded.report_id`
	return known(e.exec(ctx, note, e.venue, forgottenTo(sent)), "note what is forgotten")
}

// TextsForgotten says whether [Edit.ForgotTexts] has noted this already.
func (v View) TextsForgotten(ctx context.Context, sent time.Time) (bool, error) {
	var n int64
	err := v.rows(ctx).Table("forgotten").Where("report_id >= ?", forgottenTo(sent)).Count(&n).Error
	return n > 0, known(err, "what is forgotten")
}

func forgottenTo(sent time.Time) string { return firstID(sent.Truncate(24 * time.Hour).Add(-idSlack)) }
