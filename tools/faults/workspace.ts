import { chmodSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const stopWithinMs = 20_000;

/** Runs on a folder of its own for Heed's store, and leaves neither the folder nor its PostgreSQL behind. */
export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const outer = mkdtempSync(join(tmpdir(), 'heed-faults-'));
  // PostgreSQL may be run by another account, which must pass through.
  chmodSync(outer, 0o755);
  const folder = join(outer, 'heed');
  try {
    return await run(folder);
  } finally {
    const home = homeOf(folder);
    await stopPostgres(folder);
    for (const path of [home, outer]) rmSync(path, { recursive: true, force: true });
  }
}

/** Where the embedded PostgreSQL of a folder of Heed keeps its data. */
function dataFolderOf(folder: string): string {
  return join(homeOf(folder), 'data');
}

/** The process id of the PostgreSQL that serves the folder, or `null`. */
export function postmasterOf(folder: string): number | null {
  const data = dataFolderOf(folder);
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return readlinkSync(`/proc/${pid}/cwd`) === data ? pid : null;
  } catch {
    return null;
  }
}

/** Every process of the folder's PostgreSQL. */
export function postgresProcessesOf(folder: string): number[] {
  const data = dataFolderOf(folder);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && workingFolderOf(pid) === data);
}

/** Stops the folder's PostgreSQL where one is left, by force where it does not end. */
export async function stopPostgres(folder: string): Promise<void> {
  const pid = postmasterOf(folder);
  if (pid !== null) process.kill(pid, 'SIGINT');
  const until = performance.now() + stopWithinMs;
  while (postgresProcessesOf(folder).length > 0 && performance.now() < until) await wait(50);
  for (const left of postgresProcessesOf(folder)) process.kill(left, 'SIGKILL');
}

function homeOf(folder: string): string {
  const postgres = join(folder, 'postgres');
  try {
    const { home } = JSON.parse(readFileSync(join(postgres, 'location.json'), 'utf8')) as { home: string };
    return home;
  } catch {
    return postgres;
  }
}

function workingFolderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
