import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { epsilonGreedy } from '../policy/index.ts';
import { contextualBandit } from '../learner/index.ts';
import { defineHeed } from './define.ts';
import type { HeedEvent } from './heed.ts';
import { openStore } from '../store/index.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    front: {
      context: z.object({}),
      candidate: z.object({ words: z.record(z.string(), z.number()) }),
      action: { type: 'choice' },
      feedback: { stars: { kind: 'rating', value: z.number(), reward: { scale: 1, offset: 0 } } },
      reward: { range: [0, 5], combine: 'newest', final: 'feedback', missing: 'wait' },
      exploration: epsilonGreedy({ epsilon: 0.1 }),
      learner: contextualBandit({ subject: { namespaces: ['text'] } }),
      features: { namespaces: { text: { from: 'candidate', fields: ['words'] } } },
      release: { promote: 'manual' },
    },
  },
});
const request = { context: {}, candidates: [{ item: 'a', features: { words: { apple: 1 } } }] };
const clock = tickingClock();
let heed: TestHeed<typeof config>;

beforeAll(async () => {
  heed = await openTestHeed(config, { clock: clock.now });
});
afterAll(() => heed.close());

async function judged(subject: string, value: number): Promise<string> {
  const { decision } = await heed.decide('front', { ...request, subject });
  await heed.feedback([{ loop: 'front', decision, name: 'stars', value, subject }]);
  return decision;
}

async function trained(): Promise<string> {
  await judged('trainer', 3);
  await heed.derive();
  return (await heed.train('front')).artifact ?? '';
}

test('an episode starts once per key, and ends once', async () => {
  const asked = { loop: 'front', task: 'a walk', idempotencyKey: 'walk-1' };
  const first = await heed.episodes.start(asked);
  expect((await heed.episodes.start(asked)).id).toBe(first.id);
  expect((await heed.episodes.start({ ...asked, idempotencyKey: 'walk-2' })).id).not.toBe(first.id);
  await expect(heed.episodes.start({ ...asked, task: 'a run' })).rejects.toMatchObject({
    code: 'idempotency-conflict',
  });
  const ended = await heed.episodes.end(first.id, { status: 'terminated' });
  expect(await heed.episodes.end(first.id, { status: 'terminated' })).toEqual(ended);
  await expect(heed.episodes.end(first.id, { status: 'abandoned' })).rejects.toThrow(/must be open: it is terminated/);
});

test('a promotion and a roll-back happen once per key', async () => {
  const [one, two] = [await trained(), await trained()];
  const reason = { by: 'a test', why: 'to see' };
  await heed.artifacts.promote(one, reason);
  const promoted = await heed.artifacts.promote(two, { ...reason, idempotencyKey: 'up' });
  expect(await heed.artifacts.promote(two, { ...reason, idempotencyKey: 'up' })).toEqual(promoted);
  await expect(heed.artifacts.promote(one, { ...reason, idempotencyKey: 'up' })).rejects.toMatchObject({
    code: 'idempotency-conflict',
  });
  const back = await heed.artifacts.rollback('front', { ...reason, idempotencyKey: 'down' });
  expect(back.artifact).toBe(one);
  expect(await heed.artifacts.rollback('front', { ...reason, idempotencyKey: 'down' })).toEqual(back);
  expect((await heed.loops.get('front')).artifact?.id).toBe(one);
});

test('the newest release is the last one made, also where the clock of its process is behind', async () => {
  const [one, two] = [await trained(), await trained()];
  const reason = { by: 'a test', why: 'to see' };
  const behind = await heed.reopen({ clock: () => clock.now() - 60_000 });
  await heed.artifacts.promote(one, reason);
  await heed.artifacts.promote(two, reason);
  expect((await behind.artifacts.rollback('front', reason)).artifact).toBe(one);
  expect((await heed.loops.get('front')).artifact?.id).toBe(one);
  await behind.artifacts.promote(two, reason);
  expect((await heed.loops.get('front')).artifact?.id).toBe(two);
  await behind.close();
});

test('what was rolled back stays so, however many releases there were since', async () => {
  const [good, bad] = [await trained(), await trained()];
  const reason = { by: 'a test', why: 'to see' };
  for (let again = 0; again < 1_001; again += 1) await heed.artifacts.promote(good, reason);
  await heed.artifacts.promote(bad, reason);
  await heed.artifacts.rollback('front', reason);
  const next = await trained();
  expect((await heed.artifacts.get(next)).lineage.parent).toBe(good);
});

test('a signal counts once for its subject, also where a correction makes the state anew before all were read', async () => {
  const early = await judged('reader', 1);
  const later: string[] = [];
  for (let more = 0; more < 15; more += 1) {
    const asked = Array.from({ length: 100 }, () => heed.decide('front', { ...request, subject: 'reader' }));
    later.push(...(await Promise.all(asked)).map(({ decision }) => decision));
  }
  await heed.derive();
  // The correction comes first, and more signals after it than a worker reads at once.
  const stars = (decision: string, value: number) =>
    ({ loop: 'front', decision, name: 'stars', value, subject: 'reader' }) as const;
  await heed.feedback([stars(early, 2)]);
  await heed.feedback(later.map((decision) => stars(decision, 3)));
  await heed.derive();
  const { subjectState } = await heed.decide('front', { ...request, subject: 'reader', dryRun: true });
  expect(subjectState).not.toBeNull();
  expect(await countOf('reader')).toBe(1_501);
});

async function countOf(subject: string): Promise<number> {
  const store = await openStore({ url: heed.url, clock: clock.now });
  const [state] = (await store.subjectStates.list({ loop: 'front', subject, limit: 1 })).items;
  await store.close();
  return state?.counter ?? 0;
}

test('what was said under a name is taken back without a value', async () => {
  const decision = await judged('changer', 5);
  await heed.feedback([{ loop: 'front', decision, name: 'stars', kind: 'retraction', subject: 'changer' } as never]);
  await heed.derive();
  expect((await heed.decisions.get(decision)).signals.at(-1)).toMatchObject({ status: 'censored' });
});

test('a record that does not fit is refused, also in process', async () => {
  const bad = { ...request, action: { type: 'bogus' } } as never;
  await expect(heed.record('front', bad)).rejects.toThrow(
    /action\.type must fit the record|action must fit the record/,
  );
  await expect(
    heed.record('front', { ...request, action: { type: 'choice', item: 'a' }, decidedAt: 'yesterday' }),
  ).rejects.toThrow(/decidedAt must fit the record/);
});

test('feedback may expire, and an artifact that nobody promoted is told of', async () => {
  const { decision } = await heed.decide('front', request);
  const expiresAt = '2026-02-01T00:00:00.000Z';
  await heed.feedback([{ loop: 'front', decision, kind: 'comment', value: 'less of this', expiresAt }]);
  expect((await heed.decisions.get(decision)).feedback[0]?.expiresAt).toBe(expiresAt);

  const told = Promise.withResolvers<HeedEvent>();
  const stop = heed.subscribe((event) => {
    if (event.type === 'artifact') told.resolve(event);
  });
  // The listener's connection is made in the background.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const artifact = await trained();
  expect(await told.promise).toMatchObject({ loop: 'front', id: artifact });
  stop();
});
