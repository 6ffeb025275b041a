package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// live are the channels of the organisation that may be used: those of people
// who still work here, and those of nobody.
const live = `channels.org_id = ? and channels.gone_at is null and (channels.person_id = '' or
	channels.person_id in (select id from people where people.org_id = channels.org_id and people.disabled_at is null))`

// Channels lists the addresses of the venue's own, such as its chat room, the
// oldest first.
func (v View) Channels(ctx context.Context) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := v.rows(ctx).Where("person_id = '' and kind <> ? and gone_at is null", feedback.ChannelWebhook).Order("id").Find(&cs).Error
	return cs, known(err, "channels of venue")
}

// ChannelsOf lists the addresses of somebody who may work in the venue, the
// oldest first; of a stranger there are none.
func (v View) ChannelsOf(ctx context.Context, person string) ([]feedback.Channel, error) {
	p, err := v.Person(ctx, person)
	if err != nil {
		return nil, err
	}
	if role, err := v.RoleOf(ctx, p); err != nil || role == feedback.Nobody {
		return nil, err
	}
	var cs []feedback.Channel
	err = v.db(ctx).Where(live, v.org).Where("person_id = ?", person).Order("id").Find(&cs).Error
	return cs, known(err, "channels of person")
}

// Webhooks lists the webhooks that are told of the venue's events.
func (v View) Webhooks(ctx context.Context) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := v.channels(ctx).Where("kind = ?", feedback.ChannelWebhook).Order("id").Find(&cs).Error
	return cs, known(err, "webhooks of venue")
}

// Channel returns one that may be used for the venue: its own, one of the whole
// organisation, or one of somebody who works there.
func (v View) Channel(ctx context.Context, id string) (feedback.Channel, error) {
	var c feedback.Channel
	err := v.channels(ctx).Where("id = ?", id).Take(&c).Error
	if err != nil || c.PersonID == "" {
		return c, known(err, "channel")
	}
	mine, err := v.ChannelsOf(ctx, c.PersonID)
	if err == nil && len(mine) == 0 {
		err = fmt.Errorf("channel: %w", feedback.ErrNotFound)
	}
	return c, err
}

// channels starts a query over what may be used for the venue.
func (v View) channels(ctx context.Context) *gorm.DB {
	return v.db(ctx).Where(live, v.org).
		Where("(venue_id = '' or venue_id = (select id from venues where id = ? and org_id = ?))", v.venue, v.org).
		Where("exists (select 1 from venues where id = ? and org_id = ?)", v.venue, v.org)
}

// TriedChannel notes what became of the last message.
func (e Edit) TriedChannel(ctx context.Context, id string, at time.Time, outcome feedback.Outcome) error {
	return tried(e.db(ctx), e.org, id, at, outcome)
}

// ForgetChannel ends a channel: nothing is sent to it any more.
func (e Edit) ForgetChannel(ctx context.Context, id string, at time.Time) error {
	return known(forget(e.db(ctx), e.org).Where("id = ?", id).Update("gone_at", ms(at)).Error, "forget channel")
}

func forget(db *gorm.DB, org string) *gorm.DB {
	return db.Model(&feedback.Channel{}).Where("org_id = ? and gone_at is null", org)
}

func tried(db *gorm.DB, org, id string, at time.Time, outcome feedback.Outcome) error {
	set := map[string]any{"last_at": ms(at), "last_err": outcome}
	if outcome == feedback.Accepted {
		set["last_ok"], set["last_err"] = ms(at), ""
	}
	return known(db.Model(&feedback.Channel{}).Where("id = ? and org_id = ?", id, org).Updates(set).Error, "note a try")
}

// Channel returns one channel of the organisation that may be used.
func (o OrgView) Channel(ctx context.Context, id string) (feedback.Channel, error) {
	var c feedback.Channel
	err := o.db(ctx).Where(live, o.org).Where("id = ?", id).Take(&c).Error
	return c, known(err, "channel")
}

