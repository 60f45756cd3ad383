import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findPostgres, needs } from '../../tools/testing/needs.ts';

export type OwnPostgres = { readonly url: string; readonly stop: () => Promise<void> } | { readonly skipped: string };

const startTries = 100;

/** The PostgreSQL that `HEED_DATABASE_URL` names, else the system's own, started on a folder that goes with it. */
export async function openPostgres(): Promise<OwnPostgres> {
  const named = process.env['HEED_DATABASE_URL'];
  if (named !== undefined && named !== '') return { url: named, stop: async () => undefined };
  const programs = findPostgres();
  if (programs === null) return { skipped: needs.postgres };
  const folder = mkdtempSync(join(tmpdir(), 'heed-bench-postgres-'));
  const account = process.getuid?.() === 0 ? accountOf('postgres') : null;
  if (account !== null) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const options = { ...account, cwd: folder, stdio: 'ignore' as const };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'heed', '-A', 'trust', '-E', 'UTF8'], options);
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-k', folder, '-c', 'listen_addresses='], options);
  for (let tries = 0; tries < startTries; tries += 1) {
    if (isReady(join(programs, 'pg_isready'), folder)) break;
    await wait(100);
  }
  return {
    url: `postgresql://heed@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      server.kill('SIGINT');
      await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isReady(program: string, folder: string): boolean {
  try {
    execFileSync(program, ['-h', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function accountOf(name: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}
