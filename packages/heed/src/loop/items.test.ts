import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { plackettLuce } from '../policy/index.ts';
import { defineHeed } from './define.ts';
import { packItemSet, unpackItemSet } from './item-sets.ts';
import { openTestHeed } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    page: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ topic: z.string(), age: z.number(), sold: z.boolean().optional() }),
      action: { type: 'slate', size: 3 },
      feedback: { upvote: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      exclusions: [{ from: 'candidate', field: 'sold', is: 'equal', value: true }],
      exploration: plackettLuce({ temperature: 0.5, uniform: 0.05 }),
    },
  },
});

const items = Array.from({ length: 20 }, (_, index) => ({
  item: `paper ${index}/ü`,
  features: { topic: `topic ${index % 5}`, age: index / 7 },
}));
const ids = items.map(({ item }) => item);
const context = { hour: 9 };
let heed: TestHeed<typeof config>;

beforeAll(async () => {
  heed = await openTestHeed(config);
  await heed.items.put('page', items);
});
afterAll(() => heed.close());

test('a set of items takes 16 bytes a place, and what came with its features follows', () => {
  const version = '019b9294-2a3b-7000-8000-0000000000aa';
  const inline = { item: 'a', features: { age: 1 } };
  expect(packItemSet([{ version }]).byteLength).toBe(5 + 16);
  expect(unpackItemSet(packItemSet([{ inline }, { version }, { inline: { ...inline, item: 'b' } }]))).toEqual([
    { inline },
    { version },
    { inline: { ...inline, item: 'b' } },
  ]);
  expect(() => unpackItemSet(packItemSet([{ version }]).subarray(0, 12))).toThrow(/whole and of format version 1/);
});

test('decisions by ids alone see the features that were put, like decisions that bring them', async () => {
  const byId = await heed.decide('page', { context, candidates: ids });
  const mixed = await heed.decide('page', {
    context,
    candidates: [{ item: ids[3] ?? '' }, ...items.slice(5, 8), ids[9] ?? ''],
  });
  const inline = await heed.decide('page', { context, candidates: items });
  const [a, b, c] = await Promise.all([byId, mixed, inline].map(({ decision }) => heed.decisions.get(decision)));
  expect(a?.candidates).toEqual(c?.candidates);
  expect(b?.candidates).toEqual([3, 5, 6, 7, 9].map((index) => c?.candidates[index]));
  for (const { decision } of [byId, mixed, inline])
    expect(await heed.decisions.replay(decision)).toMatchObject({ matches: true });
  const recorded = await heed.record('page', {
    context,
    candidates: ids.slice(0, 2),
    action: { type: 'slate', items: ids.slice(0, 2) },
  });
  expect((await heed.decisions.get(recorded.decision)).candidates).toEqual(c?.candidates.slice(0, 2));

  const client = new pg.Client({ connectionString: heed.url });
  await client.connect();
  const { rows } = await client.query<{ bytes: number }>(
    'select length(content) as bytes from heed.blob where hash = any($1) order by 1',
    [[a, c].map((detail) => Buffer.from(detail?.decision.candidates?.set ?? '', 'hex'))],
  );
  await client.end();
  expect(rows[0]?.bytes).toBe(5 + 20 * 16);
  expect(rows[1]?.bytes).toBeGreaterThan(500);
});

test('items that are not registered are named, and features that do not fit are refused with all that came with them', async () => {
  await expect(heed.decide('page', { context, candidates: [ids[0] ?? '', 'nowhere', 'never'] })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('nowhere, never are not'),
  });
  const wrong = [
    { item: 'new', features: { topic: 'x', age: 1 } },
    { item: 'bad', features: { topic: 1 } },
  ] as never;
  await expect(heed.items.put('page', wrong)).rejects.toThrow(/features of bad/);
  await expect(heed.items.get('page', 'new')).rejects.toMatchObject({ code: 'not-found' });
});

test('other features make another version, equal ones do not; what was taken off is not chosen any more', async () => {
  const name = 'changing';
  const put = (age: number) => heed.items.put('page', [{ item: name, features: { topic: 'x', age } }]);
  expect(await put(1)).toMatchObject([{ version: 1 }]);
  expect(await put(1)).toMatchObject([{ version: 1 }]);
  const before = await heed.decide('page', { context, candidates: [name, ids[0] ?? ''] });
  expect(await put(2)).toMatchObject([{ version: 2 }]);
  const after = await heed.decide('page', { context, candidates: [name, ids[0] ?? ''] });
  expect(
    (await heed.items.get('page', name)).versions.map(({ version, features }) => [version, features?.['age']]),
  ).toEqual([
    [2, 2],
    [1, 1],
  ]);
  expect(await heed.items.delete('page', name)).toEqual({ item: name, version: 3 });
  await expect(heed.decide('page', { context, candidates: [name] })).rejects.toThrow(/changing is not/);
  await expect(heed.items.delete('page', name)).rejects.toMatchObject({ code: 'not-found' });
  expect((await heed.decisions.get(before.decision)).candidates[0]?.features['age']).toBe(1);
  expect((await heed.decisions.get(after.decision)).candidates[0]?.features['age']).toBe(2);
  for (const { decision } of [before, after])
    expect(await heed.decisions.replay(decision)).toMatchObject({ matches: true });
  const listed = await heed.items.list('page', { limit: 7 });
  const rest = await heed.items.list('page', { limit: 1_000, after: listed.next ?? '' });
  expect([...listed.rows, ...rest.rows].map(({ item }) => item).toSorted()).toEqual(ids.toSorted());
  expect(await put(5)).toMatchObject([{ version: 4 }]);
});

test('another process sees an update within two seconds, also where the notification is lost', async () => {
  const other = await heed.reopen();
  const decideThere = () => other.decide('page', { context, candidates: ['shared', ids[1] ?? ''], dryRun: true });
  const put = (sold: boolean) => heed.items.put('page', [{ item: 'shared', features: { topic: 'x', age: 1, sold } }]);
  const seenAfter = async (sold: boolean): Promise<number> => {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 5_000) {
      const { chosen } = await decideThere();
      if (chosen.includes('shared') !== sold) return performance.now() - startedAt;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Infinity;
  };
  await put(false);
  expect(await seenAfter(false)).toBeLessThan(2_000);
  await put(true);
  expect(await seenAfter(true)).toBeLessThan(2_000);
  await put(false);
  expect(await seenAfter(false)).toBeLessThan(2_000);

  // Written past the repository: nobody is told, and the count alone says it.
  const client = new pg.Client({ connectionString: heed.url });
  await client.connect();
  await client.query(
    `insert into heed.item_version select gen_random_uuid(), loop, item, version + 1, '{"topic":"x","age":1,"sold":true}', put_at
     from heed.item_version where item = 'shared' order by version desc limit 1`,
  );
  await client.query('update heed.item_change set change = change + 1');
  await client.end();
  expect(await seenAfter(true)).toBeLessThan(2_500);
  await other.close();
});

test('what was decided by ids is exported whole, comes in again as duplicates, and elsewhere with its candidates', async () => {
  const { decision } = await heed.decide('page', { context, candidates: ids });
  const bytes = await heed.exportRows('jsonl', 'decisions');
  const here = await heed.importRows('jsonl', bytes);
  expect(here.duplicates).toBe(here.decisions);
  const elsewhere = await openTestHeed(config);
  await elsewhere.importRows('jsonl', bytes);
  expect((await elsewhere.decisions.get(decision)).candidates).toEqual((await heed.decisions.get(decision)).candidates);
  await elsewhere.close();
});
