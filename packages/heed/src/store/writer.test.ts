import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from './database.ts';
import type { Store } from './database.ts';
import { openTestStore } from './testing.ts';
import { createGroupWriter } from './writer.ts';
import { testActivation, testDecision, testFeedback, testId } from './testing-records.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function count(table: string): Promise<number> {
  const { rows } = await store.pool.query<{ count: string }>(`select count(*) from heed.${table}`);
  return Number(rows[0]?.count);
}

describe('a group of writes', () => {
  test('comes back as it was given, in one transaction', async () => {
    const decisions = Array.from({ length: 300 }, (_, index) =>
      testDecision({
        step: index,
        context: [
          { type: 'vector', values: [0.5, -3, 1e-30] },
          { type: 'vector', name: 'exact', values: [0.1, 2 ** -40] },
          { type: 'text', text: 'a "quoted" \\ {word}, \u0000 and \ud83d\ude00' },
        ],
        action: { type: 'message', parts: [{ type: 'vector', values: [Math.fround(0.1)] }], raw: 'NULL', valid: true },
        traceId: 'trace',
      }),
    );
    const results = await Promise.all(decisions.map((decision) => store.decisions.insert(decision)));
    expect(results.every(({ repeated }) => !repeated)).toBe(true);
    const stored = await store.decisions.getMany(decisions.map(({ id }) => id));
    for (const decision of decisions) expect(stored.get(decision.id)).toEqual(decision);
    const { rows } = await store.pool.query('select distinct xid from heed.decision where id = any($1)', [
      decisions.map(({ id }) => id),
    ]);
    expect(rows).toHaveLength(1);
  });

  test('a row that cannot be stored fails alone', async () => {
    const good = Array.from({ length: 9 }, () => testDecision());
    const bad = ['no \u0000 in text', 'no half of a pair \ud800'].map((subject) => testDecision({ subject }));
    const results = await Promise.allSettled(
      [...good.slice(0, 4), ...bad, ...good.slice(4)].map((decision) => store.decisions.insert(decision)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      ...Array(4).fill('fulfilled'),
      ...Array(2).fill('rejected'),
      ...Array(5).fill('fulfilled'),
    ]);
    for (const result of results.slice(4, 6))
      expect(result).toMatchObject({ reason: { name: 'HeedError', code: 'invalid-input' } });
    expect((await store.decisions.getMany(good.map(({ id }) => id))).size).toBe(9);
  });

  test('numbers keep every bit', async () => {
    const values = [5e-324, 1.7976931348623157e308, -0.1 - 0.2, 1 / 3];
    const decision = testDecision({
      behaviour: { kind: 'density', logProbability: -1 / 3 },
      action: { type: 'vector', values },
    });
    await store.decisions.insert(decision);
    expect(await store.decisions.get(decision.id)).toEqual(decision);
  });

  test('a vector of float32 takes a third of the room of its digits', async () => {
    const values = Array.from({ length: 640 }, (_, index) => Math.fround(Math.sin(index)));
    const decision = testDecision({ context: [{ type: 'vector', values }] });
    await store.decisions.insert(decision);
    const { rows } = await store.pool.query<{ bytes: number }>(
      'select length(body::text) as bytes from heed.decision where id = $1',
      [decision.id],
    );
    expect(rows[0]?.bytes).toBeLessThan(JSON.stringify(values).length / 3);
    expect(await store.decisions.get(decision.id)).toEqual(decision);
  });
});

/** Notes the size of each group; a number's result is its opposite. */
function negate(sizes: number[]) {
  return async (_client: unknown, entries: readonly number[]) => {
    sizes.push(entries.length);
    return entries.map((entry) => ({ result: -entry }));
  };
}

