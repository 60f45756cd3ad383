import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { runNode, strangersEnvironment } from '../processes.ts';
import type { PackTest } from './steps.ts';

const startTimeoutMs = 90_000;
const stopTimeoutMs = 20_000;

interface Service {
  readonly url: string;
  readonly child: ChildProcess;
  readonly said: () => string;
}

/** Starts `npx heed serve` in a process group of its own, and waits until it prints its address. */
async function startService(consumer: string): Promise<Service> {
  const env = { ...process.env, ...strangersEnvironment() };
  const child = spawn('npx', ['heed', 'serve', '--port', '0'], {
    cwd: consumer,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      kill(child, 'SIGKILL');
      reject(new Error(`"npx heed serve" must print its address within ${startTimeoutMs} ms: it wrote\n${said}`));
    }, startTimeoutMs);
    const listen = (text: string): void => {
      said += text;
      const url = /https?:\/\/[\w.:[\]-]+:\d+/.exec(said)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url, child, said: () => said });
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`"npx heed serve" must keep running: it ended with code ${code} after\n${said}`));
    });
  });
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended in the meantime.
  }
}

/** True where something still answers at the address, whatever it says. */
async function answers(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    () => true,
    () => false,
  );
}

async function stopService({ child, url, said }: Service): Promise<void> {
  kill(child, 'SIGTERM');
  const deadline = performance.now() + stopTimeoutMs;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ended = child.exitCode !== null || child.signalCode !== null;
  kill(child, 'SIGKILL');
  if (!ended || (await answers(url)))
    throw new Error(`"heed serve" must stop within ${stopTimeoutMs} ms of SIGTERM: it wrote\n${said()}`);
}

/** Serves the configuration that `heed init` wrote; one decision and one feedback go through the installed client. */
export async function serveOnce({ consumer }: PackTest): Promise<string> {
  const service = await startService(consumer);
  try {
    const { code, output } = await runNode([join(consumer, 'first-decision.ts')], {
      cwd: consumer,
      env: { ...strangersEnvironment(), HEED_URL: service.url },
      timeoutMs: 60_000,
    });
    if (code !== 0)
      throw new Error(
        `a decision and its feedback must pass through the client:\n${output}\nthe server wrote\n${service.said()}`,
      );
    return output.trim();
  } finally {
    await stopService(service);
  }
}
