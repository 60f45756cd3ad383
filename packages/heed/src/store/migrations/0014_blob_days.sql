-- The day (since 1970) on which a hot row last named this content: what nobody has named for long goes with those rows.
-- Null: kept for ever, as the files of artifacts are. The default is that of the rows which are there already.
alter table heed.blob add column last_used_day integer default (extract(epoch from now()) / 86400)::integer;
alter table heed.blob alter column last_used_day drop default;
update heed.blob set last_used_day = null
  where media_type not in ('application/x-heed-candidates', 'application/x-heed-item-set');
create index on heed.blob using brin (last_used_day) with (autosummarize = on);
