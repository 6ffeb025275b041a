package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// AddAlert adds an alert.
func (e Edit) AddAlert(ctx context.Context, a feedback.Alert) error {
	a.VenueID = e.venue
	return known(e.db(ctx).Create(&a).Error, "add alert")
}

// AlertsSince lists the venue's alerts that began at or after a moment, the
// oldest first.
func (v View) AlertsSince(ctx context.Context, since time.Time) ([]feedback.Alert, error) {
	var as []feedback.Alert
	err := v.rows(ctx).Where("started_at >= ?", ms(since)).Order("started_at, id").Find(&as).Error
	return as, known(err, "alerts")
}

// JoinAlert makes a report part of an alert. It is no change that anybody could
// have missed: the version stays.
func (e Edit) JoinAlert(ctx context.Context, report, alert string) error {
	return known(e.rows(ctx).Model(&feedback.Report{}).Where("id = ?", report).Update("alert_id", alert).Error, "join alert")
}

// LongestOpenIn is the report of an alert that waits longest of those that nobody
// has taken, or [feedback.ErrNotFound]. An alert may have hundreds.
func (v View) LongestOpenIn(ctx context.Context, alert string) (r feedback.Report, err error) {
	err = v.rowsOf(ctx, "reports").Table("reports").Where("alert_id = ? and alert_id <> '' and status = 'open'", alert).
		Order("since, id").Take(&r).Error
	return r, known(err, "longest open report of alert")
}

// Callers lists which reports of an alert, and of the others that began at its table
// at or after a moment, have called people.
func (v View) Callers(ctx context.Context, alert, table string, since time.Time) ([]feedback.Caller, error) {
	var cs []feedback.Caller
	err := v.db(ctx).Raw(`select d.report_id, min(d.created_at) as first, max(d.created_at) as last
		from (select id from alerts where `+ours+` and table_id = ? and id = ?
			union select id from alerts where `+ours+` and table_id = ? and started_at >= ?) as a
		join deliveries d on d.alert_id = a.id and d.alert_id <> ''
		group by d.report_id order by d.report_id`, v.venue, v.org, table, alert, v.venue, v.org, table, ms(since)).Scan(&cs).Error
	return cs, known(err, "callers")
}

// Escalation is how the venue brings reports to people.
func (v View) Escalation(ctx context.Context) (feedback.Escalation, error) {
	var es []feedback.Escalation
	err := v.rows(ctx).Limit(1).Find(&es).Error
	if err != nil || len(es) == 0 {
		e := feedback.DefaultEscalation()
		e.VenueID = v.venue
		return e, known(err, "escalation")
	}
	return es[0], nil
}

// SaveEscalation writes how the venue brings reports to people.
func (e Edit) SaveEscalation(ctx context.Context, es feedback.Escalation) error {
	e.touch()
	es.VenueID = e.venue
	return known(e.db(ctx).Save(&es).Error, "save escalation")
}

// Duties lists when people are on duty in the venue, of those who may work
// there, by name.
func (v View) Duties(ctx context.Context) ([]feedback.Duty, error) {
	var ds []feedback.Duty
	err := v.rowsOf(ctx, "duties").Table("duties").Select("duties.*, p.name as person_name").
		Joins("join people p on p.id = duties.person_id and p.disabled_at is null").
		Where("p.role <> '' or exists (select 1 from memberships m where m.person_id = p.id and m.venue_id = duties.venue_id)").
		Order("lower(p.name), p.id").Find(&ds).Error
	return ds, known(err, "duties")
}

// SaveDuty writes when somebody is on duty.
func (e Edit) SaveDuty(ctx context.Context, d feedback.Duty) error {
	e.touch()
	d.VenueID = e.venue
	return known(e.db(ctx).Save(&d).Error, "save duty")
}

// Callable says whether a report can call anybody but by the screens: somebody
// has a channel, or the venue plans who is on duty.
func (v View) Callable(ctx context.Context) (bool, error) {
	var n int64
	err := v.db(ctx).Raw(`select count(*) from (select 1 from channels where org_id = ? and gone_at is null and kind <> 'webhook'
		union all select 1 from duties where venue_id = ? limit 1) as c`, v.org, v.venue).Scan(&n).Error
	return n > 0, known(err, "callable")
}
