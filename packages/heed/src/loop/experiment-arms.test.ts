import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createHeed } from './create.ts';
import { defineHeed } from './define.ts';
import type { ArmPolicy, Experiment } from '../spec/index.ts';
import type { Heed } from './heed.ts';
import { openTestHeed } from './testing.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Of two candidates the better one has 1 − ε / 2, and the other ε / 2. */
const greedy = (epsilon: number) => ({ name: 'epsilon-greedy', options: { epsilon } });
const config = (attributionWindowSeconds = 60) =>
  defineHeed({
    loops: {
      door: {
        context: z.object({}),
        candidate: z.object({ colour: z.string() }),
        action: { type: 'choice' },
        feedback: { entered: { kind: 'outcome', reward: 1 } },
        reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
        attributionWindowSeconds,
        exploration: greedy(0.2),
        release: { promote: 'manual', everySignals: 1_000_000, everySeconds: 1_000_000 },
      },
    },
  });
type DoorHeed = Heed<ReturnType<typeof config>>;

const candidates = ['red', 'blue'].map((colour) => ({ item: colour, features: { colour } }));
const reason = { by: 'ada', why: 'a test' };

async function enter(heed: DoorHeed, subject: string): Promise<void> {
  const { decision } = await heed.decide('door', { context: {}, candidates, subject });
  await heed.feedback([{ loop: 'door', decision, name: 'entered' }]);
  await heed.derive();
}

/** A loop whose policy has learned from the readers ann and bob. */
async function open() {
  const heed = await openTestHeed(config());
  closers.push(() => heed.close());
  for (const subject of ['ann', 'bob']) await enter(heed, subject);
  const { artifact } = await heed.train('door');
  return { heed, artifact: artifact ?? '' };
}

function start(heed: DoorHeed, policy: ArmPolicy, name = 'test'): Promise<Experiment> {
  const arms = [
    { name: 'control', policy: { type: 'serving' } as const },
    { name: 'new', policy },
  ];
  return heed.experiments.start({ loop: 'door', name, arms, ...reason });
}

