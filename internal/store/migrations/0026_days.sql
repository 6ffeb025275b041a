-- What figures of visits and of alerts are read from. A row is one UTC day of a
-- venue: the facts of the visits that were opened on it and of the calls to
-- reports that were sent on it. marks counts what may have changed them, made
-- says up to which mark they were made; until both are the same, rows are read.
create table days (
	venue_id text not null references venues (id),
	day      {{long}} not null,
	marks    {{long}} not null,
	made     {{long}} not null,
	visits   {{blob}},
	calls    {{blob}},
	primary key (venue_id, day)
){{table}};
create index days_to_make on days (day) where made < marks;
insert into days (venue_id, day, marks, made)
	select venue_id, opened_at / 86400000, 1, 0 from visits
	union select venue_id, created_at / 86400000, 1, 0 from reports;

-- Forms opened of one table's codes and its visits' codes on a service day, tests
-- left out.
create table table_scans (
	venue_id text not null references venues (id),
	day      text not null,
	table_id text not null,
	count    {{long}} not null,
	primary key (venue_id, day, table_id)
){{keyed}};
insert into table_scans (venue_id, day, table_id, count)
	select c.venue_id, s.day, c.table_id, sum(s.count) from scans s join codes c on c.id = s.code_id
		left join visits v on v.id = c.visit_id and c.visit_id <> ''
	where v.id is null or not v.test group by c.venue_id, s.day, c.table_id;
