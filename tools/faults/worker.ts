import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createHeed } from '../../packages/heed/src/loop/index.ts';
import { slowConfig, slowLearner, slowTraining } from '../../packages/heed/src/loop/testing-slow.ts';
import { openStore } from '../../packages/heed/src/store/index.ts';
import type { Store } from '../../packages/heed/src/store/index.ts';
import type { Scenario } from './scenario.ts';
import { withFolder } from './workspace.ts';

const program = join(import.meta.dirname, '../../packages/heed/src/loop/testing-slow-worker.ts');
const withinMs = 60_000;
const signalsPerJob = 30;
/** How far a training has come when its worker is killed; each batch is a third of it, with a checkpoint after it. */
const stages = ['queued', 'batch 1', 'batch 2', 'batch 3', 'publishing', 'published'] as const;

/** A worker is killed in every stage of a training: another ends the job, and publishes one artifact that uses each signal once. */
export const workerKilled: Scenario = ({ quick, signal, report }) =>
  withFolder(async (folder) => {
    const workers: Worker[] = [];
    const heed = await createHeed(slowConfig, { folder, learners: [slowLearner(0)], training: slowTraining });
    const store = await openStore({ folder: join(folder, 'postgres'), clock: Date.now });
    const failures: string[] = [];
    const tried = quick ? stages.filter((_stage, place) => place % 2 === 0) : stages;
    let [killed, artifacts] = [0, 0];
    async function startWorker(): Promise<Worker> {
      const worker = runWorker(store.url);
      workers.push(worker);
      await until('a worker', () => worker.said().includes('ready'), signal);
      return worker;
    }
    async function tryStage(stage: (typeof stages)[number]): Promise<void> {
      for (let hour = 0; hour < signalsPerJob; hour += 1) {
        const { decision } = await heed.decide('greeting', { context: { hour }, candidates });
        await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
      }
      await heed.derive();
      const first = await startWorker();
      const release = stage === 'publishing' ? await holdArtifacts(store) : null;
      const { id } = await heed.jobs.train('greeting');
      const batch = Number(/batch (\d)/.exec(stage)?.[1] ?? 0);
      if (batch > 0) await until(stage, () => first.batches() >= batch, signal);
      if (stage === 'publishing') await until(stage, () => waitsForArtifacts(store), signal);
      const succeeded = async (): Promise<boolean> => (await heed.jobs.get(id)).status === 'succeeded';
      if (stage === 'published') await until(stage, succeeded, signal);
      await first.kill();
      killed += 1;
      await release?.();
      const second = await startWorker();
      await until(`the end of the job whose worker was killed when ${stage}`, succeeded, signal);
      // A second artifact would come within a moment.
      await wait(1_000, undefined, { signal });
      await second.kill();
      const made = await trainedArtifacts(store);
      if (made.length !== artifacts + 1) failures.push(`${stage}: ${made.length - artifacts} artifacts are published`);
      if (made.at(-1) !== signalsPerJob)
        failures.push(`${stage}: the artifact uses ${made.at(-1)} signals, of ${signalsPerJob}`);
      artifacts = made.length;
      report(`killed when ${stage}: another ended the job`);
    }
    try {
      for (const stage of tried) await tryStage(stage);
      const { rows } = await store.pool.query<{ used: number }>(
        'select count(distinct signal)::int as used from heed.signal_use',
      );
      const signalsUsed = rows[0]?.used ?? NaN;
      if (signalsUsed !== tried.length * signalsPerJob)
        failures.push(`${signalsUsed} signals are marked as used, of ${tried.length * signalsPerJob}`);
      return { figures: { killed, artifacts, signalsUsed }, failures };
    } finally {
      for (const worker of workers) await worker.kill();
      await store.close();
      await heed.close();
    }
  });

const candidates = [
  { item: 'a', features: { tone: 'warm' } },
  { item: 'b', features: { tone: 'dry' } },
];

interface Worker {
  readonly said: () => string;
  readonly batches: () => number;
  readonly kill: () => Promise<void>;
}

function runWorker(url: string): Worker {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=heed-source', program, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    said: () => said,
    batches: () => said.split('training 10').length - 1,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Lets nobody insert an artifact, so that a training stands still within its last transaction. */
async function holdArtifacts({ pool }: Store): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('lock table heed.artifact in share row exclusive mode');
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

async function waitsForArtifacts({ pool }: Store): Promise<boolean> {
  const { rows } = await pool.query(
    `select 1 from pg_locks where relation = 'heed.artifact'::regclass and not granted`,
  );
  return rows.length > 0;
}

/** The signals used by each trained artifact, oldest first. */
async function trainedArtifacts({ artifacts }: Store): Promise<number[]> {
  const { items } = await artifacts.list({ loop: 'greeting', limit: 100 });
  return items
    .map(({ lineage }) => lineage.signals.used)
    .filter((used) => used > 0)
    .toReversed();
}

async function until(what: string, holds: () => Promise<boolean> | boolean, signal: AbortSignal): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end)
      throw new Error(`cannot go on, as ${what} must come within ${withinMs} ms: it did not`);
    await wait(20, undefined, { signal });
  }
}
