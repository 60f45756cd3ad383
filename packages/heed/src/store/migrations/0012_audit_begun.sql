-- An action is written down before it is done, and its outcome after; the outcome names the row before it.
-- What has begun and has no outcome was broken off.
alter table heed.audit add column begun uuid;
create index on heed.audit (begun) where begun is not null;
