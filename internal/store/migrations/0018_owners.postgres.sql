create table words_of (
	report_id text primary key,
	venue_id  text not null references venues (id),
	words     tsvector not null
);
create index words_index on words_of using gin (words);
