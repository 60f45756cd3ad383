import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Client } from 'pg';
import { HeedError } from '../../spec/index.ts';
import { createClient } from '../connection.ts';
import type { BackgroundClient } from '../connection.ts';
import { isUnavailable } from '../errors.ts';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { locate } from './location.ts';
import type { Location } from './location.ts';
import { ensureRunning, initialise, stopServer } from './process.ts';

export interface EmbeddedOptions {
  /** Where the store lies. */
  readonly folder: string;
  readonly log?: (line: string) => void;
}

/** A share in a running embedded server. */
export interface EmbeddedServer {
  /** Connection string of the database `heed`. */
  readonly url: string;
  readonly folder: string;
  /** Where the data lies: in `folder`, or elsewhere where the server's user cannot reach that. */
  readonly dataFolder: string;
  /** Whether this call started the server; otherwise it was running. */
  readonly started: boolean;
  /** Gives the share back; the last one stops the server. */
  readonly release: () => Promise<void>;
}

/** Any number that is ours: held shared by each process that uses the server, and alone by the one that stops it. */
const shareLock = '7310583006';

const attempts = 20;
const startAgainMs = 1_000;

/**
 * Starts the PostgreSQL of `folder`, or joins the one that runs there, whoever started it.
 *
 * @throws HeedError `store-unavailable` where its binaries are missing, the platform has none, or it does not stay up.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform === 'win32') {
    throw new HeedError(
      'store-unavailable',
      'cannot start the embedded PostgreSQL, as the platform must have unix sockets: it is Windows. Set HEED_DATABASE_URL to a PostgreSQL of yours',
    );
  }
  const log = options.log ?? (() => {});
  const location = await locate(options.folder, log);
  const binaries = await findBinaries(location.account, log);
  await initialise(location, binaries, log);
  const { started, client } = await takeShare(location, binaries, log);
  await ensureDatabase(client);
  return keepShare(location, binaries, log, started, client);
}

/** The connection string of a database on the server that listens in `socketFolder`. */
function embeddedUrl(socketFolder: string, database: string): string {
  return `postgresql://heed@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

async function takeShare(
  location: Location,
  binaries: Binaries,
  log: (line: string) => void,
): Promise<{ started: boolean; client: BackgroundClient }> {
  let started = false;
  for (let attempt = 1; ; attempt += 1) {
    if (await ensureRunning(location, binaries, log)) started = true;
    const client = createClient({ connectionString: embeddedUrl(location.socketFolder, 'postgres') });
    try {
      await client.connect();
      await client.query(`select pg_advisory_lock_shared(${shareLock})`);
      return { started, client };
    } catch (error) {
      await client.end().catch(() => {});
      if (attempt === attempts || !isUnavailable(error)) throw error;
    }
  }
}

function keepShare(
  location: Location,
  binaries: Binaries,
  log: (line: string) => void,
  started: boolean,
  first: BackgroundClient,
): EmbeddedServer {
  let client = first;
  let released = false;
  const hold = (held: BackgroundClient) => {
    client = held;
    // A program that forgets to close its store still ends; the next one then joins the server that it left.
    held.unref();
    held.once('end', () => {
      if (!released) void retake();
    });
  };
  const retake = async (failures = 0): Promise<void> => {
    if (failures === 0) log('the embedded PostgreSQL went away: starting it again');
    try {
      const next = await takeShare(location, binaries, log);
      if (released) await next.client.end();
      else hold(next.client);
    } catch (error) {
      // A full disk keeps it from starting until somebody makes room: that may take hours.
      const reason = error instanceof Error ? error.message : String(error);
      if (failures === 0) log(`cannot start the embedded PostgreSQL again, trying on: ${reason}`);
      await wait(startAgainMs, undefined, { ref: false });
      if (!released) void retake(failures + 1);
    }
  };
  hold(first);
  return {
    url: embeddedUrl(location.socketFolder, 'heed'),
    folder: location.folder,
    dataFolder: location.data,
    started,
    release: async () => {
      if (released) return;
      released = true;
      client.ref();
      if (await giveBack(client)) await stopServer(location);
      await client.end().catch(() => {});
    },
  };
}

/** True where nobody else uses the server: newcomers then wait for a lock that its end refuses them, and start it anew. */
async function giveBack(client: Client): Promise<boolean> {
  try {
    await client.query(`select pg_advisory_unlock_shared(${shareLock})`);
    const { rows } = await client.query<{ alone: boolean }>(`select pg_try_advisory_lock(${shareLock}) as alone`);
    return rows[0]?.alone ?? false;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query(`select 1 from pg_database where datname = 'heed'`);
  if (rowCount) return;
  try {
    await client.query('create database heed');
  } catch (error) {
    // 42P04, 23505: another process made it meanwhile.
    if (!(error instanceof DatabaseError && (error.code === '42P04' || error.code === '23505'))) throw error;
  }
}
