-- The thread between guest and staff: the newest message of the guest that the
-- team had open, and of the team that the guest had; when the guest ended it; and
-- the language of a message that is not the guest's own.
alter table reports add column team_saw text not null default '';
alter table reports add column guest_saw text not null default '';
alter table reports add column done_at {{time}};
alter table messages add column language text not null default '';
