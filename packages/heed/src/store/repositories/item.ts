import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { JsonObject } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { itemVersions } from '../schema.ts';
import type { Executor } from '../transaction.ts';

/** One version of a registered item; `features` are `null` where it was taken off. */
export interface ItemVersion {
  readonly id: string;
  readonly loop: string;
  readonly item: string;
  readonly version: number;
  readonly features: JsonObject | null;
  readonly putAt: string;
}

export interface ItemChange {
  readonly item: string;
  readonly features: JsonObject | null;
}

export interface ItemRepository {
  /**
   * Makes a version of each item whose features differ from its newest version's, and tells the servers.
   * @returns the newest version of each item, in the order given.
   */
  readonly put: (
    loop: string,
    changes: readonly ItemChange[],
    make: { readonly newId: () => string; readonly putAt: string },
    transaction: Executor,
  ) => Promise<ItemVersion[]>;
  /** The newest version of each of these items that has one. */
  readonly newest: (loop: string, items: readonly string[], executor?: Executor) => Promise<Map<string, ItemVersion>>;
  readonly byId: (ids: readonly string[], executor?: Executor) => Promise<Map<string, ItemVersion>>;
  /** Every version of an item, newest first. */
  readonly versions: (loop: string, item: string, executor?: Executor) => Promise<ItemVersion[]>;
  /** Items that are there, by name. */
  readonly list: (
    loop: string,
    page: { readonly after?: string | undefined; readonly limit: number },
    executor?: Executor,
  ) => Promise<ItemVersion[]>;
  /** How often a loop's items have changed. */
  readonly changes: (loop: string, executor?: Executor) => Promise<number>;
}

/** PostgreSQL takes 8,000 bytes of a notification. */
const toldBytes = 4_000;

/** Registered items with their versions. */
export function createItemRepository(database: Executor): ItemRepository {
  return {
    async put(loop, changes, { newId, putAt }, transaction) {
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`heed items ${loop}`}, 0))`);
      const before = await newest(
        loop,
        changes.map(({ item }) => item),
        transaction,
      );
      const made = changes.flatMap(({ item, features }): ItemVersion[] => {
        const known = before.get(item);
        if (JSON.stringify(known?.features ?? null) === JSON.stringify(features)) return [];
        return [{ id: newId(), loop, item, version: (known?.version ?? 0) + 1, features, putAt }];
      });
      if (made.length > 0) {
        await transaction.insert(itemVersions).values(made);
        const { rows } = await transaction.execute<{ change: string }>(
          sql`insert into heed.item_change (loop, change) values (${loop}, 1)
              on conflict (loop) do update set change = heed.item_change.change + 1 returning change`,
        );
        const told = { loop, change: Number(rows[0]?.change), items: made.map(({ item }) => item) };
        const text = JSON.stringify(told);
        const short = Buffer.byteLength(text) <= toldBytes ? text : JSON.stringify({ loop, change: told.change });
        await transaction.execute(sql`select pg_notify(${channelName('item')}, ${short})`);
      }
      const after = new Map([...before, ...made.map((version) => [version.item, version] as const)]);
      return changes.flatMap(({ item }) => after.get(item) ?? []);
    },
    newest: (loop, items, executor = database) => newest(loop, items, executor),
    async byId(ids, executor = database) {
      if (ids.length === 0) return new Map();
      const rows = await executor
        .select()
        .from(itemVersions)
        .where(inArray(itemVersions.id, [...ids]));
      return new Map(rows.map((row) => [row.id, row]));
    },
    versions: (loop, item, executor = database) =>
      executor
        .select()
        .from(itemVersions)
        .where(and(eq(itemVersions.loop, loop), eq(itemVersions.item, item)))
        .orderBy(desc(itemVersions.version)),
    async list(loop, { after, limit }, executor = database) {
      const newestOf = executor
        .selectDistinctOn([itemVersions.item])
        .from(itemVersions)
        .where(and(eq(itemVersions.loop, loop), after === undefined ? undefined : gt(itemVersions.item, after)))
        .orderBy(asc(itemVersions.item), desc(itemVersions.version))
        .as('newest');
      return executor
        .select()
        .from(newestOf)
        .where(sql`features is not null`)
        .orderBy(asc(newestOf.item))
        .limit(limit);
    },
    async changes(loop, executor = database) {
      const { rows } = await executor.execute<{ change: string }>(
        sql`select change from heed.item_change where loop = ${loop}`,
      );
      return Number(rows[0]?.change ?? 0);
    },
  };
}

async function newest(loop: string, items: readonly string[], executor: Executor): Promise<Map<string, ItemVersion>> {
  if (items.length === 0) return new Map();
  const rows = await executor
    .selectDistinctOn([itemVersions.item])
    .from(itemVersions)
    .where(and(eq(itemVersions.loop, loop), inArray(itemVersions.item, [...items])))
    .orderBy(itemVersions.item, desc(itemVersions.version));
  return new Map(rows.map((row) => [row.item, row]));
}
