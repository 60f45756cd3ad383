import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { HeedError } from '../spec/index.ts';

const folder = new URL('./migrations/', import.meta.url);

/** Any number that is ours: one process migrates at a time. */
const migrationLock = '7310583007';

interface Migration {
  readonly number: number;
  readonly name: string;
}

/** The migrations that this version of Heed knows, in order. */
export async function knownMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return names.map((name) => ({ number: Number(name.slice(0, 4)), name }));
}

/**
 * Brings the database to the newest schema, forward only; each migration is one transaction. One that came late, behind
 * a newer one that is applied already, is applied all the same.
 *
 * @throws HeedError `store-newer-than-code` where a newer Heed has migrated it.
 */
export async function migrate(client: pg.ClientBase, log: (line: string) => void): Promise<void> {
  const known = await knownMigrations();
  const newest = known.at(-1)?.number ?? 0;
  const before = await appliedIn(client);
  if (before.size === known.length && known.every(({ number }) => before.has(number))) return;
  await client.query(`select pg_advisory_lock(${migrationLock})`);
  try {
    const applied = await appliedIn(client);
    const last = Math.max(0, ...applied);
    if (last > newest) {
      throw new HeedError(
        'store-newer-than-code',
        `cannot open the store, as its schema must be of version ${newest} or older: it is ${last}, made by a newer Heed. Update Heed`,
      );
    }
    for (const migration of known.filter(({ number }) => !applied.has(number))) await apply(client, migration, log);
  } finally {
    await client.query(`select pg_advisory_unlock(${migrationLock})`);
  }
}

async function appliedIn(client: pg.ClientBase): Promise<Set<number>> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('heed.migration') is not null as there`,
  );
  if (!tables[0]?.there) return new Set();
  const { rows } = await client.query<{ number: number }>('select number from heed.migration');
  return new Set(rows.map(({ number }) => number));
}

async function apply(client: pg.ClientBase, migration: Migration, log: (line: string) => void): Promise<void> {
  log(`applying the migration ${migration.name}`);
  const statements = await readFile(new URL(migration.name, folder), 'utf8');
  await client.query('begin');
  try {
    await client.query('create schema if not exists heed');
    await client.query(
      'create table if not exists heed.migration (number integer primary key, name text not null, applied_at timestamptz not null default now())',
    );
    await client.query(statements);
    await client.query('insert into heed.migration (number, name) values ($1, $2)', [migration.number, migration.name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
