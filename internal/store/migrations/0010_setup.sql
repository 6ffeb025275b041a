-- At which step setting a venue up stands; empty when it is behind us. A kiosk is
-- an address of a table's code and needs no device.
alter table venues add column setup text not null default '';
alter table devices drop column table_id;
