package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Filter narrows a list of reports; zero fields do not.
type Filter struct {
	IDs      []string // only these
	Statuses []feedback.Status
	Kind     feedback.Kind
	Table    string // id or name
	Cause    string
	Trust    feedback.Trust
	FollowUp bool               // only what came after the visit was closed
	Counted  bool               // only what figures are made of: no tests
	Verdicts []feedback.Verdict // the empty one: no answer
	Silent   time.Time          // only resolved whose guests had let the time to answer pass at this moment
	Asked    time.Time          // only resolved whose guests could still answer
	Lapsed   time.Time          // only those promised that nobody took in time, as of this moment
	Settled  bool               // only those settled afterwards
	From, To time.Time          // sent at or after, and before
	FromDay  string             // of this service day or later ("2026-11-22")
	ToDay    string             // of this service day or earlier
	Query    string             // beginnings of words that the guest wrote, all of them
	After    string             // only reports older than this id
	Limit    int                // 0: 50
}

// only says whether the filter asks for no other statuses.
func (f Filter) only(statuses ...feedback.Status) bool {
	return !slices.ContainsFunc(f.Statuses, func(s feedback.Status) bool { return !slices.Contains(statuses, s) })
}

// inOrder sorts reports by their ids, for queries of a few of them: asked for in this
// order, SQLite may go through all the reports that the venue has.
func inOrder(rs []feedback.Report) []feedback.Report {
	slices.SortFunc(rs, func(a, b feedback.Report) int { return strings.Compare(a.ID, b.ID) })
	return rs
}

// Report returns one report that the actor may see, or [feedback.ErrNotFound].
func (v View) Report(ctx context.Context, id string) (feedback.Report, error) {
	var r feedback.Report
	err := v.reports(ctx).Where("reports.id = ?", id).Take(&r).Error
	if v.veils() {
		r.Veil()
	}
	return r, known(err, "report")
}

