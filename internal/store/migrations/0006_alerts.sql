-- An alert is one report brought to people; later ones of the same table or
-- visit join it.
create table alerts (
	id         text primary key,
	venue_id   text not null references venues (id),
	report_id  text not null,
	table_id   text not null,
	visit_id   text not null,
	safety     {{bool}} not null,
	managers   {{bool}} not null,
	started_at {{time}} not null,
	foreign key (venue_id, report_id) references reports (venue_id, id)
){{table}};
create index alerts_by_start on alerts (venue_id, started_at);
alter table reports add column alert_id text not null default '';
alter table reports add column ahead {{long}} not null default 0;
create index reports_by_alert on reports (alert_id) where alert_id <> '';

-- The outbox: one row for each message to one receiver, sent at least once.
create table deliveries (
	id           text primary key,
	org_id       text not null references organisations (id),
	venue_id     text not null references venues (id),
	report_id    text not null,
	alert_id     text not null,
	event_seq    {{long}} not null,
	channel_id   text not null,
	kind         text not null,
	receiver     text not null,
	person_id    text not null,
	step         integer not null,
	what         text not null,
	state        text not null,
	attempts     integer not null,
	next_at      {{time}},
	lease        {{time}},
	created_at   {{time}} not null,
	ended_at     {{time}},
	seen_at      {{time}},
	last_outcome text not null
){{table}};
create index deliveries_due on deliveries (next_at) where state = 'pending';
create index deliveries_by_venue on deliveries (venue_id, id);
create index deliveries_by_alert on deliveries (alert_id) where alert_id <> '';
create index deliveries_dead on deliveries (venue_id) where state = 'dead' and seen_at is null;

create table attempts (
	delivery_id text not null references deliveries (id),
	number      integer not null,
	at          {{time}} not null,
	outcome     text not null,
	primary key (delivery_id, number)
){{table}};

-- Who is told when. A venue without a row has the defaults.
create table escalations (
	venue_id text primary key references venues (id),
	ordinary {{json}} not null,
	safety   {{json}} not null
){{table}};

-- Who is on duty: planned by weekday, or said on the board.
create table duties (
	venue_id  text not null references venues (id),
	person_id text not null references people (id),
	week      {{json}} not null,
	areas     {{json}} not null,
	said      text not null,
	until     {{time}},
	primary key (venue_id, person_id)
){{table}};