describe('createGroupWriter', () => {
  test('shares transactions among writes that arrive while one is under way, each of a bounded size', async () => {
    const sizes: number[] = [];
    const writer = createGroupWriter<number, number>({
      pool: store.pool,
      what: 'number',
      groupSize: 4,
      write: negate(sizes),
    });
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(writer.write))).toEqual([-1, -2, -3, -4, -5, -6]);
    expect(sizes).toEqual([4, 2]);
  });

  test('writes a unit of several whole, also where it is larger than a group', async () => {
    const sizes: number[] = [];
    const writer = createGroupWriter<number, number>({
      pool: store.pool,
      what: 'number',
      groupSize: 3,
      write: negate(sizes),
    });
    const results = await Promise.all([
      writer.write(1),
      writer.writeAll([2, 3, 4, 5]),
      writer.writeAll([6, 7]),
      writer.writeAll([]),
    ]);
    expect(results).toEqual([-1, [-2, -3, -4, -5], [-6, -7], []]);
    expect(sizes).toEqual([1, 4, 2]);
  });

  test('keeps nothing of a unit of which one entry is refused, and all of its neighbours', async () => {
    const taken = testDecision();
    await store.decisions.insert(taken, { idempotency: { key: 'unit', payload: 'one' } });
    const rows = Array.from({ length: 5 }, () => testDecision());
    const [a, b, c, d, e] = rows as [typeof taken, typeof taken, typeof taken, typeof taken, typeof taken];
    const results = await Promise.allSettled([
      store.decisions.insertAll([{ record: a }, { record: b, idempotency: { key: 'unit', payload: 'two' } }]),
      store.decisions.insertAll([{ record: c, idempotency: { key: 'unit', payload: 'one' } }, { record: d }]),
      store.decisions.insert(e),
    ]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'idempotency-conflict' } },
      {
        value: [
          { stored: taken, repeated: true },
          { stored: d, repeated: false },
        ],
      },
      { value: { stored: e, repeated: false } },
    ]);
    expect([...(await store.decisions.getMany(rows.map(({ id }) => id))).keys()].toSorted()).toEqual(
      [d.id, e.id].toSorted(),
    );
  });

  test('refuses what would wait behind too many', async () => {
    const writer = createGroupWriter<number, number>({
      pool: store.pool,
      what: 'number',
      waitingAtMost: 2,
      write: negate([]),
    });
    const results = await Promise.allSettled([1, 2, 3].map(writer.write));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'overloaded', status: 503, retryable: true } });
  });
});

describe('an idempotency key', () => {
  test('gives the first record again, in the same group, in a later one, and from another process', async () => {
    const other = await openSecond();
    const key = { key: 'same', payload: 'request' };
    const [first, second, third] = [testDecision(), testDecision(), testDecision()];
    const [a, b] = await Promise.all([
      store.decisions.insert(first, { idempotency: key }),
      store.decisions.insert(second, { idempotency: key }),
    ]);
    expect(a).toEqual({ stored: first, repeated: false });
    expect(b).toEqual({ stored: first, repeated: true });
    expect(await other.decisions.insert(third, { idempotency: key })).toEqual({ stored: first, repeated: true });
    expect(await store.decisions.getMany([second.id, third.id])).toEqual(new Map());
    expect(await store.findIdempotency('decision', 'papers', 'same', 'request')).toEqual({
      record: first.id,
      samePayload: true,
    });
    expect(await store.findIdempotency('decision', 'papers', 'new', 'request')).toBeNull();
    await other.close();
  });

  test('with another payload is a conflict, and harms no neighbour', async () => {
    await store.decisions.insert(testDecision(), { idempotency: { key: 'conflict', payload: 'one' } });
    const neighbour = testDecision();
    const results = await Promise.allSettled([
      store.decisions.insert(testDecision(), { idempotency: { key: 'conflict', payload: 'two' } }),
      store.decisions.insert(neighbour),
    ]);
    expect(results[0]).toMatchObject({
      status: 'rejected',
      reason: { code: 'idempotency-conflict', status: 409, retryable: false },
    });
    expect(results[1]).toMatchObject({ status: 'fulfilled', value: { repeated: false } });
  });

  test('belongs to one loop and one kind of record', async () => {
    const idempotency = { key: 'scoped', payload: 'x' };
    const decision = testDecision();
    await store.decisions.insert(decision, { idempotency });
    expect((await store.decisions.insert(testDecision({ loop: 'other' }), { idempotency })).repeated).toBe(false);
    expect((await store.feedback.insert(testFeedback(decision.id), { idempotency })).repeated).toBe(false);
  });

  test('used by many writers of two processes at once stores one row', async () => {
    const other = await openSecond();
    const before = await count('decision');
    const keys = Array.from({ length: 50 }, (_, index) => ({ key: `race-${index}`, payload: 'x' }));
    const writes = keys.flatMap((idempotency) =>
      [store, other, store, other].map((target) => target.decisions.insert(testDecision(), { idempotency })),
    );
    const results = await Promise.all(writes);
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(50);
    expect(await count('decision')).toBe(before + 50);
    for (let index = 0; index < results.length; index += 4)
      expect(new Set(results.slice(index, index + 4).map(({ stored }) => stored.id)).size).toBe(1);
    await other.close();
  });
});

/** As another process would: with a pool and writers of its own. */
function openSecond(): Promise<Store> {
  return openStore({ url: store.url, clock: () => 0 });
}

