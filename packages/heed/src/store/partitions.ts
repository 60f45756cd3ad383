import type pg from 'pg';
import { dayOf, smallestIdAt, startOfDay, timeOfId } from './identity.ts';

export const partitionedTables = ['decision', 'feedback'] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

/** Ids from outside these days lie in the first and last partition, which the schema makes. */
const firstDay = dayOf(Date.UTC(2000, 0, 1));
const endDay = dayOf(Date.UTC(2100, 0, 1));

const daysAhead = 3;

/** Any number that is ours: one process changes partitions at a time. */
const partitionLock = '7310583008';

export interface Partitions {
  /** Makes the partitions that these ids need, where they are not known to be there. */
  readonly ensure: (ids: Iterable<string>) => Promise<void>;
  /** Makes today's partitions and those of the next three days. */
  readonly prepare: (nowMs: number) => Promise<void>;
  /** Forgets which partitions are there: another process may have dropped some. */
  readonly forget: () => void;
}

/** Daily partitions of decisions and feedback, made before they are needed. */
export function createPartitions(pool: pg.Pool): Partitions {
  let known = new Set<number>();
  const make = async (days: number[]) => {
    const missing = days.filter((day) => day >= firstDay && day < endDay && !known.has(day));
    if (missing.length === 0) return;
    await makePartitions(pool, missing);
    for (const day of missing) known.add(day);
  };
  return {
    ensure: async (ids) => {
      const days = new Set<number>();
      for (const id of ids) {
        const day = dayOf(timeOfId(id));
        if (!known.has(day)) days.add(day);
      }
      await make([...days]);
    },
    prepare: (nowMs) => make(Array.from({ length: daysAhead + 1 }, (_, ahead) => dayOf(nowMs) + ahead)),
    forget: () => {
      known = new Set();
    },
  };
}

/** The name of a day's partition, as `decision_20260106`. */
function partitionName(table: PartitionedTable, day: number): string {
  return `${table}_${new Date(startOfDay(day)).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** Daily partitions that are there, with their days, oldest first. */
export async function listPartitions(
  client: pg.ClientBase | pg.Pool,
  table: PartitionedTable,
): Promise<{ name: string; day: number }[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ('heed.' || $1)::regclass and c.relname ~ '_[0-9]{8}$' order by c.relname`,
    [table],
  );
  return rows.map(({ name }) => ({ name, day: dayOfPartition(name) }));
}

function dayOfPartition(name: string): number {
  const digits = name.slice(-8);
  return dayOf(Date.UTC(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)) - 1, Number(digits.slice(6))));
}

/** Holds the lock under which partitions are made and dropped, for the length of `work`, in one transaction. */
export async function changePartitions<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(${partitionLock})`);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
}

async function makePartitions(pool: pg.Pool, days: number[]): Promise<void> {
  const present = new Set(
    (await Promise.all(partitionedTables.map((table) => listPartitions(pool, table)))).flat().map(({ name }) => name),
  );
  const missing = partitionedTables
    .flatMap((table) => days.map((day) => ({ table, day, name: partitionName(table, day) })))
    .filter(({ name }) => !present.has(name));
  if (missing.length === 0) return;
  await changePartitions(pool, async (client) => {
    const there = new Set(
      (await Promise.all(partitionedTables.map((table) => listPartitions(client, table))))
        .flat()
        .map(({ name }) => name),
    );
    for (const { table, day, name } of missing) {
      if (there.has(name)) continue;
      // Attaching, unlike "create … partition of", does not lock readers and writers out of the table.
      await client.query(`create table heed.${name} (like heed.${table} including all)`);
      await client.query(
        `alter table heed.${table} attach partition heed.${name} for values from ('${smallestIdAt(startOfDay(day))}') to ('${smallestIdAt(startOfDay(day + 1))}')`,
      );
    }
  });
}
