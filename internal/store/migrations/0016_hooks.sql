-- A webhook may pause. A message to one may be asked for again: its 72 hours
-- begin anew then.
alter table channels add column paused_at {{time}};
alter table deliveries add column again_at {{time}};
create index deliveries_by_hook on deliveries (channel_id, id) where kind = 'webhook';