describe('an id', () => {
  test('stored again with the same content is no second row; with other content it is a conflict', async () => {
    const decision = testDecision();
    await store.decisions.insert(decision);
    expect(await store.decisions.insert({ ...decision })).toEqual({ stored: decision, repeated: true });
    await expect(store.decisions.insert({ ...decision, subject: 'someone else' })).rejects.toMatchObject({
      code: 'idempotency-conflict',
    });
    expect(await store.decisions.get(decision.id)).toEqual(decision);
  });

  test('of any day finds its partition, that day having been made on demand or not', async () => {
    const ids = [
      testId(Date.UTC(2019, 4, 2)),
      testId(Date.UTC(2031, 0, 1)),
      testId(Date.UTC(1999, 0, 1)),
      testId(Date.UTC(2150, 0, 1)),
      randomUUID(),
    ];
    for (const id of ids) await store.decisions.insert(testDecision({ id }));
    expect((await store.decisions.getMany(ids)).size).toBe(5);
    const { rows } = await store.pool.query<{ name: string }>(
      'select tableoid::regclass::text as name from heed.decision where id = $1',
      [ids[0]],
    );
    expect(rows[0]?.name).toMatch(/^(heed\.)?decision_20190502$/);
  });
});

describe('an activation', () => {
  test('counts once per decision, the first one', async () => {
    const decision = testDecision({ activation: 'deferred' });
    const [first, second] = [testActivation(decision.id), testActivation(decision.id)];
    await store.decisions.insert(decision);
    expect(await store.activations.insert(first, { loop: 'papers' })).toEqual({ stored: first, repeated: false });
    expect(await store.activations.insert(second, { loop: 'papers' })).toEqual({ stored: first, repeated: true });
    expect(await store.activations.ofDecisions([decision.id])).toEqual(new Map([[decision.id, first]]));
  });
});

describe('feedback', () => {
  test('is found by what it is about: decisions, and other feedback', async () => {
    const [a, b] = [testDecision(), testDecision()];
    const both = testFeedback(a.id, {
      kind: 'preference',
      targets: [
        { type: 'item', decision: a.id, item: 'x' },
        { type: 'item', decision: b.id, item: 'y' },
      ],
      value: { type: 'probability', probability: 1 },
    });
    const one = testFeedback(a.id, { value: { type: 'content', parts: [{ type: 'vector', values: [0.25] }] } });
    const retraction = testFeedback(a.id, {
      kind: 'retraction',
      targets: [{ type: 'feedback', feedback: one.id, relation: 'retracts' }],
    });
    for (const feedback of [both, one, retraction]) await store.feedback.insert(feedback);
    expect(await store.feedback.about([a.id, b.id, one.id])).toEqual(
      new Map([
        [a.id, [both, one]],
        [b.id, [both]],
        [one.id, [retraction]],
      ]),
    );
    expect((await store.feedback.list({ target: a.id, order: 'oldest' })).items).toEqual([both, one]);
  });
});

describe('blobs of hot rows', () => {
  test('are stored once, with the first row that names them', async () => {
    const blob = {
      hash: 'ab'.repeat(32),
      mediaType: 'application/octet-stream',
      content: Uint8Array.from([0, 1, 255, 10]),
    };
    const before = await count('blob');
    await Promise.all([1, 2, 3].map(() => store.decisions.insert(testDecision(), { blobs: [blob] })));
    await store.decisions.insert(testDecision(), { blobs: [{ ...blob, content: Uint8Array.from([9]) }] });
    expect(await count('blob')).toBe(before + 1);
    expect(await store.blobs.get(blob.hash)).toEqual(blob);
    expect(await store.blobs.has([blob.hash, 'cd'.repeat(32)])).toEqual(new Set([blob.hash]));
  });
});

describe('pages', () => {
  test('follow one another by id, filtered', async () => {
    const subject = randomUUID();
    const decisions = Array.from({ length: 5 }, () => testDecision({ subject }));
    await Promise.all(decisions.map((decision) => store.decisions.insert(decision)));
    const first = await store.decisions.list({ subject, limit: 3 });
    expect(first.items).toEqual(decisions.slice(2).toReversed());
    const second = await store.decisions.list({ subject, limit: 3, before: first.next ?? '' });
    expect(second).toEqual({ items: decisions.slice(0, 2).toReversed(), next: null });
    const oldest = await store.decisions.list({ subject, limit: 2, order: 'oldest' });
    expect(oldest.items).toEqual(decisions.slice(0, 2));
    expect((await store.decisions.list({ subject, order: 'oldest', after: oldest.next ?? '' })).items).toEqual(
      decisions.slice(2),
    );
  });
});
