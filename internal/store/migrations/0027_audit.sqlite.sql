create trigger audit_is_kept_from_update before update on audit
begin
	select raise(abort, 'the audit trail is append-only');
end;
create trigger audit_is_kept_from_delete before delete on audit
begin
	select raise(abort, 'the audit trail is append-only');
end;
