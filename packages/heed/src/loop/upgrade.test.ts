import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase } from '../store/testing.ts';
import { createPartitions } from '../store/partitions.ts';
import { createHeed } from './create.ts';
import { upgradeConfig } from './testing-upgrade.ts';

const migrations = ['0001_records.sql', '0002_loop_use.sql'];
const database = await createTestDatabase();
afterAll(() => database.drop());

/** Makes the database one that the Heed of the first two migrations has left. */
async function fillAsThen(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  await pool.query('drop schema heed cascade; create schema heed');
  await pool.query(
    'create table heed.migration (number integer primary key, name text not null, applied_at timestamptz not null default now())',
  );
  for (const [index, name] of migrations.entries()) {
    await pool.query(await readFile(new URL(`../store/migrations/${name}`, import.meta.url), 'utf8'));
    await pool.query('insert into heed.migration (number, name) values ($1, $2)', [index + 1, name]);
  }
  const text = await readFile(new URL('./fixtures/store-0002.json', import.meta.url), 'utf8');
  const tables = JSON.parse(text) as Record<string, { id?: string }[]>;
  const partitioned = [...(tables['decision'] ?? []), ...(tables['feedback'] ?? [])].flatMap(({ id }) => id ?? []);
  await createPartitions(pool).ensure(partitioned);
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {})
      .map((name) => `"${name}"`)
      .join(', ');
    await pool.query(
      `insert into heed.${table} (${columns}) overriding system value select ${columns} from json_populate_recordset(null::heed.${table}, $1)`,
      [JSON.stringify(rows)],
    );
  }
  // Rows that bring their numbers along leave the counters where they were; that store had counted on.
  const counted = await pool.query<{ table: string; column: string }>(
    "select table_name as table, column_name as column from information_schema.columns where table_schema = 'heed' and is_identity = 'YES'",
  );
  for (const { table, column } of counted.rows)
    await pool.query(
      `select setval(pg_get_serial_sequence('heed.${table}', '${column}'), (select coalesce(max("${column}"), 0) + 1 from heed.${table}), false)`,
    );
  await pool.end();
}

test('a store of the first release opens, migrates, and replays every decision bit for bit; then it goes on', async () => {
  await fillAsThen(database.url);
  const applied: string[] = [];
  const heed = await createHeed(upgradeConfig, { url: database.url, log: (line) => applied.push(line) });
  expect(applied.filter((line) => line.includes('applying the migration')).length).toBeGreaterThan(3);
  const { rows } = await heed.decisions.list({ limit: 100 });
  expect(rows).toHaveLength(30);
  expect(new Set(rows.map(({ artifact }) => artifact)).size).toBe(3);
  const replays = await Promise.all(rows.map(({ id }) => heed.decisions.replay(id)));
  expect(replays.filter(({ matches }) => !matches)).toEqual([]);

  expect((await heed.feedbacks.list({ limit: 100 })).rows).toHaveLength(14);
  expect((await heed.episodes.list()).rows).toMatchObject([{ task: 'an old task', status: 'open' }]);
  const [{ id: judged } = { id: '' }] = rows;
  await heed.feedback([{ loop: 'greeting', decision: judged, name: 'thumb' }]);
  await heed.derive();
  const report = await heed.train('greeting');
  expect(report.signalsUsed).toBeGreaterThan(0);
  const { lineage } = await heed.artifacts.get(report.artifact ?? '');
  expect(lineage.signals.before).toBe(9);
  await heed.close();
}, 60_000);
