import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backupStore, restoreStore } from '../backup.ts';
import { openStore } from '../database.ts';
import type { Store } from '../database.ts';
import { createTestDatabase, openTestStore } from '../testing.ts';
import { testDecision, testFeedback, testId, testLoop, testSubjectState } from '../testing-records.ts';
import { createMasterKey } from './master-key.ts';
import { splitFeedback } from './personal.ts';
import { keyIdOf, seal, unseal } from './sealing.ts';

const clock = () => Date.UTC(2026, 0, 6, 9, 30);
const at = new Date(clock()).toISOString();
const key = { id: '019b9294-2a3b-7000-8000-0000000000aa', content: new Uint8Array(32).fill(7) };

describe('sealing', () => {
  test('opens with the same key for the same row, and not otherwise', () => {
    const sealed = seal(key, 'decision 1', 'grüße');
    expect([unseal(key, 'decision 1', sealed).toString(), keyIdOf(sealed)]).toEqual(['grüße', key.id]);
    expect(sealed.length).toBe(1 + 16 + 12 + Buffer.byteLength('grüße') + 16);
    expect(() => unseal(key, 'decision 2', sealed)).toThrow(/unable to authenticate/);
    expect(() => unseal({ ...key, content: new Uint8Array(32) }, 'decision 1', sealed)).toThrow(
      /unable to authenticate/,
    );
    sealed[sealed.length - 20] = (sealed[sealed.length - 20] ?? 0) ^ 1;
    expect(() => unseal(key, 'decision 1', sealed)).toThrow(/unable to authenticate/);
    expect(() => keyIdOf(new Uint8Array(60))).toThrow(/format version must be 1: it is 0/);
  });

  test('a key under a master key opens with that one alone', () => {
    const master = createMasterKey('ab'.repeat(32));
    const kept = { id: key.id, ...master.wrap(key.id, key.content) };
    expect(Buffer.from(master.unwrap(kept))).toEqual(Buffer.from(key.content));
    expect(kept.content.includes(Buffer.from(key.content))).toBe(false);
    for (const other of [createMasterKey('ac'.repeat(32)), createMasterKey(undefined)])
      expect(() => other.unwrap(kept)).toThrow(/master key must be/);
    expect(() => createMasterKey('too short')).toThrow(/must be 32 bytes/);
    const plain = createMasterKey(undefined);
    expect(master.unwrap({ id: key.id, ...plain.wrap(key.id, key.content) })).toEqual(Buffer.from(key.content));
  });
});

test('numbers of a feedback stay; words, content, and who it came from are personal', () => {
  const number = { value: { type: 'number', number: 1 }, source: { type: 'person', seen: 'part' }, targets: [] };
  expect(splitFeedback(number)).toEqual({ body: number, personal: null });
  expect(
    splitFeedback({
      value: { type: 'text', text: 'x' },
      source: { type: 'person', seen: 'part', id: 'ann' },
      targets: [
        { type: 'item', decision: 'd', item: 'i' },
        { type: 'subject', subject: 'ann' },
      ],
    }),
  ).toEqual({
    body: {
      value: { type: 'text', text: '' },
      source: { type: 'person', seen: 'part' },
      targets: [
        { type: 'item', decision: 'd', item: 'i' },
        { type: 'subject', subject: 'forgotten' },
      ],
    },
    personal: {
      value: { type: 'text', text: 'x' },
      source: { type: 'person', seen: 'part', id: 'ann' },
      targets: [
        { type: 'item', decision: 'd', item: 'i' },
        { type: 'subject', subject: 'ann' },
      ],
    },
  });
});

