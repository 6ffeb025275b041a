package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Screens lists all venues of the installation that have had a screen.
func (s *Store) Screens(ctx context.Context) ([]feedback.Screens, error) {
	var all []feedback.Screens
	err := s.db(ctx).Table("screens").Select("screens.*, v.org_id").Joins("join venues v on v.id = screens.venue_id").
		Order("screens.venue_id").Find(&all).Error
	return all, known(err, "screens")
}

// AddScreens remembers venues that have their first screen.
func (s *Store) AddScreens(ctx context.Context, venues []string) error {
	return s.Tx(ctx, func(tx Tx) error {
		err := tx.db(ctx).Exec("insert into screens (venue_id) select id from venues where id in ? on conflict do nothing", venues).Error
		return known(err, "add screens")
	})
}

// Screens is what is remembered of the venue's screens; nothing yet is no
// failure.
func (v View) Screens(ctx context.Context) (feedback.Screens, error) {
	var all []feedback.Screens
	err := v.rows(ctx).Limit(1).Find(&all).Error
	if err != nil || len(all) == 0 {
		return feedback.Screens{}, known(err, "screens")
	}
	return all[0], nil
}

// SaveScreens writes whether the venue is without a screen. It fails with
// [feedback.ErrConflict] when somebody has written the same before.
func (e Edit) SaveScreens(ctx context.Context, lost time.Time) error {
	q := e.rows(ctx).Model(&feedback.Screens{}).Where("lost_at is null")
	var at any = ms(lost)
	if lost.IsZero() {
		q, at = e.rows(ctx).Model(&feedback.Screens{}).Where("lost_at is not null"), nil
	}
	res := q.Update("lost_at", at)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "screens")
	}
	return known(res.Error, "save screens")
}

// Recall ends what waits to be said since a moment, and lists the channels where
// it was said already, or is being said.
func (e Edit) Recall(ctx context.Context, what string, since, now time.Time) (channels []string, err error) {
	lately := func() *gorm.DB { // by id, or every message there was is looked at
		return e.rows(ctx).Model(&feedback.Delivery{}).Where("id >= ? and what = ? and created_at >= ?", firstID(since.Add(-idSlack)), what, ms(since))
	}
	err = lately().Where("state = 'pending' and lease is null").
		Updates(map[string]any{"state": feedback.Superseded, "ended_at": ms(now), "next_at": nil}).Error
	if err != nil {
		return nil, known(err, "recall")
	}
	err = lately().Where("state in ('accepted', 'pending')").
		Distinct().Order("channel_id").Pluck("channel_id", &channels).Error
	return channels, known(err, "recall")
}
