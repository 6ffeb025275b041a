package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Scanned finds the code that a guest scanned or typed, by its text or its
// short form, and who the guest therefore is. It fails with
// [feedback.ErrNotFound] for an unknown one; whether it still opens is the
// caller's question.
func (s *Store) Scanned(ctx context.Context, text string) (feedback.Code, feedback.Actor, error) {
	var row struct {
		feedback.Code
		OrgID string
	}
	err := s.db(ctx).Raw(`
		select codes.*, venues.org_id, t.name as table_name, coalesce(a.name, '') as area_name
		from codes
		join venues on venues.id = codes.venue_id
		join tables t on t.id = codes.table_id
		left join areas a on a.id = t.area_id
		where codes.code = ? or codes.short = ?`, text, text).Take(&row).Error
	if err != nil {
		return feedback.Code{}, feedback.Actor{}, known(err, "code")
	}
	return row.Code, feedback.Actor{Kind: feedback.ByGuest, Org: row.OrgID, Venue: row.VenueID, ID: row.Code.ID}, nil
}

// Codes lists the codes that can be scanned at now and those that were
// withdrawn in the last 30 days, tables in their order, with their scans of the
// last 28 days.
func (v View) Codes(ctx context.Context, now time.Time) ([]feedback.Code, error) {
	var codes []feedback.Code
	err := v.codes(ctx, now).
		Where(`codes.id in (select id from codes where venue_id = ? and visit_id = ''
			union all select id from codes where venue_id = ? and visit_id <> '' and expires_at > ?)`, v.venue, v.venue, ms(now)).
		Where("codes.revoked_at is null or codes.revoked_at > ?", ms(now.AddDate(0, 0, -30))).
		Where("codes.ends_at is null or codes.ends_at > ?", ms(now.AddDate(0, 0, -30))).
		Where("t.removed_at is null").
		Order("t.position, t.name, codes.id").Find(&codes).Error
	return codes, known(err, "codes")
}

// Code returns one code.
func (v View) Code(ctx context.Context, id string) (feedback.Code, error) {
	var code feedback.Code
	err := v.codes(ctx, time.Time{}).Where("codes.id = ?", id).Take(&code).Error
	return code, known(err, "code")
}

// CodeNamed returns the code that is scanned or typed so, whether it works or not.
func (v View) CodeNamed(ctx context.Context, text string) (feedback.Code, error) {
	var code feedback.Code
	err := v.codes(ctx, time.Time{}).Where("codes.code = ? or codes.short = ?", text, text).Take(&code).Error
	return code, known(err, "code")
}

// CodesOf lists the codes of a table, or of a visit when it is named, that can
// be scanned at now, newest first.
func (v View) CodesOf(ctx context.Context, table, visit string, now time.Time) ([]feedback.Code, error) {
	q := v.codes(ctx, now).Where("codes.table_id = ? and codes.visit_id = ''", table)
	if visit != "" {
		q = v.codes(ctx, now).Where("codes.table_id = ? and codes.id in (select id from codes where visit_id = ? and visit_id <> '')", table, visit)
	}
	var codes []feedback.Code
	err := q.Where("codes.revoked_at is null").Where("codes.ends_at is null or codes.ends_at > ?", ms(now)).
		Order("codes.id desc").Find(&codes).Error
	return codes, known(err, "codes")
}

func (v View) codes(ctx context.Context, now time.Time) *gorm.DB {
	return v.rowsOf(ctx, "codes").Table("codes").
		Select(`codes.*, t.name as table_name, coalesce(a.name, '') as area_name,
			coalesce((select sum(s.count) from scans s where s.code_id = codes.id and s.day > ?), 0) as scans,
			(select s.last_at from scans s where s.code_id = codes.id order by s.day desc limit 1) as scanned_at`,
			now.AddDate(0, 0, -28).UTC().Format(time.DateOnly)).
		Joins("join tables t on t.id = codes.table_id and t.venue_id = codes.venue_id").
		Joins("left join areas a on a.id = t.area_id and a.venue_id = codes.venue_id")
}

// AddCode adds a code.
func (e Edit) AddCode(ctx context.Context, code feedback.Code) error {
	e.touch()
	code.VenueID = e.venue
	if err := e.db(ctx).Create(&code).Error; err != nil {
		return known(err, "add code")
	}
	return markVisit(ctx, e.handle, code.ID)
}

// EndCode writes when a code stops to work.
func (e Edit) EndCode(ctx context.Context, code feedback.Code) error {
	e.touch()
	res := e.rows(ctx).Model(&feedback.Code{}).Where("id = ?", code.ID).
		Select("ends_at", "revoked_at").Updates(&code)
	return changed(res, "end code")
}

// Scan is how often a code's form was opened since it was last written down.
type Scan struct {
	Code   string // id
	Day    string // service day
	Count  int64
	LastAt time.Time
}

// AddScans adds counted scans.
func (t Tx) AddScans(ctx context.Context, scans []Scan) error {
	for _, s := range scans {
		err := t.db(ctx).Exec(`
			insert into scans (code_id, day, count, last_at) values (?, ?, ?, ?)
			on conflict (code_id, day) do update
			set count = scans.count + excluded.count, last_at = excluded.last_at`,
			s.Code, s.Day, s.Count, ms(s.LastAt)).Error
		if err != nil {
			return known(err, "add scans")
		}
		const add = `
			insert into table_scans (venue_id, day, table_id, count)
			select c.venue_id, cast(? as text), c.table_id, cast(? as bigint) from codes c left join visits v on v.id = c.visit_id and c.visit_id <> ''
			where c.id = ? and (v.id is null or not v.test)
			on conflict (venue_id, day, table_id) do update set count = table_scans.count + excluded.count`
		if err := t.db(ctx).Exec(add, s.Day, s.Count, s.Code).Error; err != nil {
			return known(err, "add scans")
		}
		if err := markVisit(ctx, t.handle, s.Code); err != nil {
			return err
		}
	}
	return nil
}
