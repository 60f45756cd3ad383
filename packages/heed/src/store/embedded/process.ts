import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HeedError } from '../../spec/index.ts';
import type { Binaries } from './binaries.ts';
import type { Location } from './location.ts';

const pollMs = 5;
const rotateLogAtBytes = 16 * 1024 * 1024;
const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '' };

/** Settings of the embedded server: reachable by its socket alone, times in UTC, commits on disk before they are told. */
const serverSettings = [
  'listen_addresses=',
  'unix_socket_permissions=0700',
  'max_connections=200',
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'timezone=UTC',
  'log_timezone=UTC',
  'jit=off',
  'max_wal_size=2GB',
  'wal_compression=on',
];

/** Makes the data folder where there is none. Two processes may both try: the first one's rename counts. */
export async function initialise(location: Location, binaries: Binaries, log: (line: string) => void): Promise<void> {
  if (existsSync(join(location.data, 'PG_VERSION'))) return;
  log(`making a PostgreSQL store in ${location.home}`);
  await removeUnfinished(location);
  const unfinished = `${location.data}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const choices = [
    '--username=heed',
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--no-instructions',
  ];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await promisify(execFile)(binaries.executable('initdb'), ['-D', unfinished, ...choices, ...locale], {
      ...identity(location),
      cwd: location.home,
      env: environment,
    });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new HeedError(
      'store-unavailable',
      `cannot make the embedded store, as initdb must succeed: ${messageOf(error)}`,
      { cause: error },
    );
  }
  try {
    await rename(unfinished, location.data);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(join(location.data, 'PG_VERSION'))) throw error;
  }
}

/** Removes what processes left that were killed while they made a data folder. */
async function removeUnfinished(location: Location): Promise<void> {
  for (const name of await readdir(location.home)) {
    const [data, pid] = name.split('.');
    if (data === 'data' && pid !== undefined && !isAlive(Number(pid)))
      await rm(join(location.home, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Returns once a server of this location is ready, having started one where none runs: `true` where it did.
 * One left running by a process that was killed is used as it is; a lock file that names another program's process is removed,
 * but never while processes of a server that was killed still use the data.
 *
 * @throws HeedError `store-unavailable` where the server ends while starting.
 */
export async function ensureRunning(
  location: Location,
  binaries: Binaries,
  log: (line: string) => void,
): Promise<boolean> {
  let child: StartedServer | null = null;
  let told = false;
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const lock = await readLock(location);
    if (lock?.ready && existsSync(socketPath(location)) && (await runs(lock.pid, location))) return child !== null;
    if (child?.exited()) {
      child = null;
      // Another process's server may have won the start: only where none has is this a failure.
      if (!(lock && (await runs(lock.pid, location))) && !(await inUse(location)))
        throw startFailure(await logTail(location));
    } else if (child === null && !(lock && (await inUse(location)))) {
      if (lock && isAlive(lock.pid)) await removeLocks(location);
      child = await startServer(location, binaries);
    }
    if (waitedMs > 5_000 && !told) {
      told = true;
      log('PostgreSQL is still starting: it may be recovering from a crash');
    }
    await sleep(pollMs);
  }
}

/** Stops the server of this location as fast as is clean, and returns once it is down. */
export async function stopServer(location: Location): Promise<void> {
  const lock = await readLock(location);
  if (!lock || !(await runs(lock.pid, location))) return;
  process.kill(lock.pid, 'SIGINT');
  // Not "until the process is gone": where nobody reaps it, it stays as a zombie.
  while (existsSync(lockPath(location))) await sleep(pollMs);
}

interface StartedServer {
  readonly exited: () => boolean;
}

async function startServer(location: Location, binaries: Binaries): Promise<StartedServer> {
  const logPath = join(location.home, 'server.log');
  const size = await stat(logPath).then(
    (status) => status.size,
    () => 0,
  );
  if (size > rotateLogAtBytes) await rename(logPath, `${logPath}.1`);
  const logFile = await open(logPath, 'a', 0o600);
  try {
    const settings = [`unix_socket_directories=${location.socketFolder}`, ...serverSettings].flatMap((setting) => [
      '-c',
      setting,
    ]);
    const child = spawn(binaries.executable('postgres'), ['-D', location.data, ...settings], {
      ...identity(location),
      cwd: location.data,
      env: environment,
      // A group of its own: Ctrl-C reaches us alone, and we stop the server once our rows are written.
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
    let ended = false;
    child.once('exit', () => (ended = true));
    child.once('error', () => (ended = true));
    child.unref();
    return { exited: () => ended };
  } finally {
    await logFile.close();
  }
}

interface Lock {
  readonly pid: number;
  readonly ready: boolean;
}

async function readLock(location: Location): Promise<Lock | null> {
  let text: string;
  try {
    text = await readFile(lockPath(location), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new HeedError(
      'store-unavailable',
      `cannot use the embedded store, as ${location.data} must be readable by the user who runs Heed: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const lines = text.split('\n');
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
}

/** Whether the process is a PostgreSQL server of this location: a process id may have been given to another program since. */
async function runs(pid: number, location: Location): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (process.platform === 'linux') {
    // The server's working folder is its data folder; a zombie has none.
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return folder !== null && folder === (await realpath(location.data));
  }
  const command = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
    (result) => result.stdout,
    () => '',
  );
  return command.includes('postgres') && command.includes(location.data);
}

/** Whether any process of a server, its own or one that it left behind, works on the data. */
async function inUse(location: Location): Promise<boolean> {
  const lock = await readLock(location);
  // A server that is stopping is asked after every few milliseconds: all processes are looked through only once it is gone.
  if (lock !== null && (await runs(lock.pid, location))) return true;
  if (process.platform !== 'linux') return false;
  const data = await realpath(location.data);
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  for (const pid of pids) if ((await readlink(`/proc/${pid}/cwd`).catch(() => null)) === data) return true;
  return false;
}

async function removeLocks(location: Location): Promise<void> {
  await Promise.all(
    [lockPath(location), socketPath(location), `${socketPath(location)}.lock`].map((path) => rm(path, { force: true })),
  );
}

function lockPath(location: Location): string {
  return join(location.data, 'postmaster.pid');
}

function socketPath(location: Location): string {
  return join(location.socketFolder, '.s.PGSQL.5432');
}

function identity(location: Location): { uid?: number; gid?: number } {
  return location.account ? { uid: location.account.uid, gid: location.account.gid } : {};
}

async function logTail(location: Location): Promise<string> {
  const text = await readFile(join(location.home, 'server.log'), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

function startFailure(tail: string): HeedError {
  return new HeedError(
    'store-unavailable',
    `cannot start the embedded PostgreSQL, as it must stay up: it ended, having written\n${tail}`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
