create table channels (
	id         text primary key,
	org_id     text not null references organisations (id),
	venue_id   text not null,
	person_id  text not null,
	kind       text not null,
	name       text not null,
	address    text not null,
	session    text not null,
	events     {{json}} not null,
	secret     text not null,
	old_secret text not null,
	old_until  {{time}},
	created_at {{time}} not null,
	gone_at    {{time}},
	last_at    {{time}},
	last_ok    {{time}},
	last_err   text not null
){{table}};
create index channels_by_person on channels (person_id) where person_id <> '' and gone_at is null;
create index channels_by_org on channels (org_id, kind) where gone_at is null;
create index channels_by_session on channels (session) where session <> '';
create index channels_by_endpoint on channels (secret) where kind = 'push';
