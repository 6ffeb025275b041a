-- What keeps coming up: one open task for a cause in one area or hour.
create table tasks (
	id        text primary key,
	venue_id  text not null references venues (id),
	cause     text not null,
	scope     text not null,
	place     text not null,
	reports   integer not null,
	opened_at {{time}} not null,
	owner_id  text not null,
	due_on    text not null,
	note      text not null,
	done_at   {{time}}
){{table}};
create index tasks_by_venue on tasks (venue_id);
create unique index tasks_open on tasks (venue_id, cause, scope, place) where done_at is null;
