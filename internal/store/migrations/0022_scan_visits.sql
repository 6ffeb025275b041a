-- A venue may let the first scan at a table open a visit. Until staff or the till take it over, it
-- proves nothing: anybody with a picture of the code could have opened it.
alter table venues add column visit_on_scan {{bool}} not null default false;
alter table visits add column by_scan {{bool}} not null default false;
