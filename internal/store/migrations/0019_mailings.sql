-- Who is mailed what of a venue in the morning. done is the last morning
-- ("2026-11-29") whose mail was put into the outbox.
create table mailings (
	venue_id  text not null references venues (id),
	person_id text not null references people (id),
	what      text not null,
	detail    text not null,
	done      text not null,
	primary key (venue_id, person_id, what)
){{table}};
