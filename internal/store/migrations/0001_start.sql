-- Words for dialects: {{long}} 64 bits, {{time}} UTC milliseconds, {{bool}}, {{blob}}, {{json}}
-- text that holds JSON, {{table}} what ends a table (SQLite: strict), {{keyed}} what
-- ends one of short rows that lies in the order of its key.
-- Times that have not come are null. A child names its venue too, so that no
-- row can hang under another venue's.

create table organisations (
	id         text primary key,
	name       text not null,
	created_at {{time}} not null
){{table}};

create table venues (
	id              text primary key,
	org_id          text not null references organisations (id),
	name            text not null,
	country         text not null,
	time_zone       text not null,
	currency        text not null,
	languages       {{json}} not null,
	promise_minutes integer not null,
	review_links    {{json}} not null,
	hours           {{json}} not null,
	role_only       {{bool}} not null,
	seq             {{long}} not null,
	created_at      {{time}} not null
){{table}};
create index venues_by_org on venues (org_id);

create table people (
	id            text primary key,
	org_id        text not null references organisations (id),
	name          text not null,
	email         text not null,
	role          text not null,
	password_hash text not null,
	pin_hash      text not null,
	language      text not null,
	created_at    {{time}} not null,
	disabled_at   {{time}}
){{table}};
create unique index people_by_email on people (email) where email <> '';
create index people_by_org on people (org_id);

create table memberships (
	person_id text not null references people (id),
	venue_id  text not null references venues (id),
	role      text not null,
	primary key (person_id, venue_id)
){{table}};
create index memberships_by_venue on memberships (venue_id);

create table devices (
	id         text primary key,
	venue_id   text not null references venues (id),
	name       text not null,
	paired_by  text not null,
	created_at {{time}} not null,
	seen_at    {{time}} not null,
	revoked_at {{time}}
){{table}};
create index devices_by_venue on devices (venue_id);

create table sessions (
	id         text primary key,
	person_id  text not null references people (id),
	device_id  text not null,
	created_at {{time}} not null,
	seen_at    {{time}} not null,
	expires_at {{time}} not null,
	agent      text not null
){{table}};
create index sessions_by_person on sessions (person_id);

create table invitations (
	id         text primary key,
	kind       text not null,
	org_id     text not null,
	person_id  text not null,
	venue_id   text not null,
	created_by text not null,
	created_at {{time}} not null,
	expires_at {{time}} not null,
	used_at    {{time}}
){{table}};

create table keys (
	id           text primary key,
	org_id       text not null references organisations (id),
	name         text not null,
	scope        text not null,
	hash         text not null unique,
	prefix       text not null,
	created_by   text not null,
	created_at   {{time}} not null,
	expires_at   {{time}},
	revoked_at   {{time}},
	last_used_at {{time}}
){{table}};
create index keys_by_org on keys (org_id);

create table areas (
	id       text primary key,
	venue_id text not null references venues (id),
	name     text not null,
	position integer not null,
	unique (venue_id, name)
){{table}};

create table tables (
	id         text primary key,
	venue_id   text not null references venues (id),
	area_id    text not null,
	name       text not null,
	position   integer not null,
	created_at {{time}} not null,
	removed_at {{time}},
	unique (venue_id, id)
){{table}};
create unique index tables_by_name on tables (venue_id, name) where removed_at is null;

create table visits (
	id         text primary key,
	venue_id   text not null,
	table_id   text not null,
	check_no   text not null,
	server     text not null,
	covers     integer not null,
	opened_by  text not null,
	opened_at  {{time}} not null,
	closed_at  {{time}},
	expires_at {{time}} not null,
	unique (venue_id, id),
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{table}};
create index visits_open on visits (venue_id, table_id) where closed_at is null;
create unique index visits_by_check on visits (venue_id, check_no) where closed_at is null and check_no <> '';

create table codes (
	id         text primary key,
	venue_id   text not null,
	table_id   text not null,
	visit_id   text not null,
	code       text not null unique,
	short      text not null unique,
	created_at {{time}} not null,
	expires_at {{time}},
	ends_at    {{time}},
	revoked_at {{time}},
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{table}};
create index codes_by_table on codes (venue_id, table_id);
create index codes_by_visit on codes (visit_id) where visit_id <> '';

