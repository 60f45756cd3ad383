import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { freeBytesAt } from '../../store/index.ts';
import { isAtLeast, leastNodeVersion } from '../config.ts';
import { fail, ok, skipped, warn } from './check.ts';
import type { Check } from './check.ts';

/** Whether this Node runs Heed and its TypeScript configuration. */
export function checkNode(version: string): Check {
  if (!isAtLeast(version, leastNodeVersion))
    return fail('node', `Node ${version}`, `install Node 24, or at least ${leastNodeVersion}`);
  const major = Number.parseInt(version, 10);
  return major % 2 === 1
    ? warn('node', `Node ${version} is not a long-term release`, 'use Node 24 for what runs long')
    : ok('node', `Node ${version}`);
}

const gibibyte = 2 ** 30;
const diskBounds = { warnBytes: 5 * gibibyte, failBytes: gibibyte } as const;

/** Whether a store on this disk can go on writing; `freeBytes` is what an ordinary user may still take. */
export function judgeDisk(freeBytes: number, folder: string): Check {
  const finding = `${(freeBytes / gibibyte).toFixed(1)} GiB free at ${folder}`;
  const advice = 'free some space, or lower retentionDays: PostgreSQL stops when its disk is full';
  if (freeBytes < diskBounds.failBytes) return fail('disk', finding, advice);
  return freeBytes < diskBounds.warnBytes ? warn('disk', finding, advice) : ok('disk', finding);
}

/** The disk of the embedded store; somebody else's PostgreSQL has a disk that is not seen from here. */
export async function checkDisk(folder: string | null): Promise<Check> {
  if (folder === null) return skipped('disk', 'the store is a PostgreSQL of yours: its disk is not seen from here');
  for (let at = folder; ; at = dirname(at)) {
    try {
      return judgeDisk(await freeBytesAt(at), folder);
    } catch (error) {
      if (dirname(at) === at) return skipped('disk', `the disk at ${folder} cannot be read: ${String(error)}`);
    }
  }
}

const answerWithinMs = 2_000;

/** Whether the port is free for `heed serve`, or held by one. */
export async function checkPort(host: string, port: number): Promise<Check> {
  const taken = await new Promise<string | null>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
  const address = `${host}:${port}`;
  if (taken === null) return ok('port', `${address} is free`);
  if (taken !== 'EADDRINUSE')
    return fail('port', `${address} cannot be listened on: ${taken}`, 'give `heed serve` another --port or --host');
  return (await isHeed(`http://${address}/health`))
    ? ok('port', `a Heed server answers on ${address}`)
    : warn('port', `${address} is taken by another program`, 'give `heed serve` another --port');
}

async function isHeed(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'store' in body;
  } catch {
    return false;
  }
}
