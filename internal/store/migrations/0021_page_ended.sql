-- When the guest ended the address of their status page, before its time.
alter table reports add column page_ended_at {{time}};
