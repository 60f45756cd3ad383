import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const program = join(import.meta.dirname, '../../packages/heed/src/cli/main.ts');
const stopWithinMs = 15_000;
const keptLines = 20;

/** `heed serve` on one port, started as often as it is killed. */
export interface Server {
  readonly url: string;
  /** Starts a process; it need not be ready yet. */
  readonly start: () => void;
  /** Resolves once the process started last says its address. @throws Error where it ends before. */
  readonly ready: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly running: () => boolean;
  /** The last lines that it wrote to its log. */
  readonly said: () => string;
}

/** Prepares `heed serve` on a folder and a free port. */
async function prepareServer(folder: string): Promise<Server> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  let spoken: Promise<void> = Promise.resolve();
  const lines: string[] = [];

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    const late = new AbortController();
    await Promise.race([ended, wait(stopWithinMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    if (ending.exitCode === null && ending.signalCode === null) {
      ending.kill('SIGKILL');
      await ended;
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    start() {
      const started = spawn(
        process.execPath,
        ['--conditions=heed-source', program, 'serve', '--port', String(port), '--json', '--folder', folder],
        { cwd: import.meta.dirname, env: withoutDatabase(process.env), stdio: ['ignore', 'pipe', 'pipe'] },
      );
      child = started;
      createInterface({ input: started.stderr }).on('line', (line) => {
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
      });
      spoken = new Promise((resolve, reject) => {
        createInterface({ input: started.stdout }).once('line', () => resolve());
        started.once('exit', (code) =>
          reject(new Error(`cannot go on, as heed serve must stay up: it ended with ${code}\n${lines.join('\n')}`)),
        );
      });
      spoken.catch(() => undefined);
    },
    ready: () => spoken,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    running: () => child !== null && child.exitCode === null && child.signalCode === null,
    said: () => lines.join('\n'),
  };
}

/** Runs with a served folder, and stops the server in any case. */
export async function withServer<Result>(folder: string, run: (server: Server) => Promise<Result>): Promise<Result> {
  const server = await prepareServer(folder);
  try {
    server.start();
    await server.ready();
    return await run(server);
  } finally {
    await server.stop();
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

function withoutDatabase({ HEED_DATABASE_URL: _named, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest;
}
