import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { contextualBanditLearner } from '../learner/index.ts';
import type { Learner } from '../spec/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import { createHeed } from './create.ts';
import type { Heed } from './heed.ts';
import { slowConfig, slowTraining } from './testing-slow.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
}

/** A worker in a process of its own. */
async function startWorker(url: string) {
  const script = fileURLToPath(new URL('./testing-slow-worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=heed-source', script, url], { stdio: 'pipe' });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  closers.push(() => child.kill('SIGKILL'));
  await until('the worker', () => said.includes('ready'));
  return { child, said: () => said, batches: () => said.split('training 10').length - 1 };
}

/** Heed over thirty rewards that nothing has learned from; it counts what it learns from here. */
async function openWithSignals() {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  const url = new URL(database.url);
  // A process that stands still in a transaction keeps its locks: the server ends it after this long.
  url.searchParams.set('options', '-c timezone=UTC -c idle_in_transaction_session_timeout=1000');
  let learned = 0;
  const learner = contextualBanditLearner as Learner<unknown>;
  const counting: Learner<unknown> = {
    ...learner,
    update(state, experiences) {
      learned += experiences.length;
      return learner.update(state, experiences);
    },
  };
  const heed = await createHeed(slowConfig, { url: url.href, learners: [counting], training: slowTraining });
  closers.push(() => heed.close());
  for (let hour = 0; hour < 30; hour += 1) {
    const { decision } = await heed.decide('greeting', {
      context: { hour },
      candidates: [
        { item: 'a', features: { tone: 'warm' } },
        { item: 'b', features: { tone: 'dry' } },
      ],
    });
    await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
  }
  await heed.derive();
  return { heed: heed as unknown as Heed, url: url.href, learned: () => learned };
}

async function trained(heed: Heed) {
  const { rows } = await heed.artifacts.list({ loop: 'greeting' });
  return rows.filter(({ lineage }) => lineage.signals.used > 0);
}

test('a worker that stands still loses its job: another goes on from its checkpoint, and the first publishes nothing when it wakes', async () => {
  const { heed, url, learned } = await openWithSignals();
  const first = await startWorker(url);
  const { id } = await heed.jobs.train('greeting');
  await until('the second batch', () => first.batches() >= 2);
  first.child.kill('SIGSTOP');

  const running = heed.work();
  await until('the end of the job', async () => (await heed.jobs.get(id)).status === 'succeeded');
  expect(await heed.jobs.get(id)).toMatchObject({ fencingToken: 2, checkpoint: null, outcome: { signalsUsed: 30 } });
  expect(learned()).toBe(20);

  first.child.kill('SIGCONT');
  await until('the waking worker to see that it lost', () => first.said().includes('given to another worker'));
  expect(await trained(heed)).toMatchObject([{ lineage: { signals: { before: 0, used: 30 } } }]);
  expect(await heed.jobs.get(id)).toMatchObject({ status: 'succeeded', fencingToken: 2 });
  first.child.kill('SIGKILL');
  await heed.close();
  await running;
}, 60_000);

test('a training whose parent is no longer the newest publishes nothing of what it made of it', async () => {
  const { heed, url } = await openWithSignals();
  const first = await startWorker(url);
  const { id } = await heed.jobs.train('greeting');
  await until('the first batch', () => first.batches() >= 1);
  first.child.kill('SIGSTOP');
  const newer = await heed.train('greeting');
  expect(newer).toMatchObject({ signalsUsed: 30, promoted: true });
  first.child.kill('SIGCONT');
  await until('the end of the job', async () => (await heed.jobs.get(id)).status === 'succeeded');
  expect(await heed.jobs.get(id)).toMatchObject({ outcome: { artifact: null, signalsUsed: 0 } });
  expect(await trained(heed)).toMatchObject([{ id: newer.artifact }]);
}, 60_000);

test('a training is taken over where its worker was killed', async () => {
  const { heed, url, learned } = await openWithSignals();
  const first = await startWorker(url);
  const { id } = await heed.jobs.train('greeting');
  await until('the third batch', () => first.batches() >= 3);
  first.child.kill('SIGKILL');
  const running = heed.work();
  await until('the end of the job', async () => (await heed.jobs.get(id)).status === 'succeeded');
  expect(learned()).toBe(10);
  expect(await trained(heed)).toHaveLength(1);
  await heed.close();
  await running;
}, 60_000);
