import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a process holds right now, as Linux tells. */
export interface Holdings {
  /** Memory of its own and shared, in bytes. */
  readonly residentBytes: number;
  /** Memory of its own alone: PostgreSQL's shared buffers, which fill up once, are counted by every one of its processes. */
  readonly ownBytes: number;
  readonly handles: number;
}

/** @throws Error where the process is gone. */
export function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024;
  return {
    residentBytes: bytes('VmRSS'),
    ownBytes: bytes('RssAnon'),
    handles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** What a process and its children hold together; a child that ends meanwhile counts as nothing. */
export function holdingsOfFamily(pid: number): Holdings {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const each = [pid, ...children.map(Number)].map(holdingsOrNone);
  const sum = (of: (holdings: Holdings) => number): number => each.reduce((total, one) => total + of(one), 0);
  return {
    residentBytes: sum((one) => one.residentBytes),
    ownBytes: sum((one) => one.ownBytes),
    handles: sum((one) => one.handles),
  };
}

/** The process that PostgreSQL's lock file below a folder names. */
export function postmasterOf(folder: string): number {
  const lock = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('postmaster.pid'),
  );
  if (lock === undefined) throw new Error(`cannot find PostgreSQL, as ${folder} must hold its lock file: it does not`);
  return Number(readFileSync(join(folder, lock), 'utf8').split('\n')[0]);
}

function holdingsOrNone(pid: number): Holdings {
  try {
    return holdingsOf(pid);
  } catch {
    return { residentBytes: 0, ownBytes: 0, handles: 0 };
  }
}

function parentOf(pid: string): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    return null;
  }
}
