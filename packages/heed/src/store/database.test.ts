import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from './database.ts';
import type { Store } from './database.ts';
import { knownMigrations } from './migrate.ts';
import { createTestDatabase, openTestStore } from './testing.ts';
import type { TestDatabase } from './testing.ts';
import {
  testArtifact,
  testDecision,
  testEpisode,
  testFeedback,
  testId,
  testLoop,
  testSignal,
  testSubjectState,
  testTimeMs,
} from './testing-records.ts';

const clock = () => testTimeMs;

describe('openStore', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function run(statement: string): Promise<void> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  test('refuses a database whose commits do not wait for the disk, unless it is told to accept that', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await run(`alter database ${name} set synchronous_commit = off`);
    await expect(openStore({ url: database.url, clock })).rejects.toMatchObject({ code: 'store-not-durable' });
    const unsafe = await openStore({ url: database.url, clock, unsafe: true });
    expect(await unsafe.serverSettings()).toMatchObject({ fsync: 'on', synchronousCommit: 'off' });
    await unsafe.close();
    await run(`alter database ${name} reset synchronous_commit`);
  });

  test('refuses a schema made by a newer Heed', async () => {
    await run(`insert into heed.migration (number, name) values (9999, '9999_future.sql')`);
    await expect(openStore({ url: database.url, clock })).rejects.toMatchObject({
      code: 'store-newer-than-code',
      message: expect.stringContaining('9999'),
    });
    await run('delete from heed.migration where number = 9999');
  });

  test('makes the schema in an empty database, several processes at once', async () => {
    await run('drop schema heed cascade');
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ url: database.url, clock })));
    const { rows } = (await stores[0]?.pool.query('select number from heed.migration order by number')) ?? { rows: [] };
    expect(rows).toEqual((await knownMigrations()).map(({ number }) => ({ number })));
    await Promise.all(stores.map((store) => store.close()));
  });

  test('says that the store is unavailable where nothing answers', async () => {
    const url = 'postgresql://heed@127.0.0.1:1/heed';
    await expect(openStore({ url, clock })).rejects.toMatchObject({
      name: 'HeedError',
      code: 'store-unavailable',
      retryable: true,
    });
  });

  test('makes the partitions of today and of three days ahead', async () => {
    const store = await openStore({ url: database.url, clock });
    const { rows } = await store.pool.query<{ name: string }>(
      `select relname as name from pg_class where relname ~ '^feedback_[0-9]{8}$' order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'feedback_20260106',
      'feedback_20260107',
      'feedback_20260108',
      'feedback_20260109',
    ]);
    await store.close();
  });
});

test('a connection that is lost while it is held, and nothing is asked of it, harms nobody', async () => {
  const store = await openTestStore();
  const held = await store.pool.connect();
  const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid');
  const ended = new Promise((resolve) => held.once('end', resolve));
  await store.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended;
  held.release(true);
  const decision = testDecision();
  await store.decisions.insert(decision);
  expect(await store.decisions.get(decision.id)).toEqual(decision);
  await store.close();
});

/** A decision made some days before the tests' moment. */
function at(days: number, loop: string) {
  return testDecision({ id: testId(testTimeMs - days * 86_400_000), loop });
}

describe('retention', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
    await store.loops.insert(testLoop('short', 2));
    await store.loops.insert(testLoop('long', 5));
  });
  afterAll(() => store.close());

  test('drops a day that all its loops are done with, deletes the rows of one, and keeps a loop without a configuration', async () => {
    const old = [at(10, 'short'), at(10, 'long')];
    const mixed = { short: at(4, 'short'), long: at(4, 'long') };
    const unknown = at(12, 'nobody');
    const fresh = at(1, 'short');
    for (const decision of [...old, mixed.short, mixed.long, unknown, fresh]) {
      await store.decisions.insert(decision, { idempotency: { key: decision.id, payload: 'x' } });
      await store.feedback.insert(testFeedback(decision.id, { id: decision.id, loop: decision.loop }));
      await store.signals.insert([testSignal(decision.id, { loop: decision.loop })]);
    }
    const { partitionsDropped } = await store.applyRetention(testTimeMs);
    expect(partitionsDropped).toEqual(['decision_20251227', 'feedback_20251227']);
    const kept = [mixed.long.id, unknown.id, fresh.id].toSorted();
    for (const [table, column] of Object.entries({
      decision: 'id',
      feedback: 'id',
      feedback_target: 'feedback',
      signal: 'decision',
      idempotency: 'record',
    })) {
      const { rows } = await store.pool.query<{ id: string }>(`select ${column} as id from heed.${table} order by 1`);
      expect({ table, ids: rows.map(({ id }) => id) }).toEqual({ table, ids: kept });
    }
    expect(await store.signals.countUnused('papers-1', 'line')).toBe(3);
    const again = at(10, 'long');
    await store.decisions.insert(again);
    expect(await store.decisions.get(again.id)).toEqual(again);
  });

  test('deletes what only such rows named: contents, episodes, states that others took the place of', async () => {
    const day = 86_400_000;
    let now = testTimeMs - 20 * day;
    const aging = await openTestStore({ clock: () => now });
    await aging.loops.insert(testLoop('long', 5));
    const contentOf = (number: number) => ({
      hash: `${number}`.padStart(64, '0'),
      mediaType: 'application/octet-stream',
      content: Uint8Array.of(number),
    });
    const [old, current, both] = [contentOf(1), contentOf(2), contentOf(3)];
    const artifact = testArtifact({ loop: 'long' });
    await aging.artifacts.insert(artifact, [both]);
    const episodes = [20, 1].map((age) => testEpisode({ id: testId(testTimeMs - age * day), loop: 'long' }));
    for (const episode of episodes) await aging.episodes.insert(episode);
    await aging.decisions.insert(testDecision({ id: testId(now), loop: 'long' }), { blobs: [old, current, both] });
    now = testTimeMs;
    // The same content again, on another day.
    await aging.decisions.insert(testDecision({ id: testId(now), loop: 'long' }), { blobs: [current] });
    const states = [20, 10, 1].map((age, counter) =>
      testSubjectState({ id: testId(testTimeMs - age * day), loop: 'long', artifact: artifact.id, counter }),
    );
    for (const made of states) await aging.subjectStates.insert(made, []);

    await aging.applyRetention(now);
    expect(await aging.blobs.has([old, current, both].map(({ hash }) => hash))).toEqual(
      new Set([current.hash, both.hash]),
    );
    expect([...(await aging.episodes.getMany(episodes.map(({ id }) => id))).keys()]).toEqual([episodes[1]?.id]);
    const { rows } = await aging.pool.query<{ id: string }>('select id from heed.subject_state order by id');
    // The second was in use when the oldest decision that is kept could be made.
    expect(rows.map(({ id }) => id)).toEqual(states.slice(1).map(({ id }) => id));
    await aging.close();
  });
});

describe('signals', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());

  test('the newest version counts; what is due, and what a lineage has not used, follow it', async () => {
    const [a, b] = [testDecision(), testDecision()];
    const [early, later] = ['2026-01-06T10:00:00.000Z', '2026-01-06T11:00:00.000Z'];
    const open = testSignal(a.id, { status: 'provisional', value: null, availableAt: early });
    const openLater = testSignal(b.id, { status: 'provisional', value: null, availableAt: later });
    await store.signals.insert([open, openLater]);
    expect(await store.signals.due('papers-1', '2026-01-06T09:59:59.999Z', 10)).toEqual([]);
    expect(await store.signals.due('papers-1', early, 10)).toEqual([open]);
    const final = testSignal(a.id, { version: 2, supersedes: open.id, feedback: [testId()] });
    await store.signals.insert([final]);
    expect(await store.signals.due('papers-1', later, 10)).toEqual([openLater]);
    expect(await store.signals.latest('papers-1', [open.targetKey, openLater.targetKey, 'none'])).toEqual(
      new Map([
        [open.targetKey, final],
        [openLater.targetKey, openLater],
      ]),
    );
    expect(await store.signals.ofDecisions([a.id])).toEqual(new Map([[a.id, [open, final]]]));
    await expect(store.signals.insert([testSignal(a.id, { version: 2 })])).rejects.toThrow(/signal/);

    const artifact = testId();
    expect(await store.signals.unused('papers-1', 'line', { limit: 10 })).toEqual([final]);
    expect(await store.signals.use('line', [final.id], artifact)).toEqual([final.id]);
    expect(await store.signals.use('line', [final.id], testId())).toEqual([]);
    expect(await store.signals.use('other line', [final.id], testId())).toEqual([final.id]);
    expect(await store.signals.usedBy(artifact)).toBe(1);
    expect(await store.signals.unused('papers-1', 'line', { limit: 10 })).toEqual([]);
    const superseding = testSignal(a.id, { version: 3, supersedes: final.id });
    await store.signals.insert([superseding]);
    expect(await store.signals.unused('papers-1', 'line', { limit: 10 })).toEqual([superseding]);
    expect(await store.signals.countUnused('papers-1', 'line')).toBe(1);
  });

  test('a target without an id, and one whose key is not its own, come back as they were', async () => {
    const content = testSignal(testId(), {
      target: { type: 'content', parts: [{ type: 'text', text: 'x'.repeat(20_000) }] },
      targetKey: 'content:own',
    });
    await store.signals.insert([content]);
    expect(await store.signals.get(content.id)).toEqual(content);
  });
});

describe('loops', () => {
  test('the version put to use last counts, also where it is an older one that came back', async () => {
    const store = await openTestStore();
    const first = testLoop('papers', 1);
    const second = { ...testLoop('papers', 2), version: 'fedcba9876543210' };
    expect(await store.loops.insert(first)).toEqual(first);
    await store.loops.insert(second);
    expect(await store.loops.latest('papers')).toEqual(second);
    expect(await store.loops.insert(testLoop('papers', 1))).toEqual(first);
    expect(await store.loops.latest('papers')).toEqual(first);
    await store.loops.insert(testLoop('other', 1));
    expect(await store.loops.list('papers')).toEqual([first, second]);
    expect((await store.loops.latestOfEach()).map(({ id, name }) => (name === 'papers' ? id : name))).toEqual([
      'other',
      first.id,
    ]);
    await store.close();
  });
});

describe('releases, jobs and settings', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());

  test('a release needs its artifact; the newest one counts', async () => {
    const now = new Date(testTimeMs).toISOString();
    const release = (artifact: string, step: 'full' | 'rolledBack') =>
      ({
        schemaVersion: 1,
        id: testId(),
        loop: 'papers',
        artifact,
        step,
        by: 'operator',
        why: 'better',
        evidence: null,
        at: now,
      }) as const;
    await expect(store.releases.insert(release(testId(), 'full'))).rejects.toThrow(/release/);
    const [first, second] = [testArtifact(), testArtifact()];
    const file = { hash: 'ef'.repeat(32), mediaType: 'application/octet-stream', content: Uint8Array.of(1) };
    await store.artifacts.insert(first, [file]);
    await store.artifacts.insert(second, [file]);
    const steps = [release(first.id, 'full'), release(second.id, 'full'), release(second.id, 'rolledBack')] as const;
    for (const step of steps) await store.releases.insert(step);
    expect(await store.releases.latest('papers')).toEqual(steps[2]);
    expect(await store.releases.latest('papers', 'full')).toEqual(steps[1]);
    expect(await store.artifacts.get(first.id)).toEqual(first);
  });

  test('a job has one worker: an older token writes no more', async () => {
    const now = new Date(testTimeMs).toISOString();
    const job = {
      schemaVersion: 1,
      id: testId(),
      kind: 'train',
      loop: 'papers',
      input: {},
      status: 'queued',
      progress: null,
      checkpoint: null,
      outcome: null,
      fencingToken: 0,
      createdAt: now,
      startedAt: null,
      heartbeatAt: null,
      endedAt: null,
    } as const;
    await store.jobs.insert(job);
    const [first, second] = [await store.jobs.take(job.id, now), await store.jobs.take(job.id, now)];
    expect([first, second]).toEqual([1, 2]);
    expect(await store.jobs.update(job.id, first, { status: 'succeeded' })).toBe(false);
    expect(await store.jobs.update(job.id, second, { progress: { done: 1, of: 2, unit: 'epoch' } })).toBe(true);
    expect(await store.jobs.get(job.id)).toEqual({
      ...job,
      status: 'running',
      fencingToken: 2,
      startedAt: now,
      heartbeatAt: now,
      progress: { done: 1, of: 2, unit: 'epoch' },
    });
    await expect(store.jobs.take(testId(), now)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of processes that create a setting at once, all get one value', async () => {
    const values = await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.settings.create('secret', () => index)),
    );
    expect(new Set(values).size).toBe(1);
    expect(await store.settings.get('secret')).toBe(values[0]);
  });
});

function state(subject: string, key: string, counter: number) {
  return {
    schemaVersion: 1,
    id: testId(),
    loop: 'papers',
    artifact: testId(),
    subject,
    key,
    counter,
    statistics: 'ab'.repeat(32),
    updatedAt: new Date(testTimeMs).toISOString(),
  } as const;
}

describe('subject states', () => {
  test('the newest of a key counts, and the servers are told', async () => {
    const store = await openTestStore();
    const heard: unknown[] = [];
    const stop = await store.notifications.listen('subject', (payload) => heard.push(payload));
    const [old, other, newest, elsewhere] = [
      state('anna', 'k', 1),
      state('anna', 'other', 9),
      state('anna', 'k', 2),
      state('ben', 'k', 1),
    ];
    for (const each of [old, other, newest, elsewhere]) await store.subjectStates.insert(each, []);
    expect(await store.subjectStates.latest('papers', 'anna', 'k')).toEqual(newest);
    expect(await store.subjectStates.latestMany('papers', ['anna', 'ben', 'nobody'], 'k')).toEqual(
      new Map([
        ['anna', newest],
        ['ben', elsewhere],
      ]),
    );
    await expect.poll(() => heard.length).toBe(4);
    expect(heard[0]).toEqual({ loop: 'papers', subject: 'anna', key: 'k', id: old.id });
    await stop();
    await store.close();
  });
});

describe('notifications', () => {
  test('tell of the newest row of a loop, and come back after the connection was cut', async () => {
    const store = await openTestStore();
    const heard: unknown[] = [];
    let reconnected = 0;
    await store.notifications.listen('decision', (payload) => heard.push(payload), {
      onReconnect: () => (reconnected += 1),
    });
    const decision = testDecision();
    await store.decisions.insert(decision);
    await expect.poll(() => heard).toEqual([{ loop: 'papers', id: decision.id }]);
    await store.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and datname = current_database()`,
    );
    await expect.poll(() => reconnected).toBe(1);
    const next = testDecision({ loop: 'other' });
    await store.decisions.insert(next);
    await expect.poll(() => heard.at(-1)).toEqual({ loop: 'other', id: next.id });
    await store.close();
  });
});
