import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A script of `peers/` that answers each line with a line, both JSON. */
export interface PeerProcess {
  /** What the script said first. */
  readonly greeting: Readonly<Record<string, unknown>>;
  /** @throws Error with the script's own words where it answers with an error or ends. */
  readonly ask: (command: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

/** Starts a script and waits for its first line. */
export async function startPeer(
  python: string,
  script: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<PeerProcess> {
  const child = spawn(python, [join(import.meta.dirname, '..', 'peers', script), ...parameters], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`cannot ask the peer ${script}, as it must run: ${complaints.join('').trim()}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  const greeting = await read();
  return {
    greeting,
    ask: async (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const answer = await read();
      if ('error' in answer) throw new Error(String(answer['error']));
      return answer;
    },
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
