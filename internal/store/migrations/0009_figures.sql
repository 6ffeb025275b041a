-- What figures are read from, kept up along each venue's timeline: the facts of
-- a service day's reports in one value, the counts of a month's days in another,
-- and up to which event both have come. All of it can be made again.
create table rolled (
	venue_id text primary key references venues (id),
	seq      {{long}} not null
){{keyed}};

create table packs (
	venue_id text not null references venues (id),
	day      text not null,
	data     {{blob}} not null,
	primary key (venue_id, day)
){{table}};

create table rollups (
	venue_id text not null references venues (id),
	month    text not null,
	data     {{blob}} not null,
	primary key (venue_id, month)
){{table}};
