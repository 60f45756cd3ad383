-- Who was away asks for what happened since a snapshot: also of releases, jobs and subjects' states.
alter table heed.release add column xid xid8 not null default pg_current_xact_id();
create index on heed.release (xid);
alter table heed.job_status add column xid xid8 not null default pg_current_xact_id();
create index on heed.job_status (xid);
alter table heed.subject_state add column xid xid8 not null default pg_current_xact_id();
create index on heed.subject_state (xid);
