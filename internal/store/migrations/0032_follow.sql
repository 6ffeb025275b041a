-- Who waits to be reached is told from the index: which of a venue's reports have
-- contact details, before any of them is read.
drop index contacts_by_venue;
create index contacts_by_venue on contacts (venue_id, report_id);
