import pg from 'pg';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { unpackTable } from '../math/index.ts';
import { contextualBandit } from '../learner/index.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    greeting: {
      context: z.object({ mood: z.string(), hour: z.number() }),
      candidate: z.object({ tone: z.string() }),
      action: { type: 'choice' },
      feedback: { thumb: { kind: 'reaction', reward: 1 }, words: { kind: 'comment', value: z.string() } },
      reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
      features: {
        namespaces: { context: { from: 'context' }, candidate: { from: 'candidate' } },
        crosses: [['context', 'candidate']],
        bits: 10,
      },
      learner: contextualBandit({ subject: { namespaces: ['candidate'] } }),
    },
  },
});
type Config = typeof config;

const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
const start = Date.UTC(2026, 0, 6, 9);

/** A decision that was made elsewhere, under an id of its own, with an answer: the same wherever it is told. */
async function tell(
  heed: Pick<TestHeed<Config>, 'record' | 'feedback'>,
  subject: string,
  index: number,
): Promise<string> {
  const id = `019b92${(0x10 + index).toString(16).padStart(2, '0')}-0000-7000-8000-00000000${index.toString(16).padStart(4, '0')}`;
  const tone = ['warm', 'plain', 'funny'][index % 3] ?? '';
  await heed.record('greeting', {
    id,
    subject,
    context: { mood: `secret-mood-of-${subject}`, hour: index },
    candidates,
    action: { type: 'choice', item: tone },
    probability: 0.25 + (index % 3) / 4,
    decidedAt: new Date(start + index * 1_000).toISOString(),
  });
  if (index % 2 === 0)
    await heed.feedback([
      {
        loop: 'greeting',
        decision: id,
        name: 'thumb',
        subject,
        observedAt: new Date(start + index * 1_000 + 1).toISOString(),
      },
    ]);
  await heed.feedback([
    {
      loop: 'greeting',
      decision: id,
      name: 'words',
      value: `secret-words-of-${subject}`,
      observedAt: new Date(start + index * 1_000 + 1).toISOString(),
    },
  ]);
  return id;
}

/** Tables of the store in which some row's text holds the words. */
async function tablesWith(url: string, words: string, but: readonly string[] = []): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'heed' and c.relkind = 'r'`,
  );
  const found: string[] = [];
  const hexadecimal = Buffer.from(words).toString('hex');
  const base64 = Buffer.from(words).toString('base64').slice(0, -3);
  for (const { name } of rows) {
    const { rowCount } = await client.query(
      `select 1 from heed.${name} as held where held::text like any($1) limit 1`,
      [[words, hexadecimal, base64].map((text) => `%${text}%`)],
    );
    if (rowCount === 1 && !but.includes(name)) found.push(name);
  }
  await client.end();
  return found;
}

async function weights(heed: TestHeed<Config>, artifact: string | null): Promise<number[]> {
  const record = await heed.artifacts.get(artifact ?? '');
  const client = new pg.Client({ connectionString: heed.url });
  await client.connect();
  const { rows } = await client.query<{ content: Buffer }>('select content from heed.blob where hash = $1', [
    Buffer.from(record.files.find(({ name }) => name === 'weights')?.blob ?? '', 'hex'),
  ]);
  await client.end();
  const { keys, columns } = unpackTable(new Uint8Array(rows[0]?.content ?? []));
  return [...keys, ...(columns[0] ?? [])];
}

async function finished(heed: Pick<TestHeed<Config>, 'work' | 'jobs'>, job: string): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  const working = heed.work({ intervalMs: 50, signal: stop.signal });
  for (let tries = 0; tries < 300; tries += 1) {
    const { status, outcome } = await heed.jobs.get(job);
    if (status === 'succeeded' || status === 'failed') {
      stop.abort();
      await working;
      return { status, ...(outcome as object) };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the job ${job} does not end`);
}