describe('the store', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());

  const forget = (subject: string) =>
    store.transaction((transaction) => store.subjects.forget({ id: testId(), subject, at }, transaction));

  test('gives back what was stored, whatever kind it is of', async () => {
    const message = testDecision({
      subject: 'kim',
      action: { type: 'message', parts: [{ type: 'text', text: 'hi' }], raw: 'hi', valid: true },
      context: [{ type: 'vector', values: [0.5, 0.25] }],
      observations: [{ type: 'text', text: 'seen' }],
    });
    const tokens = testDecision({
      subject: 'kim',
      action: { type: 'tokens', tokens: [1, 2], tokenizer: 't', mask: [0, 1] },
    });
    const words = testFeedback(message.id, { subject: null, value: { type: 'text', text: 'so so' } });
    await Promise.all([message, tokens].map((decision) => store.decisions.insert(decision)));
    await store.feedback.insert(words);
    expect(await store.decisions.get(message.id)).toEqual(message);
    expect(await store.decisions.get(tokens.id)).toEqual(tokens);
    expect(await store.feedback.get(words.id)).toEqual(words);
    expect(await store.decisions.insert(message)).toEqual({ stored: message, repeated: true });
    await forget('kim');
    expect(await store.decisions.get(message.id)).toMatchObject({
      action: { type: 'message', parts: [], raw: '', valid: true },
      forgotten: true,
    });
    expect(await store.decisions.get(tokens.id)).toMatchObject({ action: { type: 'tokens', tokens: [] } });
    // It names nobody, but it speaks of a decision of the subject's.
    expect(await store.feedback.get(words.id)).toMatchObject({ value: { type: 'text', text: '' }, forgotten: true });
  });

  test('a key that was destroyed elsewhere is not used again, though it is remembered', async () => {
    const other = await openStore({ url: store.url, clock });
    const [first, second] = [testDecision({ subject: 'lee' }), testDecision({ subject: 'lee' })];
    await other.decisions.insert(first);
    await forget('lee');
    await other.decisions.insert(second);
    expect(await store.decisions.get(second.id)).toEqual(second);
    expect(await other.decisions.get(first.id)).toMatchObject({ forgotten: true, context: [] });
    await other.close();
  });

  test('what is kept about a subject lies under its key too, and goes with it', async () => {
    const statistics = {
      hash: 'cd'.repeat(32),
      mediaType: 'application/octet-stream',
      content: Buffer.from('secret-taste'),
    };
    const state = testSubjectState({ subject: 'moe', statistics: statistics.hash, updatedAt: at });
    await store.subjectStates.insert(state, [statistics]);
    expect(await store.subjectStates.get(state.id)).toEqual(state);
    expect(Buffer.from((await store.subjectStates.statistics(state)) ?? []).toString()).toBe('secret-taste');
    expect(Buffer.from((await store.blobs.get(statistics.hash))?.content ?? []).toString()).toBe('secret-taste');
    const { rows } = await store.pool.query('select 1 from heed.blob where hash = $1', [
      Buffer.from(statistics.hash, 'hex'),
    ]);
    expect(rows).toEqual([]);
    expect(await forget('moe')).toMatchObject({ subjectStates: 1 });
    expect(await store.subjectStates.latest('papers', 'moe', 'k')).toBeNull();
    expect(await store.blobs.get(statistics.hash)).toBeNull();
  });

  test('rows from before there were keys lose their words as well', async () => {
    const decision = testDecision({ subject: null });
    await store.decisions.insert(decision);
    await store.pool.query(`update heed.decision set subject = 'old' where id = $1`, [decision.id]);
    expect(await forget('old')).toMatchObject({ decisions: 1 });
    const { rows } = await store.pool.query<{ text: string }>(
      'select d::text as text from heed.decision d where id = $1',
      [decision.id],
    );
    expect(rows[0]?.text).not.toContain('phone');
  });
});

test('a backup from before brings nobody back, where it is told who was forgotten', async () => {
  const store = await openTestStore({ masterKey: Buffer.alloc(32, 9).toString('base64') });
  const [gone, kept] = [testDecision({ subject: 'nat' }), testDecision({ subject: 'oda' })];
  await Promise.all([gone, kept].map((decision) => store.decisions.insert(decision)));
  const folder = await mkdtemp(join(tmpdir(), 'heed-forgotten-'));
  await backupStore(store, join(folder, 'backup'));
  await store.transaction((transaction) => store.subjects.forget({ id: testId(), subject: 'nat', at }, transaction));
  const tombstones = await store.subjects.forgotten();
  expect(JSON.stringify(tombstones)).not.toContain('nat"');

  const restored = await openTestStore({ masterKey: Buffer.alloc(32, 9).toString('base64') });
  await restoreStore(join(folder, 'backup'), restored, { tombstones });
  expect(await restored.decisions.get(gone.id)).toMatchObject({ forgotten: true, subject: null, context: [] });
  expect(await restored.decisions.get(kept.id)).toEqual(kept);
  await expect(openStore({ url: restored.url, clock })).rejects.toMatchObject({ code: 'invalid-configuration' });

  // Every table but the keys' own is of no use to whoever copies it.
  const { rows } = await restored.pool.query<{ sealed: Buffer }>('select sealed from heed.decision where id = $1', [
    kept.id,
  ]);
  await restored.pool.query('delete from heed.subject_key');
  expect(rows[0]?.sealed.includes(Buffer.from('phone'))).toBe(false);
  expect(await restored.decisions.get(kept.id)).toMatchObject({ forgotten: true, context: [] });
  await rm(folder, { recursive: true, force: true });
  await Promise.all([store.close(), restored.close()]);
});

test('with the last row of a subject its key goes too', async () => {
  const day = 86_400_000;
  let now = Date.UTC(2026, 0, 6, 9, 30);
  const store = await openTestStore({ clock: () => now });
  await store.loops.insert(testLoop('papers', 5));
  await store.decisions.insert(testDecision({ subject: 'pia' }));
  now += 20 * day;
  const kept = testDecision({ subject: 'quin', id: testId(now) });
  await store.decisions.insert(kept);
  const subjects = async () =>
    (await store.pool.query<{ subject: string }>('select subject from heed.subject_key')).rows.map(
      ({ subject }) => subject,
    );
  expect((await subjects()).toSorted()).toEqual(['pia', 'quin']);
  await store.applyRetention(now);
  expect(await subjects()).toEqual(['quin']);
  expect(await store.decisions.get(kept.id)).toEqual(kept);
  const again = testDecision({ subject: 'pia', id: testId(now) });
  await store.decisions.insert(again);
  expect(await store.decisions.get(again.id)).toEqual(again);
  await store.close();
});

test('two processes that meet a subject first agree on one key', async () => {
  const database = await createTestDatabase();
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ url: database.url, clock })));
  const decisions = Array.from({ length: 60 }, (_, index) => testDecision({ subject: `s${index % 10}` }));
  await Promise.all(decisions.map(async (decision, index) => stores[index % 3]?.decisions.insert(decision)));
  const found = await stores[0]?.decisions.getMany(decisions.map(({ id }) => id));
  expect(found).toEqual(new Map(decisions.map((decision) => [decision.id, decision])));
  const { rows } = (await stores[0]?.pool.query('select 1 from heed.subject_key')) ?? { rows: [] };
  expect(rows).toHaveLength(10);
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});
