-- Experiments: what was declared is never changed; an end is a row of its own, once.
create table heed.experiment (
  id uuid primary key,
  loop text not null,
  name text not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id(),
  unique (loop, name)
);
create index on heed.experiment (loop, id);
create index on heed.experiment (xid);

create table heed.experiment_end (
  experiment uuid primary key references heed.experiment (id),
  loop text not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id()
);
create index on heed.experiment_end (xid);

-- A column of its own: a body may hold characters that PostgreSQL's JSON functions refuse.
alter table heed.assignment add column first_seen_at timestamptz(3);
update heed.assignment set first_seen_at = substring(body::text from '"firstSeenAt":"([^"]+)"')::timestamptz;
alter table heed.assignment alter column first_seen_at set not null;
