-- Reports that came to a table faster than its guests can send: kept together,
-- told once, and set aside or taken back together.
create table bursts (
	id         text primary key,
	venue_id   text not null references venues (id),
	table_id   text not null,
	started_at {{time}} not null,
	last_at    {{time}} not null,
	size       integer not null,
	told_at    {{time}},
	alarmed_at {{time}},
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{table}};
create index bursts_by_time on bursts (venue_id, last_at);
alter table reports add column burst_id text not null default '';
alter table reports add column off_floor {{bool}} not null default false;
create index reports_by_burst on reports (burst_id) where burst_id <> '';
