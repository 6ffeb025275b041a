-- At which step setting a venue up stands; empty when it is behind us. A kiosk is
-- an address of a table's code and needs no device. What became of a visit is
-- read from its reports.
alter table venues add column setup text not null default '';
alter table devices drop column table_id;
create index reports_by_visit on reports (visit_id) where visit_id <> '';
