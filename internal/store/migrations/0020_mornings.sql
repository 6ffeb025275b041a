-- Until which morning programs were told what became of a venue's issues. done is the last morning
-- ("2026-11-29") of which an event was written.
create table mornings (
	venue_id text not null references venues (id),
	what     text not null,
	done     text not null,
	primary key (venue_id, what)
){{table}};
