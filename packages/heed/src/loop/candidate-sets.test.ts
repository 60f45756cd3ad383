import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import { createCandidatesReader, readCandidates } from './candidate-sets.ts';
import { defineHeed } from './define.ts';
import { openTestHeed } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    page: {
      context: z.object({}),
      candidate: z.object({ age: z.number() }),
      action: { type: 'choice' },
      feedback: { upvote: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
    },
  },
});
const items = Array.from({ length: 12 }, (_, index) => ({ item: `item ${index}`, features: { age: index / 7 } }));
let heed: TestHeed<typeof config>;
let store: Store;

beforeAll(async () => {
  heed = await openTestHeed(config);
  store = await openStore({ url: heed.url, clock: () => Date.UTC(2026, 0, 6) });
  await heed.items.put('page', items.slice(0, 6));
});
afterAll(async () => {
  await store.close();
  await heed.close();
});

/** A set by the ids of registered items, one whose candidates bring their features, and one of both. */
async function setsOf(at: number): Promise<string[]> {
  const registered = items.slice(at % 5, (at % 5) + 2).map(({ item }) => item);
  const inline = items.slice(6 + (at % 4)).map(({ item }) => ({ item, features: { age: at } }));
  const forms = [registered, inline, [...registered, ...inline]];
  const decided = await Promise.all(forms.map((candidates) => heed.decide('page', { context: {}, candidates })));
  const decisions = await store.decisions.getMany(decided.map(({ decision }) => decision));
  return [...decisions.values()].flatMap(({ candidates }) => candidates?.set ?? []);
}

test('many sets read at once are those read one at a time, and registered items are the same objects in all', async () => {
  const hashes = (await Promise.all(Array.from({ length: 50 }, (_each, at) => setsOf(at)))).flat();
  expect(new Set(hashes).size).toBeGreaterThan(100);
  const reader = createCandidatesReader(store);
  await reader.fetch(hashes);
  for (const hash of new Set(hashes)) expect(await reader.of(hash)).toEqual(await readCandidates(store, hash));
  const [first, again] = [await reader.of(hashes[0] ?? ''), await reader.of(hashes[0] ?? '')];
  expect(again).toBe(first);
});

test('a set that is not there is told of where it is asked for', async () => {
  const reader = createCandidatesReader(store);
  const missing = '0'.repeat(64);
  await reader.fetch([missing]);
  await expect(reader.of(missing)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining(missing),
  });
});

test('a reader that keeps a thousand sets reads more than that', async () => {
  const [hash = ''] = await setsOf(7);
  const reader = createCandidatesReader(store);
  await reader.fetch([hash]);
  await reader.fetch(Array.from({ length: 1_200 }, (_each, at) => at.toString(16).padStart(64, '0')).concat(hash));
  expect(await reader.of(hash)).toEqual(await readCandidates(store, hash));
});
