-- A key per subject: what is personal in a row lies under it, and is gone with it.
create table heed.subject_key (
  id uuid primary key,
  subject text not null unique,
  -- The key itself; where `master` names one, under that master key.
  content bytea not null,
  master bytea,
  created_at timestamptz(3) not null
);

-- Who was forgotten, by a salted hash: so that a key that an older backup brings back is destroyed again.
create table heed.forgotten (
  id uuid primary key,
  salt bytea not null,
  subject_hash bytea not null,
  subject_key uuid,
  forgotten_at timestamptz(3) not null,
  -- What was held, and the artifacts that had been trained on it.
  counts json not null,
  artifacts uuid[] not null
);

-- What is personal, sealed under its subject's key; `forgotten` is set where that key was destroyed.
alter table heed.decision add column sealed bytea, add column forgotten boolean;
alter table heed.feedback add column sealed bytea, add column forgotten boolean;
-- A state's statistics, sealed; rows without them name a blob.
alter table heed.subject_state add column sealed bytea;
create index on heed.subject_state (statistics);
create index on heed.subject_state (subject);
