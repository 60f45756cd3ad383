-- Decisions and feedback are partitioned by the day in their UUIDv7: an id alone leads to its partition,
-- and stays unique over all of them. The first and last partition take every id from outside 2000-2100.
create table heed.decision (
  id uuid primary key,
  loop text not null,
  loop_version text not null,
  origin text not null,
  artifact uuid,
  subject_state uuid,
  subject text,
  episode uuid,
  step integer,
  "group" text,
  decided_at timestamptz(3) not null,
  schema_version smallint not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id()
) partition by range (id);
create index on heed.decision (xid);
create index on heed.decision (loop, id);
create index on heed.decision (subject, id) where subject is not null;
create index on heed.decision (episode, step) where episode is not null;
create index on heed.decision ("group") where "group" is not null;
create table heed.decision_before partition of heed.decision for values from (minvalue) to ('00dc6acf-ac00-0000-0000-000000000000');
create table heed.decision_after partition of heed.decision for values from ('03bb2cc3-d800-0000-0000-000000000000') to (maxvalue);

create table heed.feedback (
  id uuid primary key,
  loop text not null,
  kind text not null,
  name text,
  subject text,
  observed_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  schema_version smallint not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id()
) partition by range (id);
create index on heed.feedback (xid);
create index on heed.feedback (loop, id);
create index on heed.feedback (subject, id) where subject is not null;
create table heed.feedback_before partition of heed.feedback for values from (minvalue) to ('00dc6acf-ac00-0000-0000-000000000000');
create table heed.feedback_after partition of heed.feedback for values from ('03bb2cc3-d800-0000-0000-000000000000') to (maxvalue);

-- What a feedback is about, where that has an id: decisions, episodes, other feedback, artifacts.
create table heed.feedback_target (
  target uuid not null,
  feedback uuid not null,
  primary key (target, feedback)
);
create index on heed.feedback_target (feedback);

create table heed.activation (
  decision uuid primary key,
  id uuid not null unique,
  loop text not null,
  activated_at timestamptz(3) not null,
  schema_version smallint not null,
  xid xid8 not null default pg_current_xact_id()
);
create index on heed.activation (xid);

-- A request's key names the row that was stored for it first. Not partitioned: the key has to be unique over all days.
create table heed.idempotency (
  key uuid primary key,
  payload uuid not null,
  record uuid not null,
  loop text not null
);
create index on heed.idempotency (record);

create table heed.blob (
  hash bytea primary key,
  media_type text not null,
  content bytea not null
);

create table heed.loop (
  id uuid primary key,
  name text not null,
  version text not null,
  created_at timestamptz(3) not null,
  body json not null,
  unique (name, version)
);
create index on heed.loop (name, id);

create table heed.episode (
  id uuid primary key,
  loop text not null,
  parent uuid,
  body json not null
);
create index on heed.episode (loop, id);
create table heed.episode_status (
  sequence bigint generated always as identity primary key,
  episode uuid not null references heed.episode (id),
  status text not null,
  body json not null
);
create index on heed.episode_status (episode, sequence);

create table heed.signal (
  id uuid primary key,
  derivation text not null,
  loop text not null,
  decision uuid,
  target_hash uuid not null,
  version integer not null,
  kind text not null,
  status text not null,
  weight double precision not null,
  available_at timestamptz(3) not null,
  supersedes uuid,
  schema_version smallint not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id(),
  unique (derivation, target_hash, version)
);
create index on heed.signal (xid);
create index on heed.signal (loop, id);
create index on heed.signal (decision) where decision is not null;
-- The newest version of each target, so that what is due or unused is found without reading older versions.
create table heed.signal_newest (
  derivation text not null,
  target_hash uuid not null,
  signal uuid not null,
  version integer not null,
  status text not null,
  available_at timestamptz(3) not null,
  primary key (derivation, target_hash)
);
create index on heed.signal_newest (derivation, available_at) where status = 'provisional';
create index on heed.signal_newest (derivation, signal) where status in ('final', 'defaulted');
-- A learner's lineage uses a signal once.
create table heed.signal_use (
  lineage text not null,
  signal uuid not null,
  artifact uuid not null,
  primary key (lineage, signal)
);
create index on heed.signal_use (artifact);

create table heed.artifact (
  id uuid primary key,
  loop text not null,
  role text not null,
  created_at timestamptz(3) not null,
  body json not null,
  xid xid8 not null default pg_current_xact_id()
);
create index on heed.artifact (xid);
create index on heed.artifact (loop, id);

create table heed.subject_state (
  id uuid primary key,
  loop text not null,
  artifact uuid not null,
  subject text not null,
  key text not null,
  counter bigint not null,
  statistics bytea not null,
  updated_at timestamptz(3) not null,
  schema_version smallint not null
);
create index on heed.subject_state (loop, subject, key, id);

create table heed.release (
  id uuid primary key,
  loop text not null,
  artifact uuid not null references heed.artifact (id),
  step text not null,
  at timestamptz(3) not null,
  body json not null
);
create index on heed.release (loop, id);

create table heed.dataset (
  id uuid primary key,
  loop text,
  name text not null,
  body json not null
);

create table heed.assignment (
  id uuid primary key,
  experiment text not null,
  subject text not null,
  arm text not null,
  body json not null,
  unique (experiment, subject)
);

create table heed.evaluation_report (
  id uuid primary key,
  loop text,
  artifact uuid,
  kind text not null,
  body json not null
);
create index on heed.evaluation_report (loop, id);

create table heed.job (
  id uuid primary key,
  kind text not null,
  loop text,
  body json not null
);
create index on heed.job (loop, id);
create table heed.job_status (
  sequence bigint generated always as identity primary key,
  job uuid not null references heed.job (id),
  status text not null,
  fencing_token bigint not null,
  body json not null
);
create index on heed.job_status (job, sequence);

create table heed.cursor (
  consumer text primary key,
  previous pg_snapshot,
  up_to pg_snapshot,
  position json
);

create table heed.setting (
  name text primary key,
  value json not null
);
