package store

import (
	"context"
	"database/sql"
	"errors"
)

// Multiply fills a SQLite database that nobody uses with n resolved and
// unresolved reports of the last two years, spread over its venues, for
// benchmarks. It writes no timeline, and nothing it writes is safe before it
// returns.
func Multiply(ctx context.Context, file string, n int) (err error) {
	db, err := sql.Open("sqlite", sqliteURI(file, "mode=rw&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `
		with recursive
			seat (place, venue_id, table_id) as (
				select row_number() over (order by venue_id) - 1, venue_id, min(id) from tables group by venue_id),
			number (i) as (select 0 union all select i + 1 from number where i < ? - 1),
			draft as (select i, (unixepoch() - 63072000 + i * 63072000.0 / ?) * 1000 as at from number)
		insert into reports (id, venue_id, table_id, visit_id, code_id, kind, status, rating, causes, words, handling, language, trust, server,
			follow_up, to_check, wrote_by, taken_by, version, day, hour, created_at, taken_at, ended_at, due_at, since, verdict)
		select printf('%08x-%04x-7%03x-8000-%012x', cast(at as integer) >> 16, cast(at as integer) & 65535, i % 4096, i),
			seat.venue_id, seat.table_id, '', '', 'issue', case when i % 7 = 0 then 'unresolved' else 'resolved' end, 1 + i % 3,
			case i % 3 when 0 then '["cold"]' when 1 then '["slow","staff"]' else '[]' end, 'The soup came cold', 'come_over', 'en', 'table', '',
			0, 0, '', '', 3, date(at / 1000, 'unixepoch'), i % 24, cast(at as integer), cast(at as integer) + 60000 + i % 120000,
			cast(at as integer) + 300000 + i % 600000, cast(at as integer) + 180000, cast(at as integer), case i % 4 when 0 then 'yes' else '' end
		from draft join seat on seat.place = i % (select count(*) from seat)`, n, n)
	return err
}
