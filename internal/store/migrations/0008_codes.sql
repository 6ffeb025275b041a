-- Visits and reports that only try things out: they call nobody and are in no
-- figure. A check number of a test and a real one never mean the same visit.
alter table visits add column test {{bool}} not null default false;
alter table reports add column test {{bool}} not null default false;
drop index visits_by_check;
create unique index visits_by_check on visits (venue_id, check_no, test) where closed_at is null and check_no <> '';
