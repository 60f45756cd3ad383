import { HeedError, viewCandidates } from '../spec/index.ts';
import type { Candidate } from '../spec/index.ts';
import type { ItemVersion } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';

/** Items kept in memory per loop. */
const keptItems = 100_000;
/** Notifications tell of a change at once; this is the longest that a lost one can hide it. */
const changePollMs = 1_000;
/** Unknown items that an error names. */
const namedItems = 20;

/** A registered item, ready to be chosen. */
export interface KnownItem {
  readonly version: string;
  /** As it was put. */
  readonly given: Candidate;
  /** In the one form that policies see; the same object as long as the version is the newest. */
  readonly candidate: Candidate;
}

/** The newest versions of registered items, kept fresh by notification and by polling. */
export interface ItemCache {
  /** @throws HeedError `invalid-input` that names the items which are not registered. */
  find(loop: RunningLoop, items: readonly string[]): Promise<Map<string, KnownItem>>;
  /** Asks the store again for a loop's items. */
  forget(loop: string): void;
  close(): Promise<void>;
}

interface LoopItems {
  readonly known: Map<string, KnownItem>;
  /** The change that `known` is as of; `null` before the first look. */
  change: number | null;
  checkedAt: number;
  /** Counts what was forgotten: what was read before must not be kept after. */
  generation: number;
}

export async function createItemCache({
  store,
  clock,
  log,
}: Pick<Context, 'store' | 'clock' | 'log'>): Promise<ItemCache> {
  const loops = new Map<string, LoopItems>();

  function ofLoop(name: string): LoopItems {
    const found = loops.get(name) ?? { known: new Map(), change: null, checkedAt: -Infinity, generation: 0 };
    loops.set(name, found);
    return found;
  }

  function forget(name: string): void {
    const items = loops.get(name);
    if (items === undefined) return;
    items.known.clear();
    items.generation += 1;
  }

  const stop = await store.notifications.listen(
    'item',
    ({ loop, change, items: changed }) => {
      const items = typeof loop === 'string' ? loops.get(loop) : undefined;
      if (items === undefined) return;
      const next = items.change !== null && change === items.change + 1;
      items.generation += 1;
      // A long list is not told.
      if (next && isTexts(changed)) for (const item of changed) items.known.delete(item);
      else items.known.clear();
      items.change = Number(change);
    },
    { onReconnect: () => [...loops.keys()].forEach(forget) },
  );

  async function check(name: string, items: LoopItems): Promise<void> {
    items.checkedAt = clock();
    const change = await store.items.changes(name);
    if (items.change !== null && change > items.change) forget(name);
    items.change = Math.max(change, items.change ?? 0);
  }

  async function load(loop: RunningLoop, items: LoopItems, wanted: readonly string[]): Promise<Map<string, KnownItem>> {
    const { generation } = items;
    const loaded = new Map<string, KnownItem>();
    for (const [item, version] of await store.items.newest(loop.configuration.name, wanted)) {
      const known = toKnown(loop, version);
      if (known !== null) loaded.set(item, known);
    }
    if (items.generation === generation) for (const [item, known] of loaded) items.known.set(item, known);
    for (const oldest of items.known.keys()) {
      if (items.known.size <= keptItems) break;
      items.known.delete(oldest);
    }
    return loaded;
  }

  return {
    async find(loop, wanted) {
      const { name } = loop.configuration;
      const items = ofLoop(name);
      if (items.change === null) await check(name, items);
      else if (clock() - items.checkedAt > changePollMs)
        // The ones in hand serve on while the store is asked.
        void check(name, items).catch((error: unknown) => log(`cannot ask whether items changed: ${String(error)}`));
      const found = new Map<string, KnownItem>();
      const missing: string[] = [];
      for (const item of wanted) {
        const known = items.known.get(item);
        if (known === undefined) missing.push(item);
        else found.set(item, known);
      }
      if (missing.length === 0) return found;
      for (const [item, known] of await load(loop, items, missing)) found.set(item, known);
      const unknown = missing.filter((item) => !found.has(item));
      if (unknown.length > 0)
        throw new HeedError(
          'invalid-input',
          `cannot use candidates by their ids in the loop ${name}, as each must be a registered item: ${unknown.slice(0, namedItems).join(', ')}${unknown.length > namedItems ? ` and ${unknown.length - namedItems} more are` : unknown.length === 1 ? ' is' : ' are'} not`,
        );
      return found;
    },
    forget,
    close: () => stop(),
  };
}

function toKnown(loop: RunningLoop, { id, item, features }: ItemVersion): KnownItem | null {
  if (features === null) return null;
  // The loop's schema may have changed since the item was put.
  loop.validators.candidate(features, item);
  const given = { item, features };
  const [candidate = given] = viewCandidates([given]);
  return { version: id, given, candidate };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
