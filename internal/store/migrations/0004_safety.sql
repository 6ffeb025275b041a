-- What one tap told, a venue's own words of alarm and card, and the record of
-- each report about safety. 0 days or months are the product's own.
alter table reports add column urgent text not null default '';
alter table venues add column safety_words {{json}} not null default '{}';
alter table venues add column protocol {{json}} not null default '{}';
alter table venues add column contact_days integer not null default 0;
alter table venues add column text_months integer not null default 0;
create index reports_urgent on reports (venue_id, table_id, created_at) where urgent <> '';

create table incidents (
	report_id    text primary key,
	venue_id     text not null,
	opened_at    {{time}} not null,
	contact      text not null,
	meal_at      {{time}},
	eaten        text not null,
	allergen     text not null,
	symptoms     text not null,
	onset_at     {{time}},
	party        integer not null,
	ill          integer not null,
	medication   text not null,
	help         {{json}} not null,
	kept         text not null,
	on_station   text not null,
	taken_by     text not null,
	actions      text not null,
	authority    text not null,
	told_at      {{time}},
	version      {{long}} not null,
	changed_at   {{time}},
	changed_by   text not null,
	salt         {{blob}},
	foreign key (venue_id, report_id) references reports (venue_id, id)
){{table}};

-- The pictures are files; see makeright/internal/photo.
create table photos (
	id         text primary key,
	venue_id   text not null,
	report_id  text not null,
	size       {{long}} not null,
	sum        {{blob}} not null,
	created_at {{time}} not null,
	foreign key (venue_id, report_id) references reports (venue_id, id)
){{table}};
create index photos_by_report on photos (report_id);
create index photos_by_venue on photos (venue_id);
