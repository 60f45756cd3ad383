import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import { isConflict, isUnavailable, toStoreError } from './errors.ts';

/** What repositories run their statements on: the pool, or a transaction. */
export type Executor = PgDatabase<NodePgQueryResultHKT>;

export interface TransactionOptions {
  /** `repeatableRead`: every statement sees the same rows. Default: `readCommitted`. */
  readonly isolation?: 'readCommitted' | 'repeatableRead';
  /** How often the work is run again after it lost against another transaction. Default: 5. */
  readonly retries?: number;
  /** Transactions with the same lock run one after another. It is taken before the transaction sees anything. */
  readonly lock?: string;
}

const defaults = { isolation: 'readCommitted', retries: 5 } as const;

/** Runs `work` in one transaction, which is committed when this returns; after a conflict it runs again. */
export async function runTransaction<T>(
  pool: pg.Pool,
  work: (transaction: Executor) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { isolation, retries, lock } = { ...defaults, ...options };
  for (let attempt = 0; ; attempt += 1) {
    const client = await connect(pool);
    try {
      if (lock !== undefined) await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [lock]);
      const result = await drizzle(client).transaction(work, {
        isolationLevel: isolation === 'repeatableRead' ? 'repeatable read' : 'read committed',
      });
      await giveBack(client, lock);
      return result;
    } catch (error) {
      if (isUnavailable(error)) client.release(true);
      else await giveBack(client, lock);
      if (attempt >= retries || !isConflict(error)) throw error;
    }
  }
}

/** A lock of the session outlives its transactions: where it cannot be undone, the session ends. */
async function giveBack(client: pg.PoolClient, lock: string | undefined): Promise<void> {
  if (lock === undefined) {
    client.release();
    return;
  }
  await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lock]).then(
    () => client.release(),
    () => client.release(true),
  );
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toStoreError('reach the store', error);
  }
}
