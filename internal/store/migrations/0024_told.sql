-- Whom we told of a report stands on its page.
create index deliveries_by_report on deliveries (report_id, id);
