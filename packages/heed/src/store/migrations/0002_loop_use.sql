-- Which version of a loop was put to use when: an older one may come back.
create table heed.loop_use (
  sequence bigint generated always as identity primary key,
  name text not null,
  loop uuid not null references heed.loop (id)
);
create index on heed.loop_use (name, sequence);
insert into heed.loop_use (name, loop) select name, id from heed.loop order by id;
