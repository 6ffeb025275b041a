package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// withHead is a venue with the number of its newest event.
const withHead = "venues.*, (select seq from heads where venue_id = venues.id) as seq"

// Details returns the venue itself.
func (v View) Details(ctx context.Context) (feedback.Venue, error) {
	var venue feedback.Venue
	err := v.db(ctx).Select(withHead).Where("id = ? and org_id = ?", v.venue, v.org).Take(&venue).Error
	return venue, known(err, "venue")
}

// Exists fails with [feedback.ErrNotFound] for a venue that is out of the
// actor's reach or another organisation's.
func (v View) Exists(ctx context.Context) error {
	var one int
	err := v.one(ctx, []any{&one}, "select 1 from venues where id = ? and org_id = ?", v.venue, v.org)
	return known(err, "venue")
}

// Venues lists the organisation's venues by name.
func (o OrgView) Venues(ctx context.Context) ([]feedback.Venue, error) {
	var venues []feedback.Venue
	err := o.db(ctx).Where("org_id = ?", o.org).Order("name, id").Find(&venues).Error
	return venues, known(err, "venues")
}

// AddVenue adds a venue to the organisation.
func (o OrgEdit) AddVenue(ctx context.Context, venue feedback.Venue) error {
	venue.OrgID = o.org
	if err := o.db(ctx).Create(&venue).Error; err != nil {
		return known(err, "add venue")
	}
	return known(o.exec(ctx, "insert into heads (venue_id, seq) values (?, 0)", venue.ID), "add venue")
}

// SaveDetails writes the venue's settings. What was before now keeps its days and
// shifts by the hours and the zone of then.
func (e Edit) SaveDetails(ctx context.Context, venue feedback.Venue, now time.Time) error {
	e.touch()
	if err := e.keepHours(ctx, venue, now); err != nil {
		return err
	}
	res := e.db(ctx).Model(&feedback.Venue{}).Where("id = ? and org_id = ?", e.venue, e.org).
		Select("name", "country", "time_zone", "currency", "languages", "promise_minutes", "review_links", "hours", "role_only",
			"safety_words", "protocol", "contact_days", "text_months", "causes", "wording", "check_ins", "visit_on_scan").
		Updates(&venue)
	return changed(res, "save venue")
}

// SaveSetup writes at which step setting the venue up stands.
func (e Edit) SaveSetup(ctx context.Context, step feedback.SetupStep) error {
	e.touch()
	res := e.db(ctx).Model(&feedback.Venue{}).Where("id = ? and org_id = ?", e.venue, e.org).Update("setup", step)
	return changed(res, "save setup")
}

// AddOrganisation adds an account; the only row that belongs to nobody yet.
func (t Tx) AddOrganisation(ctx context.Context, org feedback.Organisation) error {
	return known(t.db(ctx).Create(&org).Error, "add organisation")
}

// Empty says whether nothing was set up yet.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := s.db(ctx).Raw("select count(*) from (select 1 from organisations limit 1) as o").Scan(&n).Error
	return n == 0, known(err, "organisations")
}

// Organisations lists all accounts, for the command line and for timers that
// visit each.
func (s *Store) Organisations(ctx context.Context) ([]feedback.Organisation, error) {
	var orgs []feedback.Organisation
	err := s.db(ctx).Order("id").Find(&orgs).Error
	return orgs, known(err, "organisations")
}