test(
  'nobody reads what was personal: not in the tables before, and by no means after',
  { timeout: 120_000 },
  async () => {
    const clock = tickingClock();
    const heed = await openTestHeed(config, { clock: clock.now });
    const ids = [];
    for (let index = 0; index < 12; index += 1) ids.push(await tell(heed, index % 3 === 0 ? 'quillon' : 'bob', index));
    await heed.derive();
    for (const words of ['secret-mood-of-quillon', 'secret-words-of-quillon', 'secret-mood-of-bob'])
      expect(await tablesWith(heed.url, words)).toEqual([]);
    const detail = await heed.decisions.get(ids[0] ?? '');
    expect(detail.decision.context).toEqual([
      { type: 'json', name: 'context', value: { mood: 'secret-mood-of-quillon', hour: 0 } },
    ]);
    expect(detail.feedback.map(({ value }) => value)).toContainEqual({ type: 'text', text: 'secret-words-of-quillon' });
    const held = await heed.subjects.get('quillon', { limit: 3 });
    expect(held.counts).toEqual({ decisions: 4, feedback: 2, signals: 2, subjectStates: 1 });
    expect([held.decisions.length, held.feedback.length, held.subjectStates[0]?.counter]).toEqual([3, 2, 2]);
    const rest = await heed.subjects.get('quillon', { limit: 3, after: held.next ?? '' });
    expect([rest.decisions.map(({ id }) => id), rest.feedback, rest.next]).toEqual([[ids[0]], [], null]);

    const before = (await heed.decisions.list({ limit: 100 })).rows.length;
    const deletion = await heed.subjects.delete('quillon');
    expect(deletion).toEqual({ decisions: 4, feedback: 2, signals: 2, subjectStates: 1, artifacts: [], jobs: [] });
    expect((await heed.decisions.list({ limit: 100 })).rows.length).toBe(before);
    const gone = await heed.decisions.get(ids[0] ?? '');
    expect(gone.decision).toMatchObject({
      forgotten: true,
      subject: null,
      context: [],
      action: { type: 'choice', item: 'warm' },
      behaviour: { logProbability: Math.log(0.25) },
    });
    expect(gone.feedback).toMatchObject([
      { forgotten: true, subject: null, value: { type: 'category' } },
      { forgotten: true, value: { type: 'text', text: '' } },
    ]);
    await expect(heed.decisions.replay(ids[0] ?? '')).rejects.toMatchObject({ code: 'not-replayable' });
    await expect(heed.decisions.explain(ids[0] ?? '')).rejects.toMatchObject({ code: 'not-replayable' });
    expect(await tablesWith(heed.url, 'quillon')).toEqual([]);
    const exported = Buffer.from(await heed.exportRows('jsonl', 'decisions')).toString();
    expect([exported.includes('of-quillon'), exported.includes('of-bob')]).toEqual([false, true]);
    expect(await heed.subjects.delete('quillon')).toMatchObject({ decisions: 0, feedback: 0, artifacts: [] });

    const again = await heed.record('greeting', {
      subject: 'quillon',
      context: { mood: 'new', hour: 1 },
      action: { type: 'choice', item: 'warm' },
    });
    expect((await heed.subjects.get('quillon')).counts.decisions).toBe(1);
    expect((await heed.decisions.get(again.decision)).decision.context).toMatchObject([{ value: { mood: 'new' } }]);
    expect((await heed.decisions.get(ids[0] ?? '')).decision.forgotten).toBe(true);
    await heed.close();
  },
);

test(
  'artifacts that learned from the subject are named with their descendants, and trained anew without',
  { timeout: 240_000 },
  async () => {
    const clock = tickingClock();
    const [heed, control] = await Promise.all([
      openTestHeed(config, { clock: clock.now, newSeed: () => '00000000000000aa' }),
      openTestHeed(config, { clock: clock.now, newSeed: () => '00000000000000aa' }),
    ]);
    const clean = await heed.train('greeting');
    expect(clean.artifact).toBeNull();
    const chain: string[] = [];
    for (const [subject, from] of [
      ['bob', 0],
      ['quillon', 10],
      ['cy', 20],
      ['dan', 30],
    ] as const) {
      for (let index = from; index < from + 10; index += 1) {
        await tell(heed, subject, index);
        if (subject !== 'quillon') await tell(control, subject, index);
      }
      await heed.derive();
      chain.push((await heed.train('greeting')).artifact ?? '');
    }
    await control.derive();
    const without = await control.train('greeting');

    const deletion = await heed.subjects.delete('quillon');
    expect(deletion).toMatchObject({ decisions: 10, signals: 5, artifacts: chain.slice(1).toSorted() });
    expect(deletion.jobs).toHaveLength(1);
    const outcome = await finished(heed, deletion.jobs[0] ?? '');
    expect(outcome).toMatchObject({ status: 'succeeded', signalsUsed: without.signalsUsed, promoted: true });
    const [ours, theirs] = await Promise.all([
      weights(heed, String(outcome['artifact'])),
      weights(control, without.artifact),
    ]);
    expect(theirs.length).toBeGreaterThan(30);
    expect(ours).toHaveLength(theirs.length);
    expect(Math.max(...ours.map((weight, slot) => Math.abs(weight - (theirs[slot] ?? NaN))))).toBeLessThan(1e-9);

    const releases = await heed.artifacts.releases('greeting');
    expect(
      releases
        .filter(({ step }) => step === 'superseded')
        .map(({ artifact }) => artifact)
        .toSorted(),
    ).toEqual(chain.slice(1).toSorted());
    expect((await heed.loops.get('greeting')).serving?.artifact).toBe(outcome['artifact']);
    await expect(heed.artifacts.promote(chain[3] ?? '', { by: 'a test', why: 'to see' })).rejects.toMatchObject({
      code: 'artifact-not-promotable',
    });
    expect(await heed.train('greeting')).toMatchObject({ artifact: null, signalsUsed: 0 });
    await tell(heed, 'eve', 50);
    await heed.derive();
    const next = await heed.train('greeting');
    expect(next.signalsUsed).toBe(1);
    expect((await heed.artifacts.get(next.artifact ?? '')).lineage.parent).toBe(outcome['artifact']);
    await Promise.all([heed.close(), control.close()]);
  },
);

