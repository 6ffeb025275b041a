-- Venues that have had a screen, and since when each has had none that lives
-- while one was expected.
create table screens (
	venue_id text primary key references venues (id),
	lost_at  {{time}}
){{table}};