// Reports lists reports, newest first.
func (v View) Reports(ctx context.Context, f Filter) ([]feedback.Report, error) {
	q := v.reports(ctx)
	if len(f.IDs) > 0 {
		q = q.Where("reports.id in ?", f.IDs)
	}
	if len(f.Statuses) > 0 {
		q = q.Where("reports.status in ?", f.Statuses)
		switch only := f.only; { // what has an index is few, and need not be looked for among all
		case only(feedback.Open, feedback.Taken):
			q = q.Where("reports.id in (select id from reports where venue_id = ? and status in ('open', 'taken'))", v.venue)
		case only(feedback.Unresolved, feedback.Dismissed):
			q = q.Where("reports.status in ('unresolved', 'dismissed')")
		}
	}
	if f.Kind != "" {
		q = q.Where("reports.kind = ?", f.Kind)
	}
	if f.Table != "" {
		q = q.Where("reports.table_id = ? or t.name = ?", f.Table, f.Table)
	}
	if f.Cause != "" {
		q = q.Where(`reports.causes like ? escape '\'`, "%"+literal(`"`+f.Cause+`"`)+"%")
	}
	if f.Trust != "" {
		q = q.Where("reports.trust = ?", f.Trust)
	}
	if f.FollowUp {
		q = q.Where("reports.follow_up")
	}
	if f.Counted {
		q = q.Where("not reports.test")
	}
	if !f.From.IsZero() {
		q = q.Where("reports.created_at >= ?", ms(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("reports.created_at < ?", ms(f.To))
	}
	if len(f.Verdicts) > 0 {
		q = q.Where("reports.verdict in ?", f.Verdicts)
	}
	if !f.Silent.IsZero() {
		q = q.Where("reports.status = 'resolved' and reports.verdict = '' and reports.ended_at <= ?", ms(f.Silent.Add(-feedback.NoAnswerAfter)))
	}
	if !f.Asked.IsZero() {
		q = q.Where("reports.status = 'resolved' and reports.verdict = '' and reports.ended_at > ?", ms(f.Asked.Add(-feedback.NoAnswerAfter)))
	}
	if !f.Lapsed.IsZero() {
		q = q.Where(lapsed, ms(f.Lapsed))
	}
	if f.Settled {
		q = q.Where("reports.followed = 'settled'")
	}
	if f.FromDay != "" {
		q = q.Where("reports.day >= ?", f.FromDay)
	}
	if f.ToDay != "" {
		q = q.Where("reports.day <= ?", f.ToDay)
	}
	if f.Query != "" {
		var err error
		if q, err = v.search(ctx, q, f.Query); err != nil {
			return nil, err
		}
	}
	if f.After != "" {
		q = q.Where("reports.id < ?", f.After)
	}
	q = f.near(q)
	if f.Limit == 0 {
		f.Limit = 50
	}
	if len(f.IDs) == 0 && v.veils() { // what it is about would show by what finds it
		q = q.Where("reports.urgent <> ?", feedback.Unsafe)
	}
	var rs []feedback.Report
	err := q.Order("reports.id desc").Limit(f.Limit).Find(&rs).Error
	return v.veil(rs), known(err, "reports")
}

// near bounds the ids of a period, so that a list of few does not walk through
// all that the venue ever had: ids are as old as their reports, to the day, and a
// service day begins and ends within a day of its date.
func (f Filter) near(q *gorm.DB) *gorm.DB {
	const day = 24 * time.Hour
	from, to := f.From, f.To
	if first, err := time.Parse(time.DateOnly, f.FromDay); err == nil && first.After(from) {
		from = first
	}
	if last, err := time.Parse(time.DateOnly, f.ToDay); err == nil && to.IsZero() {
		to = last.Add(2 * day)
	}
	if !from.IsZero() {
		q = q.Where("reports.id >= ?", firstID(from.Add(-2*day)))
	}
	if !to.IsZero() {
		q = q.Where("reports.id < ?", firstID(to.Add(2*day)))
	}
	return q
}

// Board lists what the board of a venue shows: everything that waits, and what
// ended or was praised since. Of a burst only what somebody has acted on is
// among it, see [View.Bursts]: what is left of it must not crowd out the rest.
func (v View) Board(ctx context.Context, since time.Time) ([]feedback.Report, error) {
	var rs []feedback.Report
	err := v.reports(ctx).
		Where(`reports.id in (select id from reports where venue_id = ? and status in ('open', 'taken')
			union all select id from reports where venue_id = ? and id >= ? and created_at >= ? and status in ('resolved', 'noted'))`,
			v.venue, v.venue, firstID(since.Add(-idSlack)), ms(since)).
		Where("reports.burst_id = '' or reports.status not in ('open', 'noted')").
		Order("reports.due_at, reports.id").Limit(500).Find(&rs).Error
	return v.veil(rs), known(err, "board")
}

// Waiting is how many issues wait for somebody, of those the actor may see. What
// is left of bursts waits to be checked, and is not counted.
func (v View) Waiting(ctx context.Context) (int, error) {
	var n int64
	err := v.rowsOf(ctx, "reports").Table("reports").Where("reports.status in ('open', 'taken')").
		Where("reports.burst_id = '' or reports.status <> 'open'").Where("not " + v.hidden("reports")).Count(&n).Error
	return int(n), known(err, "waiting")
}

// Queue lists at most limit reports that are open or taken, oldest promise
// first. It takes the same time however many others there are.
func (v View) Queue(ctx context.Context, limit int) ([]feedback.Report, error) {
	var rs []feedback.Report
	err := v.reports(ctx).Where("reports.status in ('open', 'taken')").
		Order("reports.due_at, reports.id").Limit(limit).Find(&rs).Error
	return v.veil(rs), known(err, "queue")
}

// reports starts a query over the reports that the actor may see, joined with
// what every screen shows of them.
func (v View) reports(ctx context.Context) *gorm.DB {
	q := v.rowsOf(ctx, "reports").Table("reports").Select(`reports.*,
			t.name as table_name, coalesce(a.name, '') as area_name, coalesce(p.name, '') as taken_name,
			(select count(*) from messages m where m.report_id = reports.id and m.from_guest and not exists (
				select 1 from messages s where s.report_id = m.report_id and not s.from_guest and not s.internal and s.id > m.id)) as unread,
			coalesce(last.text, '') as last_text, coalesce(last.id, '') as last_id,
			case when last.from_guest then 'guest' else coalesce(last.person_id, '') end as last_from`).
		Joins("join tables t on t.id = reports.table_id and t.venue_id = reports.venue_id").
		Joins("left join areas a on a.id = t.area_id and a.venue_id = reports.venue_id").
		Joins("left join people p on p.id = reports.taken_by").
		Joins(`left join messages last on last.id = (select m.id from messages m
			where m.report_id = reports.id and not m.internal order by m.id desc limit 1)`)
	if v.actor.Kind == feedback.ByGuest {
		return q.Where("reports.id = ?", v.actor.ID)
	}
	return q.Where("not " + v.hidden("reports"))
}

// veils says whether "I don't feel safe" is shown veiled. Inside a transaction
// it never is: what is read there is written back.
func (v View) veils() bool { return v.tx == nil && feedback.VeiledFor(v.actor, v.venue) }

func (v View) veil(rs []feedback.Report) []feedback.Report {
	if v.veils() {
		for i := range rs {
			rs[i].Veil()
		}
	}
	return rs
}

// UrgentSince is the newest report of one tap of a kind at a table, sent at or
// after a moment. It fails with [feedback.ErrNotFound] when there is none.
func (v View) UrgentSince(ctx context.Context, table string, kind feedback.Urgent, at time.Time) (string, error) {
	var r feedback.Report
	err := v.rows(ctx).Select("id").Where("table_id = ? and urgent = ? and urgent <> '' and created_at >= ?", table, kind, ms(at)).
		Where("status <> ?", feedback.Dismissed).Order("created_at desc").Take(&r).Error
	return r.ID, known(err, "urgent report")
}

// hidden is the SQL of [feedback.Report.VisibleTo] turned round, for the report
// called alias.
func (v View) hidden(alias string) string {
	switch {
	case v.actor.Kind == feedback.BySystem: // timers act on what nobody reads yet
		return "(1 = 0)"
	case v.actor.Role(v.venue).AtLeast(feedback.Manager):
		return fmt.Sprintf("(%s.held_until is not null)", alias)
	case v.actor.Role(v.venue).AtLeast(feedback.Staff):
		return fmt.Sprintf(`coalesce(%[1]s.held_until is not null or %[1]s.off_floor or %[1]s.handling in ('manager_only', 'manager_later') or %[1]s.causes like '%%"staff"%%', 1 = 0)`, alias)
	}
	return "(1 = 1)"
}

// literal keeps % and _ in s from being wildcards of like.
func literal(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r == '%' || r == '_' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// AddReport adds a report. It is the hot path: prepared SQL, no reflection.
func (e Edit) AddReport(ctx context.Context, r feedback.Report) error {
	causes, err := json.Marshal(r.Causes)
	if err != nil {
		return err
	}
	if r.Causes == nil {
		causes = []byte("[]")
	}
	r.VenueID = e.venue
	e.news.added(r)
	const insert = `
		insert into reports (id, venue_id, table_id, visit_id, code_id, kind, status, rating, causes, words, handling,
			language, trust, moment, server, follow_up, to_check, burst_id, test, wrote_by, version, day, hour, created_at, due_at, since, level, urgent, held_until, salt)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return known(e.exec(ctx, insert, r.ID, e.venue, r.TableID, r.VisitID, r.CodeID, string(r.Kind), string(r.Status), r.Rating,
		string(causes), r.Words, r.Handling, r.Language, string(r.Trust), r.Moment, r.Server, r.FollowUp, r.ToCheck, r.BurstID, r.Test, r.WroteBy,
		r.Version, r.Day, r.Hour, ms(r.CreatedAt), ms(r.DueAt), ms(r.Since), r.Level, string(r.Urgent), ms(r.HeldUntil), r.Salt), "add report")
}

// Advance saves what a verb changed of a report and raises its version. It
// fails with [feedback.ErrConflict] when somebody else changed it first.
func (e Edit) Advance(ctx context.Context, r *feedback.Report) error {
	was := r.Version
	r.Version++
	res := e.rows(ctx).Model(&feedback.Report{}).Where("id = ? and version = ?", r.ID, was).
		Select("table_id", "kind", "status", "handling", "taken_by", "not_for", "level", "alert_id", "ahead", "actions", "cost", "note", "reason",
			"verdict", "said", "reopenings", "version", "taken_at", "answered_at", "ended_at", "due_at", "since", "active_at", "called_at", "off_floor", "page_ended_at", "held_until",
			"words", "salt", "causes", "to_check", "burst_id", "team_saw", "guest_saw", "done_at", "undo_to", "undo_by", "undo_at", "followed", "followed_at").
		Updates(r)
	if res.Error == nil && res.RowsAffected == 0 {
		return known(feedback.ErrConflict, "report "+r.ID)
	}
	return known(res.Error, "advance report")
}

// ReportOwner returns the actor that the guest of a report is, for a status
// token that was checked.
func (s *Store) ReportOwner(ctx context.Context, id string) (feedback.Actor, error) {
	var row struct{ OrgID, VenueID string }
	err := s.db(ctx).Raw(`select venues.org_id, reports.venue_id from reports
		join venues on venues.id = reports.venue_id where reports.id = ?`, id).Take(&row).Error
	return feedback.Actor{Kind: feedback.ByGuest, Org: row.OrgID, Venue: row.VenueID, ID: id}, known(err, "report")
}

// AddContact adds how the guest wants to be reached.
func (e Edit) AddContact(ctx context.Context, c feedback.Contact) error {
	c.VenueID = e.venue
	return known(e.db(ctx).Create(&c).Error, "add contact")
}

// Contact returns how the guest wants to be reached; an empty one when they
// left none or it was erased. Who may see it is the caller's question.
func (v View) Contact(ctx context.Context, report string) (feedback.Contact, error) {
	var c feedback.Contact
	err := v.rows(ctx).Where("report_id = ?", report).Limit(1).Find(&c).Error
	return c, known(err, "contact")
}

// EraseContact removes contact details and says whether there were any. On
// SQLite a backup that is restored later forgets them too.
func (e Edit) EraseContact(ctx context.Context, report string) (bool, error) {
	res := e.rows(ctx).Where("report_id = ?", report).Delete(&feedback.Contact{})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, known(res.Error, "erase contact")
	}
	return true, e.erased.note(erasedContact, report)
}

// EraseText removes words, verdict words, notes and messages of a report, and
// what its incident record says of the guest, with their salts, and the rows of
// its photos. The fact, its times and its outcome stay. On SQLite a backup that
// is restored later forgets them too.
func (e Edit) EraseText(ctx context.Context, report string) error {
	err := e.rows(ctx).Model(&feedback.Report{}).Where("id = ?", report).
		Updates(map[string]any{"words": "", "said": "", "note": "", "salt": nil}).Error
	if err != nil {
		return known(err, "erase words")
	}
	err = e.rows(ctx).Model(&feedback.Message{}).Where("report_id = ?", report).
		Updates(map[string]any{"text": "", "salt": nil}).Error
	if err != nil {
		return known(err, "erase messages")
	}
	if err := e.unindex(ctx, report); err != nil {
		return err
	}
	if err := e.eraseIncident(ctx, report); err != nil {
		return err
	}
	if err := e.rows(ctx).Where("report_id = ?", report).Delete(&feedback.Photo{}).Error; err != nil {
		return known(err, "erase photos")
	}
	return e.erased.note(erasedText, report)
}

// Messages lists a report's messages, oldest first; internal ones only when
// asked for.
func (v View) Messages(ctx context.Context, report string, internal bool) ([]feedback.Message, error) {
	r, err := v.Report(ctx, report)
	if err != nil || r.Veiled {
		return nil, err
	}
	q := v.rowsOf(ctx, "messages").Table("messages").Select("messages.*, coalesce(p.name, '') as person_name").
		Joins("left join people p on p.id = messages.person_id").Where("messages.report_id = ?", report)
	if !internal {
		q = q.Where("not messages.internal")
	}
	var out []feedback.Message
	err = q.Order("messages.id").Find(&out).Error
	return out, known(err, "messages")
}

// AddMessage adds a message.
func (e Edit) AddMessage(ctx context.Context, m feedback.Message) error {
	m.VenueID = e.venue
	return known(e.db(ctx).Create(&m).Error, "add message")
}
