-- Consumers learn of an episode's end as of everything else: by what their last snapshot did not see.
alter table heed.episode_status
  add column id uuid not null default gen_random_uuid(),
  add column xid xid8 not null default pg_current_xact_id();
alter table heed.episode_status add column loop text;
update heed.episode_status s set loop = e.loop from heed.episode e where e.id = s.episode;
alter table heed.episode_status alter column loop set not null;
create index on heed.episode_status (xid);
