-- A complaint about a person whose guest asked that it be passed on only after
-- they have left: until then nobody in the house reads it. Null for all others.
alter table reports add column held_until {{time}};
create index reports_held on reports (visit_id) where held_until is not null;
