import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReadableKind } from './cursor.ts';
import type { Store } from './database.ts';
import { openTestStore } from './testing.ts';
import { testArtifact, testDecision, testFeedback, testId } from './testing-records.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function readIds(
  consumer: string,
  { kinds = ['decision'], limit, loop }: { kinds?: ReadableKind[]; limit?: number; loop?: string } = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let more = true; more;) {
    const result = await store.readSince(consumer, { kinds, limit, loop }, async (rows) => {
      for (const kind of kinds) ids.push(...rows[kind].map(({ id }) => id));
    });
    more = result.more;
  }
  return ids;
}

describe('readSince', () => {
  test('a transaction held open across two reads is in the third, once, and holds up no other', async () => {
    await readIds('held');
    const held = new Client({ connectionString: store.url });
    await held.connect();
    const late = testDecision();
    await held.query('begin');
    await held.query(
      `insert into heed.decision (id, loop, loop_version, origin, decided_at, schema_version, body) values ($1, 'papers', 'x', 'served', now(), 1, '{}')`,
      [late.id],
    );
    const [a, b, c] = [testDecision(), testDecision(), testDecision()];
    await store.decisions.insert(a);
    expect(await readIds('held')).toEqual([a.id]);
    await store.decisions.insert(b);
    expect(await readIds('held')).toEqual([b.id]);
    await held.query('commit');
    await store.decisions.insert(c);
    // The late row's id is smaller than those already read: a reader by id or time would have lost it.
    expect(await readIds('held')).toEqual([late.id, c.id]);
    expect(await readIds('held')).toEqual([]);
    await held.end();
  });

  test('a transaction that is rolled back is never read', async () => {
    await readIds('rolled-back');
    await store
      .transaction(async (transaction) => {
        await store.artifacts.insert(testArtifact(), [], transaction);
        throw new Error('undo');
      })
      .catch(() => {});
    const artifact = testArtifact();
    await store.artifacts.insert(artifact, []);
    expect((await readIds('rolled-back', { kinds: ['artifact'] })).at(-1)).toBe(artifact.id);
  });

  test("small batches give every row once, in the kinds' order, though rows arrive meanwhile", async () => {
    const loop = `batches-${testId()}`;
    const decisions = Array.from({ length: 7 }, () => testDecision({ loop }));
    for (const decision of decisions) await store.decisions.insert(decision);
    const feedback = decisions.map(({ id }) => testFeedback(id, { loop }));
    await Promise.all(feedback.map((record) => store.feedback.insert(record)));
    const options = { kinds: ['decision', 'feedback'] as const, limit: 3, loop };
    const sizes: number[] = [];
    const ids: string[] = [];
    const meanwhile = testDecision({ loop });
    for (let more = true; more;) {
      const result = await store.readSince('batches', options, async (rows) => {
        ids.push(...rows.decision.map(({ id }) => id), ...rows.feedback.map(({ id }) => id));
      });
      sizes.push(result.count);
      more = result.more;
      if (sizes.length === 2) await store.decisions.insert(meanwhile);
    }
    expect(ids.slice(0, 7)).toEqual(decisions.map(({ id }) => id));
    expect(ids.slice(7).toSorted()).toEqual(feedback.map(({ id }) => id).toSorted());
    expect(sizes).toEqual([3, 3, 3, 3, 2]);
    expect(await readIds('batches', { kinds: ['decision', 'feedback'], loop })).toEqual([meanwhile.id]);
  });

  test('a batch that ends with a kind goes on with the next one', async () => {
    const loop = `edge-${testId()}`;
    const decisions = [testDecision({ loop }), testDecision({ loop })];
    for (const decision of decisions) await store.decisions.insert(decision);
    const feedback = testFeedback(decisions[0]?.id ?? '', { loop });
    await store.feedback.insert(feedback);
    expect(await readIds('edge', { kinds: ['decision', 'feedback'], limit: 2, loop })).toEqual([
      ...decisions.map(({ id }) => id),
      feedback.id,
    ]);
  });

  test('what the handler wrote is undone, and its rows come again, where it fails', async () => {
    const loop = `fails-${testId()}`;
    await store.decisions.insert(testDecision({ loop }));
    const failing = store.readSince('fails', { kinds: ['decision'], loop }, async (rows, transaction) => {
      await store.settings.set('seen', rows.decision.length, transaction);
      throw new Error('cannot go on');
    });
    await expect(failing).rejects.toThrow('cannot go on');
    expect(await store.settings.get('seen')).toBeNull();
    expect(await readIds('fails', { loop })).toHaveLength(1);
    expect(await readIds('fails', { loop })).toHaveLength(0);
    await store.resetCursor('fails');
    expect(await readIds('fails', { loop })).toHaveLength(1);
  });

  test('two readers of one consumer, at once and under writes, share its rows', async () => {
    const loop = `shared-${testId()}`;
    const decisions = Array.from({ length: 200 }, () => testDecision({ loop }));
    const writing = (async () => {
      for (let index = 0; index < decisions.length; index += 10)
        await Promise.all(decisions.slice(index, index + 10).map((decision) => store.decisions.insert(decision)));
    })();
    const ids: string[] = [];
    const read = async () => {
      while (ids.length < 200) {
        const batch: string[] = [];
        await store.readSince('shared', { kinds: ['decision'], loop, limit: 7 }, async (rows) => {
          batch.splice(0, batch.length, ...rows.decision.map(({ id }) => id));
        });
        ids.push(...batch);
      }
    };
    await Promise.all([writing, read(), read()]);
    expect(ids.toSorted()).toEqual(decisions.map(({ id }) => id).toSorted());
  });
});
