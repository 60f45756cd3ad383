import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HeedError } from '../../spec/index.ts';
import { accountHere, mayReach } from './account.ts';
import type { Account } from './account.ts';

/** Where an embedded store keeps what, and who runs it. */
export interface Location {
  /** The folder that the user named. */
  readonly folder: string;
  /** Belongs to the account that runs the server; `data` and the log lie in it. */
  readonly home: string;
  readonly data: string;
  /** Folder of the unix socket, the only door to the server: nobody but the account (and root) may enter it. */
  readonly socketFolder: string;
  readonly account: Account | null;
}

/** A unix socket's path holds 103 bytes at most on macOS, and ".s.PGSQL.5432.lock" has to fit too. */
const longestSocketFolder = 84;

const homeOfUnreachable = '/var/lib/heed';

/**
 * Decides where the data of `folder` lies, makes the folders, and gives them to the account that runs the server.
 * Where that account cannot reach `folder` (root's home is closed), the data lies under /var/lib/heed; `location.json` in the folder says so.
 */
export async function locate(folder: string, log: (line: string) => void): Promise<Location> {
  const absolute = resolve(folder);
  try {
    return await locateAt(absolute, log);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EPERM' || error.code === 'EACCES')))
      throw error;
    throw new HeedError(
      'store-unavailable',
      `cannot use the embedded store in ${absolute}, as the folder must belong to the user who runs Heed: ${error.message}`,
      { cause: error },
    );
  }
}

async function locateAt(absolute: string, log: (line: string) => void): Promise<Location> {
  await mkdir(absolute, { recursive: true, mode: 0o755 });
  const remembered = await readRemembered(absolute);
  const home = remembered ?? absolute;
  const account = accountHere(join(home, 'data'));
  if (remembered) return settle(absolute, remembered, account);
  if (mayReach(absolute, account)) {
    try {
      return await settle(absolute, absolute, account);
    } catch (error) {
      // A folder of a mounted file system may not be given away.
      if (!account || !(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
    }
  }
  const elsewhere = join(homeOfUnreachable, createHash('sha256').update(absolute).digest('hex').slice(0, 16));
  log(
    `keeping the data of ${absolute} in ${elsewhere}, as PostgreSQL runs as ${account?.name ?? 'you'}, who cannot reach that folder`,
  );
  const location = await settle(absolute, elsewhere, account);
  await writeFile(
    join(absolute, 'location.json'),
    `${JSON.stringify({ folder: absolute, home: elsewhere }, null, 2)}\n`,
  );
  return location;
}

async function readRemembered(folder: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(join(folder, 'location.json'), 'utf8');
  } catch {
    return null;
  }
  const remembered: { folder: string; home: string } = JSON.parse(text);
  // A folder that was moved keeps its data; one that was copied gets its own.
  const copied = remembered.folder !== folder && existsSync(join(remembered.folder, 'location.json'));
  return copied ? null : remembered.home;
}

async function settle(folder: string, home: string, account: Account | null): Promise<Location> {
  await own(home, account, 0o755);
  const socketFolder = socketFolderOf(home, account ? homeOfUnreachable : tmpdir());
  await own(socketFolder, account, 0o700);
  return { folder, home, data: join(home, 'data'), socketFolder, account };
}

/** The socket's folder: beside the data, or in `shortFolder` where that path is too long for a socket. */
export function socketFolderOf(home: string, shortFolder: string): string {
  const beside = join(home, 'socket');
  if (Buffer.byteLength(beside) <= longestSocketFolder) return beside;
  return join(shortFolder, `heed-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
}

async function own(folder: string, account: Account | null, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode });
  if (account) await chown(folder, account.uid, account.gid);
  if (mode === 0o700) await chmod(folder, mode);
}
