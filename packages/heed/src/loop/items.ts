import { HeedError, normaliseCandidates } from '../spec/index.ts';
import type { JsonObject } from '../spec/index.ts';
import type { ItemVersion } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';
import type { ItemCache } from './item-cache.ts';
import type { Item, ItemDetail, ItemInput, Page } from './heed.ts';

const defaultLimit = 50;

/** Registers items, or new features of theirs: all of them, or none. */
export async function putItems(
  { store, clock, newId }: Context,
  cache: ItemCache,
  loop: RunningLoop,
  items: readonly ItemInput[],
): Promise<Item[]> {
  const { name } = loop.configuration;
  const seen = new Set<string>();
  for (const { item, features } of items) {
    if (seen.has(item))
      throw new HeedError(
        'invalid-input',
        `cannot put items into the loop ${name}, as each must be there once: ${item} is there twice`,
      );
    seen.add(item);
    loop.validators.candidate(features, item);
    // What policies cannot see is refused here, and not at the first decision.
    normaliseCandidates([{ item, features }]);
  }
  const changes = items.map(({ item, features }) => ({
    item,
    features: JSON.parse(JSON.stringify(features)) as JsonObject,
  }));
  const put = await store.transaction((transaction) =>
    store.items.put(name, changes, { newId, putAt: iso(clock()) }, transaction),
  );
  cache.forget(name);
  return put.flatMap((version) => toItem(version) ?? []);
}

/** Takes an item off: new decisions cannot name it, old ones keep it. */
export async function deleteItem(
  { store, clock, newId }: Context,
  cache: ItemCache,
  { configuration: { name } }: RunningLoop,
  item: string,
): Promise<{ item: string; version: number }> {
  const taken = await store.transaction(async (transaction) => {
    const known = (await store.items.newest(name, [item], transaction)).get(item);
    if (known === undefined || known.features === null) throw unknown(name, item);
    return store.items.put(name, [{ item, features: null }], { newId, putAt: iso(clock()) }, transaction);
  });
  cache.forget(name);
  return { item, version: taken[0]?.version ?? 0 };
}

/** An item with its newest features, and when it changed. */
export async function showItem(
  { store }: Pick<Context, 'store'>,
  { configuration: { name } }: RunningLoop,
  item: string,
): Promise<ItemDetail> {
  const versions = await store.items.versions(name, item);
  const [newest] = versions;
  const current = newest === undefined ? null : toItem(newest);
  if (current === null) throw unknown(name, item);
  return { ...current, versions: versions.map(({ version, putAt, features }) => ({ version, putAt, features })) };
}

/** The items that are there, by name. */
export async function listItems(
  { store }: Pick<Context, 'store'>,
  { configuration: { name } }: RunningLoop,
  { after, limit = defaultLimit }: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<Page<Item>> {
  const found = await store.items.list(name, { after, limit });
  return {
    rows: found.flatMap((version) => toItem(version) ?? []),
    next: found.length === limit ? (found.at(-1)?.item ?? null) : null,
  };
}

function toItem({ item, version, features, putAt }: ItemVersion): Item | null {
  return features === null ? null : { item, version, features, putAt };
}

function unknown(loop: string, item: string): HeedError {
  return new HeedError(
    'not-found',
    `cannot find the item ${item} of the loop ${loop}, as it must be registered: it is not`,
  );
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
