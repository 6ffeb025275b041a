-- What came of getting in touch with a guest afterwards; where contacts and
-- visits of a venue are; and up to which event its words can be searched.
alter table reports add column followed text not null default '';
alter table reports add column followed_at {{time}};
create index reports_followed on reports (venue_id, id) where followed = 'settled';
create index contacts_by_venue on contacts (venue_id);
create index visits_by_time on visits (venue_id, opened_at);

create table worded (
	venue_id text primary key references venues (id),
	seq      {{long}} not null
){{keyed}};