test(
  'who is forgotten while decisions are written for them is forgotten in each that came before',
  { timeout: 120_000 },
  async () => {
    const heed = await openTestHeed(config);
    const other = await heed.reopen();
    const stop = { now: false };
    const acknowledged = new Set<string>();
    const write = async (here: Pick<TestHeed<Config>, 'decide'>) => {
      while (!stop.now) {
        const { decision } = await here.decide('greeting', {
          subject: 'quillon',
          context: { mood: 'secret-mood-of-quillon', hour: 1 },
          candidates,
        });
        acknowledged.add(decision);
      }
    };
    const writers = [heed, other, heed, other].map(write);
    const rounds: number[] = [];
    const readable = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const before = [...acknowledged];
      const { decisions } = await heed.subjects.delete('quillon');
      rounds.push(decisions);
      for (let from = 0; from < before.length; from += 200) {
        const found = await Promise.all(before.slice(from, from + 200).map((id) => other.decisions.get(id)));
        for (const { decision } of found)
          if (decision.forgotten !== true || decision.context.length > 0) readable.add(decision.id);
      }
    }
    stop.now = true;
    await Promise.all(writers);
    expect([...readable]).toEqual([]);
    expect(rounds.every((count) => count > 0)).toBe(true);
    const last = await heed.subjects.delete('quillon');
    expect(rounds.reduce((sum, count) => sum + count, last.decisions)).toBe(acknowledged.size);
    expect(await tablesWith(heed.url, 'quillon')).toEqual([]);
    const all = await Promise.all([...acknowledged].slice(-300).map((id) => heed.decisions.get(id)));
    expect(all.every(({ decision }) => decision.forgotten === true && decision.subject === null)).toBe(true);
    await other.close();
    await heed.close();
  },
);

test('what a forgotten subject had said of the decisions of others counts no more, and who had learned from it is named', async () => {
  const clock = tickingClock();
  const heed = await openTestHeed(config, { clock: clock.now });
  const { decision } = await heed.decide('greeting', {
    subject: 'bob',
    context: { mood: 'calm', hour: 1 },
    candidates,
  });
  await heed.feedback([{ loop: 'greeting', decision, name: 'thumb', subject: 'quillon' }]);
  await heed.derive();
  const { artifact } = await heed.train('greeting');
  const deletion = await heed.subjects.delete('quillon');
  expect(deletion).toMatchObject({ decisions: 0, feedback: 1, artifacts: [artifact] });
  const { decision: kept, signals } = await heed.decisions.get(decision);
  expect([kept.subject, kept.forgotten]).toEqual(['bob', undefined]);
  expect(signals.at(-1)).toMatchObject({ version: 2, status: 'censored', value: null });
  expect(await finished(heed, deletion.jobs[0] ?? '')).toMatchObject({
    status: 'succeeded',
    signalsUsed: 0,
    promoted: true,
  });
  await heed.close();
});

test('where an operator promotes, the artifact that had learned serves on until the one trained without is promoted', async () => {
  const clock = tickingClock();
  const manual = defineHeed({ loops: { greeting: { ...config.loops.greeting, release: { promote: 'manual' } } } });
  const heed = await openTestHeed(manual, { clock: clock.now });
  for (let index = 0; index < 6; index += 1) await tell(heed, index % 2 === 0 ? 'quillon' : 'bob', index);
  await heed.derive();
  const { artifact } = await heed.train('greeting');
  await heed.artifacts.promote(artifact ?? '', { by: 'a test', why: 'to serve' });
  const { jobs } = await heed.subjects.delete('quillon');
  const { artifact: without } = await finished(heed, jobs[0] ?? '');
  expect((await heed.loops.get('greeting')).serving?.artifact).toBe(artifact);
  const release = await heed.artifacts.promote(String(without), { by: 'a test', why: 'trained without' });
  expect((await heed.loops.get('greeting')).serving?.id).toBe(release.id);
  await expect(heed.artifacts.promote(artifact ?? '', { by: 'a test', why: 'back' })).rejects.toMatchObject({
    code: 'artifact-not-promotable',
  });
  await heed.close();
});