/** Lets a worker run until it has ended the experiment. */
async function whyEnded(heed: Pick<DoorHeed, 'experiments' | 'work'>, id: string): Promise<string | undefined> {
  const stop = new AbortController();
  const working = heed.work({ signal: stop.signal, intervalMs: 50 });
  for (let tries = 0; tries < 300 && (await heed.experiments.get(id)).experiment.end === null; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await working;
  return (await heed.experiments.get(id)).experiment.end?.why;
}

test('a variant explores otherwise, replays, and nothing learns on from it', async () => {
  const { heed, artifact } = await open();
  await heed.artifacts.promote(artifact, reason);
  const { id, arms } = await start(heed, { type: 'variant', exploration: greedy(0.6) });
  const seen: Record<string, Set<number>> = { control: new Set(), new: new Set() };
  for (let reader = 0; reader < 60; reader += 1) {
    const { decision, probability } = await heed.decide('door', { context: {}, candidates, subject: `r${reader}` });
    const { experiment } = (await heed.decisions.get(decision)).decision;
    seen[experiment?.arm ?? '']?.add(Number(probability?.toFixed(9)));
    expect((await heed.decisions.replay(decision)).matches).toBe(true);
  }
  const sorted = (values: Set<number> | undefined): number[] => [...(values ?? [])].toSorted((a, b) => a - b);
  expect([sorted(seen['control']), sorted(seen['new'])]).toEqual([
    [0.1, 0.9],
    [0.3, 0.7],
  ]);
  await heed.experiments.stop(id, reason);
  await enter(heed, 'cid');
  const next = (await heed.train('door')).artifact ?? '';
  expect((await heed.artifacts.get(next)).lineage.parent).toBe(artifact);
  expect(arms[1]?.artifact).not.toBe(artifact);
});

test('a variant that won serves, and what is trained next goes on from it', async () => {
  const { heed } = await open();
  const { id, arms } = await start(heed, { type: 'variant', exploration: greedy(0.6) });
  const { end } = await heed.experiments.conclude(id, { ...reason, winner: 'new', promote: true });
  const won = arms[1]?.artifact;
  expect((await heed.loops.get('door')).serving).toMatchObject({ id: end?.release, artifact: won });
  await enter(heed, 'cid');
  const next = (await heed.train('door')).artifact ?? '';
  expect((await heed.artifacts.get(next)).lineage.parent).toBe(won);
});

test.each([
  [{ type: 'artifact', artifact: '019b9294-2a3b-7000-8000-00000000dead' }, 'not-found'],
  [{ type: 'variant', exploration: { name: 'dice', options: {} } }, 'invalid-configuration'],
  [{ type: 'variant', exploration: greedy(2) }, 'invalid-configuration'],
] as const)('an arm cannot be served by %j', async (policy, code) => {
  const { heed } = await open();
  await expect(start(heed, policy)).rejects.toMatchObject({ code });
  expect((await heed.experiments.list()).rows).toEqual([]);
});

test('a baseline that won cannot be promoted', async () => {
  const { heed } = await open();
  const { id } = await start(heed, { type: 'baseline' });
  await expect(heed.experiments.conclude(id, { ...reason, winner: 'new', promote: true })).rejects.toMatchObject({
    code: 'artifact-not-promotable',
  });
  expect((await heed.experiments.get(id)).experiment.status).toBe('running');
  expect(await heed.experiments.conclude(id, { ...reason, winner: 'new' })).toMatchObject({ status: 'concluded' });
});

test('an arm that had learned from somebody who was forgotten ends the experiment', async () => {
  const { heed, artifact } = await open();
  const { id } = await start(heed, { type: 'artifact', artifact });
  const { jobs } = await heed.subjects.delete('ann');
  expect(jobs).toHaveLength(1);
  expect(await whyEnded(heed, id)).toBe('the arm new had learned from a subject who was forgotten');
}, 60_000);

test('another version of the loop decides without the experiment, and ends it', async () => {
  const first = await openTestHeed(config());
  const { id } = await start(first, { type: 'baseline' });
  const database = await first.stop();
  closers.push(() => database.drop());
  const second = await createHeed(config(61), { url: database.url });
  closers.push(() => second.close());
  const { decision } = await second.decide('door', { context: {}, candidates, subject: 'ann' });
  expect((await second.decisions.get(decision)).decision.experiment).toBeUndefined();
  expect(await whyEnded(second, id)).toMatch(/^the loop has the version [0-9a-f]{16} now$/);
}, 60_000);

test('an arm with another learner is trained on all that is known, replays, and forgets with the others', async () => {
  const { heed, artifact } = await open();
  const policy = { type: 'learner', learner: { name: 'lin-ucb', options: {} } } as const;
  const { id, arms } = await start(heed, policy);
  const made = await heed.artifacts.get(arms[1]?.artifact ?? '');
  expect(made).toMatchObject({
    format: expect.not.stringMatching(`^${(await heed.artifacts.get(artifact)).format}$`),
    lineage: { parent: null, signals: { before: 0, used: 2 } },
  });
  const { decision } = await heed.decide('door', { context: {}, candidates, subject: 'r1' });
  expect((await heed.decisions.replay(decision)).matches).toBe(true);
  // Its signals stay for the loop's own training, which goes on from its own.
  await enter(heed, 'cid');
  const next = (await heed.train('door')).artifact ?? '';
  expect((await heed.artifacts.get(next)).lineage).toMatchObject({ parent: artifact, signals: { used: 1 } });
  await heed.subjects.delete('ann');
  expect(await whyEnded(heed, id)).toBe('the arm new had learned from a subject who was forgotten');
}, 120_000);

test('an arm cannot be served by a learner that nobody knows', async () => {
  const { heed } = await open();
  await expect(start(heed, { type: 'learner', learner: { name: 'oracle', options: {} } })).rejects.toMatchObject({
    code: 'invalid-configuration',
    message: expect.stringMatching(/learner.name must be one of .*: it is oracle$/),
  });
});
