package store

import (
	"context"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// AddIncident opens the record of a report.
func (e Edit) AddIncident(ctx context.Context, i feedback.Incident) error {
	i.VenueID = e.venue
	return known(e.db(ctx).Create(&i).Error, "add incident")
}

// Incident is the record of a report that the actor may see. It fails with
// [feedback.ErrNotFound] when there is none. Who may read it is the caller's
// question.
func (v View) Incident(ctx context.Context, report string) (feedback.Incident, error) {
	if _, err := v.Report(ctx, report); err != nil {
		return feedback.Incident{}, err
	}
	var i feedback.Incident
	err := v.rowsOf(ctx, "incidents").Table("incidents").Select("incidents.*, coalesce(p.name, '') as changed_name").
		Joins("left join people p on p.id = incidents.changed_by").Where("incidents.report_id = ?", report).Take(&i).Error
	return i, known(err, "incident")
}

// SaveIncident writes a record that was changed, and raises its version. It
// fails with [feedback.ErrConflict] when somebody else changed it first.
func (e Edit) SaveIncident(ctx context.Context, i *feedback.Incident) error {
	was := i.Version
	i.Version++
	res := e.rows(ctx).Model(&feedback.Incident{}).Where("report_id = ? and version = ?", i.ReportID, was).
		Select("contact", "meal_at", "eaten", "allergen", "symptoms", "onset_at", "party", "ill", "medication", "help", "kept",
			"on_station", "taken_by", "actions", "authority", "told_at", "version", "changed_at", "changed_by", "salt").Updates(i)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "incident "+i.ReportID)
	}
	return known(res.Error, "save incident")
}

// eraseIncident removes what the record of a report says of the guest.
func (e Edit) eraseIncident(ctx context.Context, report string) error {
	var i feedback.Incident
	err := e.rows(ctx).Where("report_id = ?", report).Limit(1).Find(&i).Error
	if err != nil || i.ReportID == "" {
		return known(err, "incident")
	}
	i.Erase()
	return known(e.rows(ctx).Model(&feedback.Incident{}).Where("report_id = ?", report).
		Select("contact", "eaten", "allergen", "symptoms", "medication", "salt", "version").
		Updates(map[string]any{
			"contact": i.Contact, "eaten": i.Eaten, "allergen": i.Allergen, "symptoms": i.Symptoms,
			"medication": i.Medication, "salt": nil, "version": gorm.Expr("version + 1"),
		}).Error, "erase incident")
}
