import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { HeedError } from '../spec/index.ts';
import { createPool } from './connection.ts';
import { readSince, resetCursor } from './cursor.ts';
import type { NewRows, ReadSinceOptions, ReadSinceResult } from './cursor.ts';
import { startEmbedded } from './embedded/index.ts';
import type { EmbeddedServer } from './embedded/index.ts';
import { toStoreError } from './errors.ts';
import { createExclusively } from './exclusive.ts';
import type { Exclusively } from './exclusive.ts';
import type { HotServices } from './hot.ts';
import { findKeys, idempotencyDigest } from './idempotency.ts';
import type { IdempotentKind } from './idempotency.ts';
import { digestOf } from './identity.ts';
import { migrate } from './migrate.ts';
import { createNotifications } from './notifications.ts';
import type { Notifications } from './notifications.ts';
import { createObserver } from './observer.ts';
import type { StoreObserver } from './observer.ts';
import { createPartitions } from './partitions.ts';
import { createSpaceCheck } from './space.ts';
import { createRepositories } from './repositories/index.ts';
import type { Repositories } from './repositories/index.ts';
import { createHotBlobs } from './repositories/blob.ts';
import { createSubjectKeys } from './subjects/keys.ts';
import { createMasterKey } from './subjects/master-key.ts';
import type { MasterKey } from './subjects/master-key.ts';
import { applicationName, requireMasterKeys, rotateMasterKey } from './subjects/rotate-master.ts';
import type { MasterKeyRotation, RotateMasterKeyOptions } from './subjects/rotate-master.ts';
import { applyRetention } from './retention.ts';
import type { RetentionResult } from './retention.ts';
import { runTransaction } from './transaction.ts';
import type { Executor, TransactionOptions } from './transaction.ts';

export interface OpenStoreOptions {
  /** Connection string of a PostgreSQL (15 or newer); left out, the embedded one of `folder` is used. */
  readonly url?: string | undefined;
  /** Folder of the embedded PostgreSQL. Default: `.heed/postgres`. */
  readonly folder?: string | undefined;
  /** Milliseconds since 1970: which days' partitions are made ahead. */
  readonly clock: () => number;
  readonly log?: ((line: string) => void) | undefined;
  /** Opens a database whose commits do not wait for the disk: rows that were acknowledged may then be lost. Default: `false`. */
  readonly unsafe?: boolean | undefined;
  /**
   * 32 bytes in hexadecimal or base64 under which subjects' keys are kept; of several, new ones lie under the first, and those
   * that lie under the others can be read too. Default: they are kept plain.
   */
  readonly masterKey?: string | readonly string[] | undefined;
  /** Connections at most. Default: 16. */
  readonly poolSize?: number | undefined;
}

export const storeDefaults = { folder: '.heed/postgres', poolSize: 16, unsafe: false } as const;

/** What a key was used for before. */
export interface KeyUse {
  /** The record's id; for an activation, its decision's. */
  readonly record: string;
  readonly samePayload: boolean;
}

export interface Store extends Repositories {
  /** Connection string of the database. */
  readonly url: string;
  /** The embedded server's whereabouts; `null` where the database is one of the user's own. */
  readonly embedded: { readonly folder: string; readonly dataFolder: string; readonly started: boolean } | null;
  readonly pool: pg.Pool;
  readonly database: Executor;
  readonly notifications: Notifications;
  readonly observer: StoreObserver;
  /** Runs `work` in one transaction: pass its executor to each call that belongs to it. After a conflict it runs again. */
  readonly transaction: <T>(work: (transaction: Executor) => Promise<T>, options?: TransactionOptions) => Promise<T>;
  /** Runs work of one name one after another, in all processes on the store. */
  readonly exclusively: Exclusively;
  /** Puts every subject's key under the first of the master keys: see `rotate-master.ts`. */
  readonly rotateMasterKey: (options?: RotateMasterKeyOptions) => Promise<MasterKeyRotation>;
  /** What an idempotency key was used for, before the work is done; `null` for a new one. */
  readonly findIdempotency: (
    kind: IdempotentKind,
    loop: string,
    key: string,
    payload: string,
  ) => Promise<KeyUse | null>;
  /** Hands each row committed since the consumer's last read to the handler, exactly once: see `cursor.ts`. */
  readonly readSince: (
    consumer: string,
    options: ReadSinceOptions,
    handler: (rows: NewRows, transaction: Executor) => Promise<void>,
  ) => Promise<ReadSinceResult>;
  readonly resetCursor: (consumer: string) => Promise<void>;
  /** Makes the partitions of the coming days. */
  readonly maintain: (nowMs: number) => Promise<void>;
  /** Deletes what is older than its loop keeps it. */
  readonly applyRetention: (nowMs: number) => Promise<RetentionResult>;
  /** The settings on which durability rests, as the server has them. */
  readonly serverSettings: () => Promise<ServerSettings>;
  /** Writes what waits, ends the connections, and stops the embedded server where nobody else uses it. */
  readonly close: () => Promise<void>;
}

export interface ServerSettings {
  readonly version: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
}

const oldestServer = 150_000;

