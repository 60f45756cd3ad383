-- Registered items: each change of an item is a version of its own, and none is ever changed.
create table heed.item_version (
  id uuid primary key,
  loop text not null,
  item text not null,
  version integer not null,
  -- `null`: the item was taken off.
  features json,
  put_at timestamptz(3) not null,
  unique (loop, item, version)
);

-- Counts the changes of a loop's items, so that processes which remember them see that they have missed one.
create table heed.item_change (
  loop text primary key,
  change bigint not null
);
