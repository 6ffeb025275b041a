package store

import (
	"context"
	"database/sql"
	"errors"
)

// Multiply fills a SQLite database that nobody uses for benchmarks: n issues
// that ended, of the last two years, spread over the tables of its venues; twice
// as many visits with a code each, scans of these and of the tables' own codes,
// beside those that were counted before; and of the last months alerts, what the
// timeline says of them, contacts and tasks. Figures have to be made of them, see
// [Store.RebuildAll]. Nothing it writes is safe before it returns.
func Multiply(ctx context.Context, file string, n int) (err error) {
	db, err := sql.Open("sqlite", sqliteURI(file, "mode=rw&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, multiplyReports+";"+multiplyVisits+";"+multiplyCodes+";"+multiplyVisitScans+";"+multiplyTableScans+";"+
		multiplyDeliveries+";"+multiplyEvents+";"+multiplyHeads+";"+multiplyContacts+";"+multiplyTasks, n, n)
	return err
}

// Reports come to one table after the other. Every second one is of a visit,
// whose id is made of the same moment and number as in multiplyVisits.
const multiplyReports = `
	with recursive
		seat (place, venue_id, table_id) as (
			select row_number() over (order by substr(id, 25), id) - 1, venue_id, id from tables),
		number (i) as (select 0 union all select i + 1 from number where i < ? - 1),
		draft as (select i, cast((unixepoch() - 63072000 + i * 63072000.0 / ?) * 1000 as integer) as at from number)
	insert into reports (id, venue_id, table_id, visit_id, code_id, kind, status, rating, causes, words, handling, language, trust, server,
		follow_up, to_check, wrote_by, taken_by, version, day, hour, created_at, taken_at, answered_at, ended_at, due_at, since, verdict, actions, cost)
	select printf('%08x-%04x-7%03x-8000-%012x', at >> 16, at & 65535, i % 4096, i), seat.venue_id, seat.table_id,
		case i % 2 when 0 then printf('%08x-%04x-7%03x-9000-%012x', (at - 1200000) >> 16, (at - 1200000) & 65535, i % 4096, i) else '' end,
		'', 'issue', case when i % 7 = 0 then 'unresolved' else 'resolved' end, 1 + i % 3,
		case i % 3 when 0 then '["cold"]' when 1 then '["slow","staff"]' else '[]' end, 'The soup came cold', 'come_over', 'en', 'table', '',
		0, 0, '', '', 3, date(at / 1000, 'unixepoch'), i % 24, at, at + 60000 + i % 240000, at + 90000 + i % 240000,
		at + 300000 + i % 600000, at + 180000, at, case i % 4 when 0 then 'yes' else '' end,
		case when i % 7 = 0 then '[]' else '["apologised","remade"]' end, i % 900
	from draft join seat on seat.place = i % (select count(*) from seat)`

const (
	// A visit of each report's moment, and one from which nothing was sent.
	multiplyVisits = `insert into visits (id, venue_id, table_id, check_no, server, covers, opened_by, opened_at, closed_at, expires_at)
		select printf('%08x-%04x-7%03x-9%03x-%012x', (created_at - 1200000) >> 16, (created_at - 1200000) & 65535, (rowid - 1) % 4096, side, rowid - 1),
			venue_id, table_id, '', '', 1 + rowid % 5, '', created_at - 1200000, created_at + 3600000, created_at + 86400000
		from reports join (select 0 as side union all select 1)`
	multiplyCodes = `insert into codes (id, venue_id, table_id, visit_id, code, short, created_at, expires_at)
		select substr(id, 1, 19) || 'a' || substr(id, 21), venue_id, table_id, id, 'V' || rowid, 'v' || rowid, opened_at, expires_at from visits`
	multiplyVisitScans = `insert or ignore into scans (code_id, day, count, last_at)
		select id, date(created_at / 1000, 'unixepoch'), 1 + rowid % 2, created_at from codes where visit_id <> '' and rowid % 3 > 0`
	multiplyTableScans = `insert or ignore into scans (code_id, day, count, last_at)
		with recursive back (d) as (select 0 union all select d + 1 from back where d < 729)
		select codes.id, date('now', '-' || d || ' days'), 1 + d % 4, unixepoch('now', '-' || d || ' days') * 1000 from codes join back where visit_id = ''`

	// Of the last sixty days: two calls of each report, and what became of them.
	multiplyDeliveries = `insert into deliveries (id, org_id, venue_id, report_id, alert_id, event_seq, channel_id, kind, receiver, person_id, step, what, state, attempts, created_at, ended_at, last_outcome)
		select substr(r.id, 1, 19) || char(98 + step) || substr(r.id, 21), v.org_id, r.venue_id, r.id, '', 0, '', case step when 0 then 'push' else 'screen' end,
			'', '', step, 'new', 'accepted', 1, r.created_at + 180000 * step, r.created_at + 180000 * step, ''
		from reports r join venues v on v.id = r.venue_id join (select 0 as step union all select 1)
		where r.created_at >= (unixepoch() - 60 * 86400) * 1000`
	multiplyEvents = `insert into events (venue_id, seq, kind, at, report_id, subject, by_kind, by_id, data, hash)
		select r.venue_id, h.seq + row_number() over (partition by r.venue_id order by r.id, what.step), what.kind, r.created_at + what.step * 60000, r.id, '',
			what.by, '', '{}', x'00'
		from reports r join heads h on h.venue_id = r.venue_id
			join (select 0 as step, 'report.created' as kind, 'guest' as by union all select 1, 'report.taken', 'person' union all select 5, 'report.resolved', 'person') what
		where r.created_at >= (unixepoch() - 60 * 86400) * 1000`
	multiplyHeads = `update heads set seq = (select coalesce(max(seq), 0) from events where events.venue_id = heads.venue_id)`

	// Who waits to be reached, of the thirty days that contact details are kept, and
	// what was done about what keeps coming up, of ninety.
	multiplyContacts = `insert into contacts (report_id, venue_id, name, phone, email, expires_at)
		select id, venue_id, 'Guest', '+39 06 555', '', created_at + 30 * 86400000 from reports
		where created_at >= (unixepoch() - 30 * 86400) * 1000 and rowid % 20 = 0`
	multiplyTasks = `insert into tasks (id, venue_id, cause, scope, place, reports, opened_at, owner_id, due_on, note, done_at)
		with recursive number (i) as (select 0 union all select i + 1 from number where i < 14)
		select printf('task-%s-%d', v.id, i), v.id, case i % 2 when 0 then 'cold' else 'slow' end, 'hour', printf('%02d', i), 3,
			(unixepoch() - (10 + i) * 86400) * 1000, '', '', '', case when i < 10 then (unixepoch() - (2 + 6 * i) * 86400) * 1000 end
		from venues v join number`
)
