import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../math/index.ts';
import type { Release } from '../spec/index.ts';
import { createHeed } from './create.ts';
import type { ReleaseHeed } from './testing-release.ts';
import { releaseConfigOf, scriptedFormat, scriptedLearner, showPages } from './testing-release.ts';

/** The gated loop of `testing-release.ts` with outcomes that are known after a second. */
export const killedConfig = releaseConfigOf(1);

export interface KilledRelease {
  /** The candidate's steps, oldest first. */
  readonly steps: readonly Release['step'][];
  /** Stages in which the worker was killed. */
  readonly killedIn: readonly Release['step'][];
  /** Whether the candidate serves in the end. */
  readonly serves: boolean;
}

const stages = ['apprentice', 'shadow', 'canary'] as const;
const mostSeconds = 120;

/**
 * One release of a better policy by workers of their own, each killed without notice in another stage, some time after it was
 * entered. What is left of a worker is what it had committed.
 */
export async function releaseThroughKills(url: string, seed: string): Promise<KilledRelease> {
  const random = createRandom(seed);
  const heed: ReleaseHeed = await createHeed(killedConfig, {
    url,
    learners: [scriptedLearner({ good: 0.95, fault: 'none' })],
    formats: [scriptedFormat],
  });
  let worker: ChildProcess | null = null;
  let readers = 0;
  const killedIn: Release['step'][] = [];

  async function bring(): Promise<void> {
    const subjects = Array.from({ length: 100 }, (_, place) => `reader ${readers + place}`);
    readers += subjects.length;
    await showPages(heed, subjects, random);
  }

  async function steps(artifact: string): Promise<Release[]> {
    return (await heed.artifacts.releases('page')).filter((row) => row.artifact === artifact).toReversed();
  }

  /** Lets readers come until the candidate has come to a step. */
  async function until(artifact: string, step: Release['step']): Promise<void> {
    const begun = performance.now();
    while ((await steps(artifact)).at(-1)?.step !== step) {
      if (performance.now() - begun > 1_000 * mostSeconds)
        throw new Error(`the release did not come to ${step}: ${JSON.stringify(await steps(artifact))}`);
      await bring();
      await wait(50);
    }
  }

  try {
    await bring();
    await wait(1_100);
    await heed.derive();
    const artifact = (await heed.train('page')).artifact ?? '';
    for (const stage of stages) {
      worker = await startWorker(url);
      await until(artifact, stage);
      await wait(random.uniform() * 500);
      worker.kill('SIGKILL');
      killedIn.push((await steps(artifact)).at(-1)?.step ?? stage);
    }
    worker = await startWorker(url);
    await until(artifact, 'full');
    const serving = (await heed.loops.get('page')).serving?.artifact;
    return { steps: (await steps(artifact)).map(({ step }) => step), killedIn, serves: serving === artifact };
  } finally {
    worker?.kill('SIGKILL');
    await heed.close();
  }
}

async function startWorker(url: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./testing-release-worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=heed-source', script, url], { stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ready')) resolve(child);
    });
    child.once('close', () => reject(new Error(`the worker ended before it was ready: ${said}`)));
  });
}
