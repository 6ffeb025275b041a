-- The facts of a day are kept in parts of some hundred reports: what comes in on a
-- busy day is added to the last.
create table parts (
	venue_id text not null references venues (id),
	day      text not null,
	part     {{long}} not null,
	data     {{blob}} not null,
	primary key (venue_id, day, part)
){{table}};
insert into parts (venue_id, day, part, data) select venue_id, day, 0, data from packs order by venue_id, day;
drop table packs;
alter table parts rename to packs;
