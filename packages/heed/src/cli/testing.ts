import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';
import type { Terminal } from './terminal.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of a stranger's, outside the workspace, that can import heed and zod. */
export interface Project {
  readonly folder: string;
  /** Runs the command to its end. */
  run(...parameters: string[]): Promise<Ran>;
  /** Runs it with --json; fails where it does not end with `code`. */
  json(parameters: readonly string[], code?: number): Promise<unknown>;
  /** Starts it, and comes back with its first line as JSON. */
  start(...parameters: string[]): Promise<{ readonly first: unknown; stop(signal: NodeJS.Signals): Promise<Ran> }>;
  remove(): Promise<void>;
}

export async function createProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'heed-cli-'));
  // Where tests run as root, the embedded server runs as another user, who must reach its data.
  await chmod(folder, 0o755);
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await symlink(packageFolder, join(modules, 'heed'), 'dir');
  await symlink(dirname(createRequire(import.meta.url).resolve('zod/package.json')), join(modules, 'zod'), 'dir');
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const running = new Set<ChildProcess>();

  function spawnHeed(parameters: readonly string[]): {
    child: ChildProcess;
    ended: Promise<Ran>;
    firstLine: Promise<string>;
  } {
    const { HEED_DATABASE_URL: _theirs, ...environment } = process.env;
    const child = spawn(process.execPath, ['--conditions=heed-source', main, ...parameters], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let [out, err] = ['', ''];
    const line = Promise.withResolvers<string>();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) line.resolve(out.slice(0, out.indexOf('\n')));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        running.delete(child);
        line.reject(new Error(`heed ${parameters.join(' ')} ended with ${code} before it said anything: ${err}`));
        resolve({ code, out, err });
      });
    });
    line.promise.catch(() => undefined);
    return { child, ended, firstLine: line.promise };
  }

  return {
    folder,
    run: (...parameters) => spawnHeed(parameters).ended,
    async json(parameters, code = 0) {
      const ran = await spawnHeed([...parameters, '--json']).ended;
      if (ran.code !== code)
        throw new Error(`heed ${parameters.join(' ')} ended with ${ran.code}: ${ran.out}${ran.err}`);
      return JSON.parse(ran.out);
    },
    async start(...parameters) {
      const { child, ended, firstLine } = spawnHeed([...parameters, '--json']);
      const first: unknown = JSON.parse(await firstLine);
      return {
        first,
        stop(signal) {
          child.kill(signal);
          return ended;
        },
      };
    },
    async remove() {
      for (const child of running) child.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs a command in this process, as somebody would at a terminal where nobody watches. */
export async function runHere(
  parameters: readonly string[],
  more: Partial<Pick<Terminal, 'folder' | 'clock' | 'interrupted' | 'environment'>> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const code = await run(parameters, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    watched: false,
    answers: false,
    environment: {},
    folder: '/',
    clock: () => 0,
    interrupted: new AbortController().signal,
    ...more,
  });
  return { code, out, err };
}
