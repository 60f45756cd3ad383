import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user that the server runs as: PostgreSQL refuses to be run by root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Unprivileged users to run as, best first; every system has the last one. */
const accountNames = ['heed', 'postgres', '_postgres', 'nobody'];

/** The accounts of a password file, by name. */
export function parseAccounts(passwd: string): Account[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (!name || name.startsWith('#') || uid === undefined || gid === undefined) return [];
    // macOS writes nobody's ids as -2; the system calls take them unsigned.
    return [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
}

/**
 * The account that may run the server: `null` for "as we are", which is any user but root.
 * Data that already belongs to an unprivileged user keeps that owner.
 *
 * @throws Error where no unprivileged account exists.
 */
export function chooseAccount(ownUid: number | undefined, passwd: string, dataOwner: number | null): Account | null {
  if (ownUid !== 0) return null;
  const accounts = parseAccounts(passwd);
  const owner = accounts.find((account) => account.uid === dataOwner && account.uid !== 0);
  if (owner) return owner;
  for (const name of accountNames) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account) return account;
  }
  throw new Error(
    `cannot start PostgreSQL as root, as it must be run by an unprivileged user: none of ${accountNames.join(', ')} exists`,
  );
}

/** `chooseAccount` for this process and machine. */
export function accountHere(dataFolder: string): Account | null {
  const uid = process.getuid?.();
  if (uid !== 0) return null;
  return chooseAccount(uid, readFileSync('/etc/passwd', 'utf8'), ownerOf(dataFolder));
}

function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
}

/** Whether the permission bits let the account pass through a folder. */
export function mayPass(folder: { uid: number; gid: number; mode: number }, account: Account): boolean {
  if (folder.uid === account.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === account.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

/** Whether the account may pass through every folder above `path` and through `path` itself, where it exists. */
export function mayReach(path: string, account: Account | null): boolean {
  if (!account) return true;
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() && !mayPass(status, account)) return false;
  const parent = dirname(path);
  return parent === path || mayReach(parent, account);
}
