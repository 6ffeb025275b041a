-- What is asked for often takes as long however much a venue has had. A visit
-- that only a scan opened is never closed: its time runs out.
drop index visits_open;
create index visits_open on visits (venue_id, table_id, expires_at) where closed_at is null;
-- Every visit has a code; those of tables are few.
drop index codes_by_table;
create index codes_of_tables on codes (venue_id, table_id) where visit_id = '';
create index codes_of_visits on codes (venue_id, expires_at) where visit_id <> '';
drop index photos_by_report;
drop index photos_by_venue;
create index photos_by_report on photos (venue_id, report_id, size);
drop index walks_by_table;
create index walks_by_time on walks (venue_id, at);
create index audit_by_venue on audit (venue_id, action, id);
drop index deliveries_dead;
create index deliveries_dead on deliveries (venue_id, seen_at) where state = 'dead';
create index events_of_bursts on events (subject) where kind in ('burst.marked', 'burst.cleared');
create index jobs_dead on jobs (id) where dead_at is not null;
create index invitations_open on invitations (person_id) where used_at is null;
create index sessions_by_device on sessions (device_id) where device_id <> '';
-- What is rare of all that was sent: a report of a guest who is still here is in none of these.
create index reports_ended on reports (venue_id, status, id) where status in ('unresolved', 'dismissed');
create index reports_follow_up on reports (venue_id, id) where follow_up;
