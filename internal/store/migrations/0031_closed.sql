-- What a venue's hours and zone were, and in which area a table stood, until they
-- were changed: days that are over are counted by them. What stands since then is
-- in venues and tables.
create table past_hours (
	venue_id  text not null references venues (id),
	until     {{time}} not null,
	time_zone text not null,
	hours     {{json}} not null,
	primary key (venue_id, until)
){{keyed}};
create table past_areas (
	venue_id text not null references venues (id),
	table_id text not null,
	until    {{time}} not null,
	area_id  text not null,
	primary key (venue_id, table_id, until),
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{keyed}};
