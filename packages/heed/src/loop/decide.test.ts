import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { defineHeed } from './define.ts';
import { openTestHeed } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    page: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ topic: z.string() }),
      action: { type: 'choice' },
      feedback: { upvote: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
    },
  },
});

const items = ['a', 'b', 'c'].map((item) => ({ item, features: { topic: `topic of ${item}` } }));
const request = { context: { hour: 9 }, candidates: ['a', 'b', 'c'] };
let heed: TestHeed<typeof config>;

beforeAll(async () => {
  heed = await openTestHeed(config);
  await heed.items.put('page', items);
});
afterAll(() => heed.close());

test('a retry gets the first answer, also where no choice could be made any more', async () => {
  const keyed = { ...request, subject: 'ann', idempotencyKey: 'first' };
  const first = await heed.decide('page', keyed);
  const batch = [keyed, { ...request, idempotencyKey: 'second' }];
  const [again, second] = await heed.decideBatch('page', batch);
  expect(again).toEqual(first);
  await heed.items.delete('page', 'b');
  await expect(heed.decide('page', request)).rejects.toThrow(/b is not/);
  expect(await heed.decide('page', keyed)).toEqual(first);
  expect(await heed.decideBatch('page', batch)).toEqual([first, second]);
  // Nothing was stored under the key of what is refused, and what is asked otherwise under a known one is told so.
  const refused = { ...request, idempotencyKey: 'third' };
  await expect(heed.decide('page', refused)).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(heed.decide('page', { ...keyed, subject: 'bea' })).rejects.toMatchObject({
    code: 'idempotency-conflict',
  });
  const { rows } = await heed.decisions.list({ loop: 'page' });
  expect(rows.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['second', 'first']);
  await heed.items.put('page', items);
  expect((await heed.decide('page', refused)).chosen).toHaveLength(1);
});

test('a dry run stores nothing and asks for no key', async () => {
  const dry = { ...request, dryRun: true, idempotencyKey: 'dry' };
  const reply = await heed.decide('page', dry);
  expect(reply.token).toBeNull();
  await expect(heed.decisions.get(reply.decision)).rejects.toMatchObject({ code: 'not-found' });
  expect((await heed.decide('page', { ...request, idempotencyKey: 'dry' })).token).not.toBeNull();
});
