import type pg from 'pg';
import { HeedError } from '../spec/index.ts';
import { copyIn, copyOut } from './copy.ts';
import type { Store } from './database.ts';
import { smallestIdAt, startOfDay } from './identity.ts';
import { createPartitions, listPartitions, partitionedTables } from './partitions.ts';
import { carriedTables, columnsOf, copyFrom, copyInto, firstFilledTable, restoreCounters, sumTable } from './tables.ts';
import type { CarriedTable, TableSum } from './tables.ts';

export interface MoveProgress {
  readonly table: CarriedTable;
  /** Tables done, this one included, of `of`. */
  readonly done: number;
  readonly of: number;
  readonly rows: number;
}

export interface MoveOptions {
  readonly onProgress?: ((progress: MoveProgress) => void) | undefined;
}

/**
 * Copies every record of a store into an empty one, all or nothing, and checks that rows and contents are the same.
 * The source may be in use: what is copied is one moment of it, and what is written later stays behind.
 *
 * @throws HeedError `store-not-empty` where the target holds a record; `internal` where the copy differs.
 */
export async function moveStore(from: Store, to: Store, { onProgress }: MoveOptions = {}): Promise<TableSum[]> {
  return readStore(from, async (source, days) =>
    fillStore(to, days, async (target) => {
      const sums: TableSum[] = [];
      for (const table of carriedTables) {
        const columns = await columnsOf(source, table);
        await copyIn(target, copyInto(table, columns), copyOut(source, copyFrom(table, columns)));
        const sum = await sumTable(source, table);
        await requireSame(target, sum);
        sums.push(sum);
        onProgress?.({ table, done: sums.length, of: carriedTables.length, rows: sum.rows });
      }
      return sums;
    }),
  );
}

/** Runs `work` on one moment of a store; `days` are those that have a partition. */
export async function readStore<T>(
  store: Store,
  work: (source: pg.PoolClient, days: number[]) => Promise<T>,
): Promise<T> {
  return withClient(store.pool, 'begin isolation level repeatable read read only', async (source) => {
    const days = new Set<number>();
    for (const table of partitionedTables) for (const { day } of await listPartitions(source, table)) days.add(day);
    return work(
      source,
      [...days].toSorted((a, b) => a - b),
    );
  });
}

/** Runs `work`, which fills an empty store, in one transaction. */
export async function fillStore<T>(
  store: Store,
  days: readonly number[],
  work: (target: pg.PoolClient) => Promise<T>,
): Promise<T> {
  await createPartitions(store.pool).ensure(days.map((day) => smallestIdAt(startOfDay(day))));
  return withClient(store.pool, 'begin', async (target) => {
    // Nobody else may write until the copy is whole.
    await target.query(`lock table ${carriedTables.map((table) => `heed.${table}`).join(', ')} in exclusive mode`);
    const filled = await firstFilledTable(target);
    if (filled)
      throw new HeedError(
        'store-not-empty',
        `cannot copy into the store, as it must be empty: its table ${filled} has rows`,
      );
    const result = await work(target);
    await restoreCounters(target);
    return result;
  });
}

/** @throws HeedError `internal` where the target's table is not the expected one. */
export async function requireSame(target: pg.ClientBase, expected: TableSum): Promise<void> {
  const found = await sumTable(target, expected.name);
  if (found.rows === expected.rows && found.checksum === expected.checksum) return;
  throw new HeedError(
    'internal',
    `cannot copy the table ${expected.name}, as the copy must be the same: ${found.rows} rows with checksum ${found.checksum} came of ${expected.rows} with ${expected.checksum}`,
  );
}

async function withClient<T>(pool: pg.Pool, begin: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A copy that was cut short may have left the connection in the middle of it.
    client.release(true);
    throw error;
  }
}
