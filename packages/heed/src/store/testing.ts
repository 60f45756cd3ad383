import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openStore } from './database.ts';
import type { OpenStoreOptions, Store } from './database.ts';
import { startEmbedded } from './embedded/index.ts';
import { codeOf } from './errors.ts';
import { knownMigrations, migrate } from './migrate.ts';

export interface TestDatabase {
  readonly url: string;
  /** Drops the database; a second call waits for the first one. */
  readonly drop: () => Promise<void>;
}

/** Any number that is ours: one process makes the template. */
const templateLock = '7310583009';

/** A server for tests: `HEED_TEST_DATABASE_URL`, else an embedded one that all test processes of this user share. */
async function testServer(): Promise<{ url: string; release: () => Promise<void> }> {
  const url = process.env['HEED_TEST_DATABASE_URL'];
  if (url) return { url, release: async () => {} };
  const folder = join(tmpdir(), `heed-test-postgres-${process.getuid?.() ?? 0}`);
  return startEmbedded({ folder });
}

/** An empty database with today's schema, of its own for one test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const template = await ensureTemplate(server.url);
  const name = `heed_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await administer(server.url, (client) => client.query(`create database ${name} template ${template}`));
  const drop = async (): Promise<void> => {
    await administer(server.url, (client) => client.query(`drop database if exists ${name} with (force)`));
    await server.release();
  };
  let dropped: Promise<void> | undefined;
  return { url: withDatabase(server.url, name), drop: () => (dropped ??= drop()) };
}

/** A store over a database of its own, which `close` drops. */
export async function openTestStore(options: Partial<OpenStoreOptions> = {}): Promise<Store> {
  const database = await createTestDatabase();
  const store = await openStore({ clock: () => Date.UTC(2026, 0, 6, 9, 30), ...options, url: database.url });
  return {
    ...store,
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}

/** The template's name follows the migrations: a changed one makes a new template. */
async function ensureTemplate(url: string): Promise<string> {
  const migrations = await knownMigrations();
  const texts = await Promise.all(
    migrations.map(({ name }) => readFile(new URL(`./migrations/${name}`, import.meta.url))),
  );
  const name = `heed_template_${createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 16)}`;
  await administer(url, async (client) => {
    const there = async () =>
      (await client.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1;
    if (await there()) return;
    await client.query(`select pg_advisory_lock(${templateLock})`);
    if (await there()) return;
    const unfinished = `${name}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    await administer(withDatabase(url, unfinished), (inside) => migrate(inside, () => {}));
    await client.query(`alter database ${unfinished} rename to ${name}`);
    await dropLeftovers(client);
  });
  return name;
}

/** Databases of test processes that were killed. */
async function dropLeftovers(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname like 'heed\\_test\\_%' and not exists (select from pg_stat_activity a where a.datname = pg_database.datname)`,
  );
  for (const { name } of rows) {
    try {
      process.kill(Number(name.split('_')[2]), 0);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') await client.query(`drop database if exists ${name}`);
    }
  }
}

async function administer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server's other database. */
function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
