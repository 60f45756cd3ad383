import type pg from 'pg';
import { toStoreError } from './errors.ts';

/** Runs work of one name one after another, in all processes on the store. */
export type Exclusively = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * Makes what runs work alone. It waits within the process first, so that however many wait, they take one connection
 * of the pool, which the work itself needs. A process that dies lets go with its connection.
 */
export function createExclusively(pool: pg.Pool): Exclusively {
  const last = new Map<string, Promise<unknown>>();

  async function alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw toStoreError('reach the store', error);
    });
    let broken = false;
    try {
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]).catch((error: unknown) => {
        throw toStoreError('wait for others on the store', error);
      });
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => (broken = true));
      client.release(broken);
    }
  }

  return (name, work) => {
    const before = last.get(name) ?? Promise.resolve();
    const running = before.then(() => alone(name, work));
    const settled = running.catch(() => undefined);
    last.set(name, settled);
    void settled.then(() => {
      if (last.get(name) === settled) last.delete(name);
    });
    return running;
  };
}