create table scans (
	code_id text not null references codes (id),
	day     text not null,
	count   {{long}} not null,
	last_at {{time}} not null,
	primary key (code_id, day)
){{table}};

create table reports (
	id          text primary key,
	venue_id    text not null,
	table_id    text not null,
	visit_id    text not null,
	code_id     text not null,
	kind        text not null,
	status      text not null,
	rating      integer not null check (rating between 1 and 5),
	causes      {{json}} not null,
	words       text not null,
	handling    text not null,
	language    text not null,
	trust       text not null,
	server      text not null,
	follow_up   {{bool}} not null,
	to_check    {{bool}} not null,
	wrote_by    text not null,
	taken_by    text not null default '',
	not_for     text not null default '',
	level       integer not null default 0,
	actions     {{json}} not null default '[]',
	cost        {{long}} not null default 0,
	note        text not null default '',
	reason      text not null default '',
	verdict     text not null default '',
	said        text not null default '',
	reopenings  integer not null default 0,
	version     {{long}} not null,
	day         text not null,
	hour        integer not null,
	created_at  {{time}} not null,
	taken_at    {{time}},
	answered_at {{time}},
	ended_at    {{time}},
	due_at      {{time}} not null,
	since       {{time}} not null,
	active_at   {{time}},
	called_at   {{time}},
	salt        {{blob}},
	undo_to     text not null default '',
	undo_by     text not null default '',
	undo_at     {{time}},
	unique (venue_id, id),
	foreign key (venue_id, table_id) references tables (venue_id, id)
){{table}};
create index reports_waiting on reports (venue_id) where status in ('open', 'taken');

create table contacts (
	report_id  text primary key,
	venue_id   text not null,
	name       text not null,
	phone      text not null,
	email      text not null,
	expires_at {{time}} not null,
	foreign key (venue_id, report_id) references reports (venue_id, id)
){{table}};

create table messages (
	id         text primary key,
	venue_id   text not null,
	report_id  text not null,
	from_guest {{bool}} not null,
	person_id  text not null,
	text       text not null,
	phrase     text not null,
	internal   {{bool}} not null,
	at         {{time}} not null,
	salt       {{blob}},
	foreign key (venue_id, report_id) references reports (venue_id, id)
){{table}};
create index messages_by_report on messages (report_id);

create table events (
	venue_id  text not null references venues (id),
	seq       {{long}} not null,
	kind      text not null,
	at        {{time}} not null,
	report_id text not null,
	subject   text not null,
	by_kind   text not null,
	by_id     text not null,
	data      {{json}} not null,
	digest    {{blob}},
	prev      {{blob}},
	hash      {{blob}} not null,
	primary key (venue_id, seq)
){{table}};
create index events_by_report on events (report_id) where report_id <> '';

create table jobs (
	id       text primary key,
	kind     text not null,
	org_id   text not null,
	venue_id text not null,
	subject  text not null,
	step     integer not null,
	run_at   {{time}} not null,
	lease    {{time}},
	attempts integer not null,
	dead_at  {{time}},
	last_err text not null
){{table}};
create index jobs_due on jobs (run_at) where dead_at is null;
create index jobs_by_subject on jobs (subject);

create table requests (
	scope  text not null,
	key    text not null,
	hash   text not null,
	ref    text not null,
	status integer not null default 0,
	body   {{blob}},
	at     {{time}} not null,
	primary key (scope, key)
){{table}};

create table throttles (
	account text primary key,
	fails   integer not null,
	until   {{time}} not null
){{table}};

create table audit (
	id      text primary key,
	org_id  text not null references organisations (id),
	venue_id text not null,
	at      {{time}} not null,
	by_kind text not null,
	by_id   text not null,
	action  text not null,
	target  text not null,
	detail  {{json}} not null
){{table}};
create index audit_by_org on audit (org_id, id);

create table installation (
	name  text primary key,
	value {{blob}} not null
){{table}};