// ChannelsOf lists the addresses of somebody, the oldest first.
func (o OrgView) ChannelsOf(ctx context.Context, person string) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := o.db(ctx).Where(live, o.org).Where("person_id = ? and person_id <> ''", person).Order("id").Find(&cs).Error
	return cs, known(err, "channels of person")
}

// ChannelsAt lists the addresses of a venue's own, but for webhooks.
func (o OrgView) ChannelsAt(ctx context.Context, venue string) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := o.db(ctx).Where(live, o.org).Where("venue_id = ? and person_id = '' and kind <> ?", venue, feedback.ChannelWebhook).
		Order("id").Find(&cs).Error
	return cs, known(err, "channels of venue")
}

// Webhooks lists the organisation's webhooks, the newest first.
func (o OrgView) Webhooks(ctx context.Context) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := o.db(ctx).Where(live, o.org).Where("kind = ?", feedback.ChannelWebhook).Order("id desc").Find(&cs).Error
	return cs, known(err, "webhooks")
}

// Hooked lists the organisations that have webhooks.
func (s *Store) Hooked(ctx context.Context) ([]string, error) {
	var orgs []string
	err := s.db(ctx).Raw("select distinct org_id from channels where kind = 'webhook' and gone_at is null").Scan(&orgs).Error
	return orgs, known(err, "webhooks")
}

// AddChannel adds a channel.
func (o OrgEdit) AddChannel(ctx context.Context, c feedback.Channel) error {
	o.touch()
	c.OrgID = o.org
	return known(o.db(ctx).Create(&c).Error, "add channel")
}

// SaveChannel writes what may change of a channel in use.
func (o OrgEdit) SaveChannel(ctx context.Context, c feedback.Channel) error {
	res := o.db(ctx).Model(&feedback.Channel{}).Where("id = ? and org_id = ? and gone_at is null", c.ID, o.org).
		Select("venue_id", "name", "address", "session", "events", "secret", "old_secret", "old_until", "paused_at").Updates(&c)
	return changed(res, "save channel")
}

// TriedChannel is [Edit.TriedChannel], across venues.
func (o OrgEdit) TriedChannel(ctx context.Context, id string, at time.Time, outcome feedback.Outcome) error {
	return tried(o.db(ctx), o.org, id, at, outcome)
}

// ForgetChannel ends a channel: nothing is sent to it any more. why is what its
// last outcome says from then on.
func (o OrgEdit) ForgetChannel(ctx context.Context, id string, at time.Time, why feedback.Outcome) error {
	set := map[string]any{"gone_at": ms(at), "last_err": why}
	return changed(forget(o.db(ctx), o.org).Where("id = ?", id).Updates(set), "forget channel")
}

// Subscribed lists the push subscriptions of one endpoint, by its hash, also
// those that ended, the newest first.
func (o OrgView) Subscribed(ctx context.Context, endpoint string) ([]feedback.Channel, error) {
	var cs []feedback.Channel
	err := o.db(ctx).Where("org_id = ? and kind = ? and secret = ?", o.org, feedback.ChannelPush, endpoint).Order("id desc").Find(&cs).Error
	return cs, known(err, "push subscriptions")
}

// forgetPushes ends the push subscriptions of somebody's sessions, but for one
// session to keep.
func (o OrgEdit) forgetPushes(ctx context.Context, person, keep string, at time.Time) error {
	return known(forget(o.db(ctx), o.org).Where("person_id = ? and kind = ? and session <> ?", person, feedback.ChannelPush, keep).
		Update("gone_at", ms(at)).Error, "forget pushes")
}

// forgetPush ends the push subscription of one session.
func (t Tx) forgetPush(ctx context.Context, session string, at time.Time) error {
	return known(t.db(ctx).Model(&feedback.Channel{}).Where("session = ? and session <> '' and gone_at is null", session).
		Update("gone_at", ms(at)).Error, "forget push")
}
