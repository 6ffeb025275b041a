-- Words of reports, to be searched: a row of words_index has the id of its
-- report's row in words_of. What is taken out leaves no term behind.
create table words_of (
	id        integer primary key,
	venue_id  text not null references venues (id),
	report_id text not null unique
) strict;
create virtual table words_index using fts5 (venue, words, tokenize = 'unicode61 remove_diacritics 0');
insert into words_index (words_index, rank) values ('secure-delete', 1);
