package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// FollowUp is a report whose guest can be reached and waits for it.
type FollowUp struct {
	feedback.Report
	ByPhone, ByEmail bool
	ExpiresAt        time.Time // then the contact details are erased
}

// maxFollowUps bounds how many follow-ups a page lists.
const maxFollowUps = 500

// following is the SQL of [feedback.Report.FollowsUp].
const following = `(reports.kind = 'issue' and not reports.test and reports.followed <> 'settled' and (reports.status = 'unresolved'
	or reports.status in ('open', 'taken') and (reports.follow_up or reports.handling in ('contact_later', 'manager_later')) and reports.causes not like '%"safety"%'))`

// mayFollow are the reports that [following] may be true of, from indexes alone:
// of those whose guests left a way to be reached the unresolved ones, and all that
// wait. The cross join keeps SQLite from going through all that were ever
// unresolved.
const mayFollow = `select r.id from contacts c cross join reports r
		where c.venue_id = ? and r.venue_id = c.venue_id and r.id = c.report_id and r.status = 'unresolved' and r.status in ('unresolved', 'dismissed')
	union all select id from reports where venue_id = ? and status in ('open', 'taken')`

// lapsed is the SQL of [feedback.Report.Lapsed].
const lapsed = `(reports.kind = 'issue' and reports.status <> 'dismissed' and not reports.test and not reports.to_check and reports.handling <> 'just_telling'
	and (not (reports.follow_up or reports.handling in ('contact_later', 'manager_later')) or reports.causes like '%"safety"%')
	and case when reports.taken_at is null then reports.due_at < ?
		when reports.taken_at < reports.since and reports.due_at > reports.since then reports.taken_at > reports.created_at + reports.due_at - reports.since
		else reports.taken_at > reports.due_at end)`

// FollowUps lists the reports whose guests left a way to be reached and wait for
// it; those whose contact details are erased next come first. The details are
// the desk's to show.
func (v View) FollowUps(ctx context.Context) ([]FollowUp, error) {
	var contacts []feedback.Contact
	err := v.contactsToFollow(ctx).Select("contacts.*").Order("contacts.expires_at, contacts.report_id").Limit(maxFollowUps).Find(&contacts).Error
	if err != nil || len(contacts) == 0 {
		return nil, known(err, "follow-ups")
	}
	by := map[string]feedback.Contact{}
	f := Filter{Limit: len(contacts)}
	for _, c := range contacts {
		f.IDs, by[c.ReportID] = append(f.IDs, c.ReportID), c
	}
	rs, err := v.Reports(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]FollowUp, len(rs))
	for i, r := range rs {
		c := by[r.ID]
		out[i] = FollowUp{Report: r, ByPhone: c.Phone != "", ByEmail: c.Email != "", ExpiresAt: c.ExpiresAt}
	}
	slices.SortFunc(out, func(a, b FollowUp) int {
		if soon := a.ExpiresAt.Compare(b.ExpiresAt); soon != 0 {
			return soon
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return out, nil
}

// ToFollow is how many guests wait to be reached.
func (v View) ToFollow(ctx context.Context) (int, error) {
	var n int64
	err := v.contactsToFollow(ctx).Count(&n).Error
	return int(n), known(err, "guests to follow up")
}

func (v View) contactsToFollow(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "contacts").Table("contacts").
		Joins("join reports on reports.id = contacts.report_id").
		Where("contacts.report_id in ("+mayFollow+")", v.venue, v.venue).
		Where("contacts.phone <> '' or contacts.email <> ''").Where(following).Where("not " + v.hidden("reports"))
}
