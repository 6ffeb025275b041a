-- The counter of a venue's events changes with each of them. In a table of its
-- own, of short rows, many counters share a page, and what is written with a
-- report gets smaller by the venue's settings.
create table heads (
	venue_id text primary key references venues (id),
	seq      {{long}} not null
){{keyed}};
insert into heads (venue_id, seq) select id, seq from venues;
alter table venues drop column seq;
