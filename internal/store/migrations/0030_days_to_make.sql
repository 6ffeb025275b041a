-- Which days of a venue have to be made: one look for each venue, however many
-- days wait.
drop index days_to_make;
create index days_to_make on days (venue_id, day) where made < marks;
