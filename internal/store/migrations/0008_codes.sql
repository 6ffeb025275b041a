-- Visits and reports that only try things out: they call nobody and are in no
-- figure. A check number of a test and a real one never mean the same visit.
alter table visits add column test {{bool}} not null default false;
alter table reports add column test {{bool}} not null default false;
drop index visits_by_check;
create unique index visits_by_check on visits (venue_id, check_no, test) where closed_at is null and check_no <> '';

-- The venue's picture beside its codes, as it is printed.
create table logos (
	venue_id   text primary key references venues (id),
	png        {{blob}} not null,
	changed_at {{time}} not null
){{table}};

-- One sticker each that staff looked at when they walked the floor: is it ours,
-- and of this table?
create table walks (
	id       text primary key,
	venue_id text not null,
	table_id text not null,
	by_id    text not null,
	at       {{time}} not null,
	verdict  text not null,
	saw      text not null,
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{table}};
create index walks_by_table on walks (venue_id, table_id, at);

-- A tablet by the door: what guests send there is of this table.
alter table devices add column table_id text not null default '';
