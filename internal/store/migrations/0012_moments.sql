-- One small question at moments of a visit: which the venue asks about, how far
-- a party is, and which moment a report answers.
alter table venues add column check_ins {{json}} not null default '[]';
alter table visits add column moment text not null default '';
alter table reports add column moment text not null default '';
