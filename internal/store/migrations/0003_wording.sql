-- What a venue says in its own words, per language, and which causes its form
-- offers: none means all.
alter table venues add column wording {{json}} not null default '{}';
alter table venues add column causes {{json}} not null default '[]';
