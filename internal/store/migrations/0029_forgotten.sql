-- forgotten is how far the words of a venue's reports are gone: of all that are
-- older than this id.
create table forgotten (
	venue_id  text primary key references venues (id),
	report_id text not null
){{keyed}};
