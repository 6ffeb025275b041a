create function timeline_is_append_only() returns trigger language plpgsql as $$
begin
	raise exception 'the timeline is append-only';
end
$$;
create trigger events_are_kept before update or delete on events
	for each row execute function timeline_is_append_only();
create trigger events_are_kept_from_truncate before truncate on events
	for each statement execute function timeline_is_append_only();
