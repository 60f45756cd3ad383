-- API keys. The secret itself is nowhere: `hash` is its SHA-256.
create table heed.api_key (
  id uuid primary key,
  name text not null,
  -- The first characters of the secret, by which a person knows it again.
  start text not null,
  hash bytea not null unique,
  scopes text[] not null,
  -- The loops that it may see; null: all of them.
  loops text[],
  created_at timestamptz(3) not null,
  created_by text not null,
  -- The key that it takes over from.
  replaces uuid references heed.api_key (id)
);

-- When a key stops to hold, and why; where there are several, the earliest counts.
create table heed.api_key_end (
  id uuid primary key,
  key uuid not null references heed.api_key (id),
  ends_at timestamptz(3) not null,
  why text not null
);
create index on heed.api_key_end (key);

-- When a key was used last, to the minute.
create table heed.api_key_use (
  key uuid primary key references heed.api_key (id),
  used_at timestamptz(3) not null
);

-- What operators did.
create table heed.audit (
  id uuid primary key,
  at timestamptz(3) not null,
  key uuid,
  who text not null,
  action text not null,
  loop text,
  target text,
  outcome text not null,
  code text,
  detail json not null
);
create index on heed.audit (loop, id);
create index on heed.audit (action, id);

-- Nobody changes what was done, not even by mistake.
create function heed.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'cannot change %, as its rows are only ever added', tg_table_name using errcode = '42501';
end
$$;
create trigger append_only before update or delete or truncate on heed.audit
  for each statement execute function heed.refuse_change();