/**
 * Opens the store: starts or joins the embedded PostgreSQL, or connects to the one at `url`; then brings the schema up to date.
 *
 * @throws HeedError `store-unavailable` where there is no server, `store-not-durable` where commits do not wait for the disk,
 *   `store-newer-than-code` where a newer Heed has used it.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const log = options.log ?? (() => {});
  const master = createMasterKey(options.masterKey);
  const server =
    options.url === undefined ? await startEmbedded({ folder: options.folder ?? storeDefaults.folder, log }) : null;
  const connection: pg.PoolConfig = {
    connectionString: server?.url ?? options.url,
    application_name: applicationName(master),
    // Times are read as text: their offset has to be known. A process that stands still in a transaction must not keep its locks.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=60000',
  };
  const pool = createPool({ ...connection, max: options.poolSize ?? storeDefaults.poolSize });
  try {
    await prepareDatabase(pool, options, log);
    await requireMasterKeys(pool, master);
    return await assemble(pool, connection, server, master, options.clock);
  } catch (error) {
    await pool.end();
    await server?.release();
    throw toStoreError('open the store', error);
  }
}

async function prepareDatabase(
  pool: pg.Pool,
  { unsafe = storeDefaults.unsafe }: OpenStoreOptions,
  log: (line: string) => void,
): Promise<void> {
  const client = await pool.connect();
  try {
    const settings = await readSettings(client);
    if (settings.number < oldestServer) {
      throw new HeedError(
        'store-unavailable',
        `cannot open the store, as PostgreSQL must be of version 15 or newer: it is ${settings.version}`,
      );
    }
    if (!unsafe) requireDurable(settings);
    await migrate(client, log);
  } finally {
    client.release();
  }
}

async function readSettings(client: pg.ClientBase | pg.Pool): Promise<ServerSettings & { number: number }> {
  const { rows } = await client.query<{ number: string; version: string; fsync: string; synchronousCommit: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version,
            current_setting('fsync') as fsync, current_setting('synchronous_commit') as "synchronousCommit"`,
  );
  const [row] = rows;
  if (!row) throw new Error('cannot read the settings, as the server must answer with a row: it gave none');
  return { ...row, number: Number(row.number) };
}

function requireDurable({ fsync, synchronousCommit }: ServerSettings): void {
  const setting = fsync === 'off' ? 'fsync' : synchronousCommit === 'off' ? 'synchronous_commit' : null;
  if (setting === null) return;
  throw new HeedError(
    'store-not-durable',
    `cannot open the store, as ${setting} must be on, or rows that were acknowledged may be lost: it is off. Pass unsafe: true to accept that`,
  );
}

async function assemble(
  pool: pg.Pool,
  connection: pg.PoolConfig,
  server: EmbeddedServer | null,
  master: MasterKey,
  clock: () => number,
): Promise<Store> {
  const keys = createSubjectKeys(master, clock);
  const exclusively = createExclusively(pool);
  const database: Executor = drizzle(pool);
  const notifications = createNotifications(pool, connection);
  const partitions = createPartitions(pool);
  await partitions.prepare(clock());
  const announce: HotServices['announce'] = (kind, entries) => {
    for (const { loop, record } of entries) notifications.announce(kind, loop, { loop, id: record.id });
  };
  const observer = createObserver();
  const requireSpace = createSpaceCheck(server?.dataFolder ?? null);
  const services: HotServices = {
    pool,
    partitions,
    requireSpace,
    keys,
    hotBlobs: createHotBlobs(clock),
    observer,
    announce,
  };
  const repositories = createRepositories(database, services);
  let closing: Promise<void> | null = null;
  const close = async () => {
    await Promise.all([
      repositories.decisions.drain(),
      repositories.feedback.drain(),
      repositories.activations.drain(),
    ]);
    await notifications.close();
    await pool.end();
    await server?.release();
  };
  return {
    ...repositories,
    url: connection.connectionString ?? '',
    embedded: server && { folder: server.folder, dataFolder: server.dataFolder, started: server.started },
    pool,
    database,
    notifications,
    observer: { onGroup: observer.onGroup, waiting: observer.waiting },
    transaction: (work, transactionOptions) => runTransaction(pool, work, transactionOptions),
    exclusively,
    rotateMasterKey: (rotationOptions) => rotateMasterKey(pool, exclusively, master, rotationOptions),
    findIdempotency: async (kind, loop, key, payload) => {
      const digest = idempotencyDigest(kind, loop, key);
      const use = (await findKeys(pool, [digest])).get(digest);
      return use ? { record: use.record, samePayload: use.payload === digestOf(payload) } : null;
    },
    readSince: (consumer, readOptions, handler) => readSince(pool, keys, consumer, readOptions, handler),
    resetCursor: (consumer) => resetCursor(database, consumer),
    maintain: (nowMs) => partitions.prepare(nowMs),
    applyRetention: async (nowMs) => {
      const result = await applyRetention(pool, await repositories.loops.latestOfEach(), nowMs);
      partitions.forget();
      return result;
    },
    serverSettings: async () => {
      const { version, fsync, synchronousCommit } = await readSettings(pool);
      return { version, fsync, synchronousCommit };
    },
    close: () => (closing ??= close()),
  };
}
