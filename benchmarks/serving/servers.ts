import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A child process that serves HTTP. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  /** Seconds of processor time so far; `null` where the system does not tell. */
  readonly cpuSeconds: () => number | null;
  readonly stop: () => Promise<void>;
}

const ticksPerSecond = 100;
const root = join(import.meta.dirname, '../..');

/** Starts `heed serve` on a store, without a worker unless asked. */
export function startHeed(
  store: { readonly url?: string; readonly folder?: string },
  { worker = false }: { readonly worker?: boolean } = {},
): Promise<Served> {
  const where = store.url === undefined ? ['--folder', store.folder ?? ''] : ['--database', store.url];
  return start(
    [
      join(root, 'packages/heed/src/cli/main.ts'),
      'serve',
      ...(worker ? [] : ['--no-worker']),
      '--port',
      '0',
      '--json',
      ...where,
    ],
    withoutDatabase(process.env),
  );
}

/** Starts the bare route. */
export function startBare(): Promise<Served> {
  return start([join(import.meta.dirname, 'bare.ts')], process.env);
}

async function start(program: readonly string[], env: NodeJS.ProcessEnv): Promise<Served> {
  const child = spawn(process.execPath, ['--conditions=heed-source', ...program], {
    cwd: import.meta.dirname,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, pid: child.pid ?? NaN, cpuSeconds: () => cpuSecondsOf(child), stop: () => stop(child) };
  }
  throw new Error(`cannot measure, as ${program.join(' ')} must print its address: it ended before`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function cpuSecondsOf({ pid }: ChildProcess): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return null;
  }
}

function withoutDatabase({ HEED_DATABASE_URL: _named, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}
