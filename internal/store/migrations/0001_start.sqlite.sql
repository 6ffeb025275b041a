create trigger events_are_kept_from_update before update on events
begin
	select raise(abort, 'the timeline is append-only');
end;
create trigger events_are_kept_from_delete before delete on events
begin
	select raise(abort, 'the timeline is append-only');
end;
