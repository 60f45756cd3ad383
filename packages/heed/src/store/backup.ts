import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { drizzle } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { HeedError } from '../spec/index.ts';
import { copyIn, copyOut } from './copy.ts';
import type { Store } from './database.ts';
import { knownMigrations } from './migrate.ts';
import { fillStore, readStore, requireSame } from './move.ts';
import type { MoveOptions } from './move.ts';
import { carriedTables, columnsOf, copyFrom, copyInto, sumTable } from './tables.ts';
import type { TableSum } from './tables.ts';
import { applyTombstones, listTombstones } from './subjects/tombstones.ts';
import type { Tombstone } from './subjects/tombstones.ts';

const manifestSchema = z.object({
  format: z.literal('heed-backup-1'),
  /** The newest migration of the store that was backed up. */
  schema: z.number().int(),
  days: z.array(z.number().int()),
  tables: z.array(
    z.object({
      name: z.enum(carriedTables),
      rows: z.number().int(),
      checksum: z.string(),
      columns: z.array(z.string().regex(/^[a-z_]+$/)),
    }),
  ),
});

/**
 * Writes one moment of a store to a folder: a gzipped binary COPY per table, then `manifest.json`, without which it is no backup.
 *
 * @throws HeedError `store-not-empty` where the folder holds something.
 */
export async function backupStore(store: Store, folder: string, { onProgress }: MoveOptions = {}): Promise<TableSum[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new HeedError('store-not-empty', `cannot back up to ${folder}, as the folder must be empty: it is not`);
  return readStore(store, async (source, days) => {
    const tables: z.infer<typeof manifestSchema>['tables'] = [];
    for (const name of carriedTables) {
      const columns = await columnsOf(source, name);
      await pipeline(
        copyOut(source, copyFrom(name, columns)),
        createGzip({ level: 1 }),
        createWriteStream(fileOf(folder, name), { mode: 0o600, flush: true }),
      );
      const sum = await sumTable(source, name);
      tables.push({ ...sum, columns });
      onProgress?.({ table: name, done: tables.length, of: carriedTables.length, rows: sum.rows });
    }
    const manifest: z.infer<typeof manifestSchema> = {
      format: 'heed-backup-1',
      schema: await newestMigration(),
      days,
      tables,
    };
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    return tables.map(({ name, rows, checksum }) => ({ name, rows, checksum }));
  });
}

export interface RestoreOptions extends MoveOptions {
  /** Who was forgotten since the backup was made: their keys, which it brings back, are destroyed again. */
  readonly tombstones?: readonly Tombstone[] | undefined;
}

/**
 * Fills an empty store from a backup, all or nothing, and checks rows and contents.
 *
 * @throws HeedError `store-not-empty`, `invalid-input` where the folder holds no whole backup, `store-newer-than-code`.
 */
export async function restoreStore(
  folder: string,
  store: Store,
  { onProgress, tombstones = [] }: RestoreOptions = {},
): Promise<TableSum[]> {
  const manifest = await readManifest(folder);
  const newest = await newestMigration();
  if (manifest.schema > newest) {
    throw new HeedError(
      'store-newer-than-code',
      `cannot restore ${folder}, as its schema must be of version ${newest} or older: it is ${manifest.schema}. Update Heed`,
    );
  }
  return fillStore(store, manifest.days, async (target) => {
    const sums: TableSum[] = [];
    for (const { name, rows, checksum, columns } of manifest.tables) {
      await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), (bytes: AsyncIterable<Buffer>) =>
        copyIn(target, copyInto(name, columns), bytes),
      );
      const sum = { name, rows, checksum };
      await requireSame(target, sum);
      sums.push(sum);
      onProgress?.({ table: name, done: sums.length, of: manifest.tables.length, rows });
    }
    const executor = drizzle(target);
    await applyTombstones(executor, [...(await listTombstones(executor)), ...tombstones]);
    return sums;
  });
}

async function readManifest(folder: string): Promise<z.infer<typeof manifestSchema>> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch (error) {
    throw new HeedError(
      'invalid-input',
      `cannot restore ${folder}, as it must hold a whole backup: its manifest.json cannot be read`,
      { cause: error },
    );
  }
}

async function newestMigration(): Promise<number> {
  return (await knownMigrations()).at(-1)?.number ?? 0;
}

function fileOf(folder: string, table: string): string {
  return join(folder, `${table}.copy.gz`);
}
