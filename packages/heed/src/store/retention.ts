import type pg from 'pg';
import type { Loop } from '../spec/index.ts';
import { codeOf } from './errors.ts';
import { smallestIdAt, startOfDay } from './identity.ts';
import { changePartitions, listPartitions, partitionedTables } from './partitions.ts';
import type { PartitionedTable } from './partitions.ts';
import { deleteUnnamed } from './unnamed.ts';
import type { Bound } from './unnamed.ts';

export interface RetentionResult {
  readonly partitionsDropped: string[];
  readonly rowsDeleted: number;
}

const dayMs = 86_400_000;
const lockTimeoutMs = 3_000;

/**
 * Deletes what is older than its loop keeps it: decisions, feedback, activations, signals and idempotency keys; and what
 * only such rows named. A row's age is that of its id. A day that all its loops are done with is dropped whole.
 */
export async function applyRetention(pool: pg.Pool, loops: readonly Loop[], nowMs: number): Promise<RetentionResult> {
  const bounds = loops.map(({ name, configuration }) => ({
    loop: name,
    oldestKept: smallestIdAt(nowMs - configuration.retentionDays * dayMs),
  }));
  const partitionsDropped: string[] = [];
  for (const table of partitionedTables) partitionsDropped.push(...(await dropExpired(pool, table, bounds)));
  let rowsDeleted = 0;
  for (const bound of bounds) rowsDeleted += await deleteExpired(pool, bound);
  await deleteUnnamed(pool, bounds);
  return { partitionsDropped, rowsDeleted };
}

async function dropExpired(pool: pg.Pool, table: PartitionedTable, bounds: readonly Bound[]): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, day } of await listPartitions(pool, table)) {
    const end = smallestIdAt(startOfDay(day + 1));
    const expired = bounds.filter(({ oldestKept }) => oldestKept >= end).map(({ loop }) => loop);
    if (expired.length === 0) continue;
    const { rowCount } = await pool.query(`select 1 from heed.${name} where loop <> all($1::text[]) limit 1`, [
      expired,
    ]);
    if (rowCount) continue;
    if (await dropPartition(pool, name)) dropped.push(name);
  }
  return dropped;
}

async function dropPartition(pool: pg.Pool, name: string): Promise<boolean> {
  try {
    await changePartitions(pool, async (client) => {
      // Those who wait for our lock hold up everybody behind them: rather try again with the next run.
      await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
      await client.query(`drop table heed.${name}`);
    });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === '55P03' || code === '40P01') return false;
    throw error;
  }
}

async function deleteExpired(pool: pg.Pool, { loop, oldestKept }: Bound): Promise<number> {
  const statements = [
    'delete from heed.decision where loop = $1 and id < $2',
    'delete from heed.feedback where loop = $1 and id < $2',
    `with gone as (delete from heed.signal where loop = $1 and coalesce(decision, id) < $2 returning id)
     delete from heed.signal_newest where signal in (select id from gone)`,
    'delete from heed.activation where loop = $1 and decision < $2',
    'delete from heed.idempotency where loop = $1 and record < $2',
  ];
  let deleted = 0;
  for (const statement of statements) deleted += (await pool.query(statement, [loop, oldestKept])).rowCount ?? 0;
  return deleted;
}
