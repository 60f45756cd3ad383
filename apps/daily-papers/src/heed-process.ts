import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface HeedProcessOptions {
  /** Path of `heed.config.ts`. */
  readonly config: string;
  /** Folder of the embedded store; left out, it lies beside the configuration. */
  readonly folder?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  readonly timeoutMs: number;
  /** Asks the process to end, also while it is still starting. */
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

export interface HeedProcess {
  readonly url: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Asks it to finish what it began and to end; resolves when it has. */
  stop(): Promise<void>;
}

/**
 * Runs `heed serve` as a process of its own and waits until it answers.
 *
 * @throws {Error} When it ends, or says nothing for `timeoutMs`, before it serves.
 */
export async function startHeed({
  config,
  folder,
  port,
  timeoutMs,
  signal,
  log,
}: HeedProcessOptions): Promise<HeedProcess> {
  const { program, conditions } = heedProgram();
  const options = [
    'serve',
    '--json',
    '--config',
    config,
    '--port',
    String(port),
    ...(folder === undefined ? [] : ['--folder', folder]),
  ];
  // A group of its own: Ctrl-C in the terminal reaches us alone, and the server is asked once.
  const child = spawn(process.execPath, [...conditions, program, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  createInterface({ input: child.stderr }).on('line', (line) => log(line));
  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  }
  signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    signal?.throwIfAborted();
    return { url: await firstAnswer(child, ended, timeoutMs), ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The `url` of the one line of JSON that `heed serve --json` prints once it serves. */
async function firstAnswer(
  child: ChildProcess & { stdout: NodeJS.ReadableStream },
  ended: Promise<void>,
  timeoutMs: number,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () =>
      reject(
        new Error(
          `cannot start Heed, as it must serve within ${timeoutMs / 1000} s: it does not (see its messages above)`,
        ),
      ),
    timeoutMs,
  );
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = urlIn(line);
    if (url !== null) resolve(url);
  });
  void ended.then(() =>
    reject(
      new Error(
        `cannot start Heed, as its process must go on: it ended with ${child.exitCode ?? child.signalCode ?? 'an error'} (see its messages above)`,
      ),
    ),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function urlIn(line: string): string | null {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && 'url' in said && typeof said.url === 'string' ? said.url : null;
  } catch {
    return null;
  }
}

/** The `heed` command: its sources while developing, else what was built. */
function heedProgram(): { readonly program: string; readonly conditions: readonly string[] } {
  const folder = dirname(fileURLToPath(import.meta.resolve('heed/package.json')));
  const sources = join(folder, 'src/cli/main.ts');
  if (existsSync(sources)) return { program: sources, conditions: ['--conditions=heed-source'] };
  return { program: join(folder, 'dist/cli/main.js'), conditions: [] };
}
