import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface RunOptions {
  readonly cwd: string;
  /** Variables besides ours; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ended by force after this long; without it, never. */
  readonly timeoutMs?: number;
  /** `show` lets the program write to our own terminal, `keep` collects what it writes. */
  readonly output?: 'show' | 'keep';
}

export interface RunResult {
  /** Exit code, or 128 and more where a signal ended the program. */
  readonly code: number;
  /** Both streams, in the order written; empty where they were shown. */
  readonly output: string;
}

/** Runs a program to its end. Never rejects for a failing program: look at `code`. */
export async function runProgram(
  program: string,
  argumentList: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { cwd, env = {}, timeoutMs, output = 'keep' } = options;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, argumentList, {
      cwd,
      env: { ...process.env, ...env },
      stdio: output === 'show' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    let written = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (written += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (written += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== null)
        written += `\nended by ${signal}${timeoutMs === undefined ? '' : ` (limit ${timeoutMs} ms)`}`;
      resolve({ code: code ?? 128, output: written });
    });
  });
}

/** Runs a file of the workspace, or of a package in it, under the Node.js that runs us. */
export async function runNode(argumentList: readonly string[], options: RunOptions): Promise<RunResult> {
  return await runProgram(process.execPath, argumentList, options);
}

/** Runs npm as a person in that folder would: without what the npm that runs us has set for its scripts. */
export async function runNpm(argumentList: readonly string[], options: RunOptions): Promise<RunResult> {
  return await runProgram('npm', argumentList, { ...options, env: { ...strangersEnvironment(), ...options.env } });
}

/** Unsets our variables, so that nothing of this workspace leaks into another folder. */
export function strangersEnvironment(): Record<string, undefined> {
  const ours = Object.keys(process.env).filter((name) =>
    /^(npm_(package|lifecycle|config_local_prefix)|INIT_CWD$|HEED_|NODE_OPTIONS$)/.test(name),
  );
  return Object.fromEntries(ours.map((name) => [name, undefined]));
}

/** The workspace that these tools belong to. */
export const workspace: string = join(import.meta.dirname, '..');
