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
