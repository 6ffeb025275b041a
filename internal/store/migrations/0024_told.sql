-- Whom we told of a report stands on its page.
create index deliveries_by_report on deliveries (report_id, id);

-- What waits for a receiver that does not answer is not read for the others'.
create index deliveries_by_receiver on deliveries (receiver, next_at, id) where state = 'pending';
create index deliveries_leased on deliveries (receiver, lease) where state = 'pending' and lease is not null;
drop index deliveries_due;
