import { afterEach, expect, test } from 'vitest';
import { isInCanary } from '../evaluation/release/index.ts';
import { createHeed } from './create.ts';
import type { ReleaseHeed, Script } from './testing-release.ts';
import { bring, pages, releaseConfig, releaseConfigOf, scriptedFormat, scriptedLearner } from './testing-release.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Opened {
  readonly heed: TestHeed<typeof releaseConfig>;
  readonly clock: ReturnType<typeof tickingClock>;
  readonly options: Parameters<TestHeed<typeof releaseConfig>['reopen']>[0];
  /** The artifact that the script's training made. */
  readonly artifact: string;
  readonly first: string;
}

/** A loop whose first policy has served 200 subjects, and a candidate that was trained after them. */
async function open(script: Script): Promise<Opened> {
  const clock = tickingClock();
  const options = { clock: clock.now, learners: [scriptedLearner(script)], formats: [scriptedFormat] };
  const heed = await openTestHeed(releaseConfig, options);
  closers.push(() => heed.close());
  await bring(heed, clock, { from: 0, count: 200 });
  const first = (await heed.loops.get('page')).serving?.artifact ?? '';
  const { artifact, promoted } = await heed.train('page');
  expect(promoted).toBe(false);
  return { heed, clock, options, artifact: artifact ?? '', first };
}

async function steps(heed: ReleaseHeed, artifact: string): Promise<string[]> {
  const rows = await heed.artifacts.releases('page');
  return rows
    .filter((row) => row.artifact === artifact)
    .map(({ step }) => step)
    .toReversed();
}

test('a better policy passes every gate, each in a process of its own that finds the stage in the rows', async () => {
  const { heed, clock, options, artifact, first } = await open({ good: 0.9, fault: 'none' });
  let subjects = 200;
  for (const stage of ['apprentice', 'shadow', 'canary']) {
    // Nothing is handed over but the store: the process before it is gone at whatever point it had come to.
    const worker = await heed.reopen(options);
    await worker.releases.advance('page');
    expect(await steps(worker, artifact)).toContain(stage);
    await worker.close();
    const other = await heed.reopen(options);
    const count = stage === 'canary' ? 800 : 100;
    await bring(other, clock, { from: subjects, count });
    subjects += count;
    await other.close();
  }
  const worker = await heed.reopen(options);
  closers.push(() => worker.close());
  expect((await worker.loops.get('page')).serving?.artifact).toBe(first);
  await worker.releases.advance('page');
  expect(await steps(worker, artifact)).toEqual(['apprentice', 'shadow', 'canary', 'full']);
  expect((await worker.loops.get('page')).serving?.artifact).toBe(artifact);
  expect(await worker.releases.candidate('page')).toBeNull();

  const rows = await worker.artifacts.releases('page');
  const evidence = await Promise.all(
    rows.filter((row) => row.evidence !== null).map(({ id }) => worker.releases.evidence(id)),
  );
  expect(evidence.map(({ kind, verdict }) => [kind, verdict.outcome])).toEqual([
    ['release: canary', 'advance'],
    ['release: shadow', 'advance'],
    ['release: apprentice', 'advance'],
  ]);
  // 0.9 · 0.8 + 0.1 · 0.3 − 0.55 = 0.2.
  const interval = evidence[0]?.estimates[0]?.interval;
  expect(interval?.lower).toBeLessThan(0.2);
  expect(interval?.lower).toBeGreaterThan(-0.2);
  expect(interval?.upper).toBeGreaterThan(0.2);
});

/** Takes a candidate to its canary. */
async function toCanary({ heed, clock }: Pick<Opened, 'heed' | 'clock'>): Promise<void> {
  await heed.releases.advance('page');
  await heed.releases.advance('page');
  await bring(heed, clock, { from: 1_000, count: 100 });
  const { step } = (await heed.releases.advance('page')) ?? {};
  expect(step).toBe('canary');
}

test('in a canary its share of the subjects, and no other, is served by the candidate', async () => {
  const { heed, clock, artifact, first } = await open({ good: 0.6, fault: 'none' });
  await toCanary({ heed, clock });
  const candidates = pages.map(({ item }) => ({ item, features: {} }));
  for (let reader = 0; reader < 60; reader += 1) {
    const subject = `visitor ${reader}`;
    const wanted = isInCanary(artifact, subject, 0.5) ? artifact : first;
    const made = await heed.decide('page', { context: {}, candidates, subject });
    expect(made.artifact).toBe(wanted);
    expect((await heed.decisions.replay(made.decision)).matches).toBe(true);
  }
  const anonymous = await heed.decide('page', { context: {}, candidates });
  expect(anonymous.artifact).toBe(isInCanary(artifact, anonymous.decision, 0.5) ? artifact : first);
});

test('a worse policy goes back by itself, and what it had learned is gone with it', async () => {
  const { heed, clock, artifact, first } = await open({ good: 0.3, fault: 'none' });
  await toCanary({ heed, clock });
  expect((await heed.releases.candidate('page'))?.report.verdict.outcome).toBe('wait');
  // 0.3 · 0.8 + 0.7 · 0.3 − 0.55 = −0.1.
  for (let from = 2_000; (await steps(heed, artifact)).at(-1) === 'canary' && from < 12_000; from += 1_000) {
    await bring(heed, clock, { from, count: 1_000 });
    await heed.releases.advance('page');
  }
  expect(await steps(heed, artifact)).toEqual(['apprentice', 'shadow', 'canary', 'rolledBack']);
  const [row] = await heed.artifacts.releases('page');
  expect(row?.why).toMatch(/^its reward is lower by /);
  expect((await heed.loops.get('page')).serving?.artifact).toBe(first);
  expect(await heed.releases.advance('page')).toBeNull();
  const next = (await heed.train('page')).artifact ?? '';
  expect((await heed.artifacts.get(next)).lineage.parent).toBe(first);
  expect((await heed.releases.advance('page'))?.artifact).toBe(next);
});

test('a guardrail that is crossed sends a policy back whose reward is fine', async () => {
  const { heed, clock, artifact } = await open({ good: 0.55, fault: 'none' });
  await toCanary({ heed, clock });
  await bring(heed, clock, { from: 3_000, count: 500, complains: (made) => made === artifact });
  expect(await heed.releases.advance('page')).toMatchObject({
    step: 'rolledBack',
    why: expect.stringMatching(/^it moves complaint by /),
  });
});

test.each(['throws', 'NaN'] as const)(
  'a policy that cannot decide (%s) goes back at once, and what serves decides in its place',
  async (fault) => {
    const { heed, clock, artifact, first } = await open({ good: 0.5, fault });
    await toCanary({ heed, clock });
    const candidates = pages.map(({ item }) => ({ item, features: {} }));
    const odd = Array.from({ length: 50 }, (_, place) => `odd ${place}`);
    const subject = odd.find((unit) => isInCanary(artifact, unit, 0.5)) ?? '';
    const made = await heed.decide('page', { context: {}, candidates, subject });
    expect(made).toMatchObject({ artifact: first, fallback: null });
    expect(pages.map(({ item }) => item)).toContain(made.chosen[0]);
    for (let tries = 0; tries < 100 && (await steps(heed, artifact)).at(-1) !== 'rolledBack'; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const [row] = await heed.artifacts.releases('page');
    expect(row).toMatchObject({ artifact, step: 'rolledBack', why: expect.stringMatching(/^it could not decide: /) });
    expect((await heed.releases.evidence(row?.id ?? '')).diagnostics).toHaveProperty('fault');
  },
);

test('what serves and cannot decide makes way for what served before; meanwhile the baseline decides', async () => {
  const { heed, artifact, first } = await open({ good: 0.5, fault: 'throws' });
  await heed.artifacts.promote(artifact, { by: 'ada', why: 'sure' });
  const candidates = pages.map(({ item }) => ({ item, features: {} }));
  const made = await heed.decide('page', { context: {}, candidates, subject: 'odd 1' });
  expect(made).toMatchObject({ artifact, chosen: ['good'], fallback: 'unsure' });
  for (let tries = 0; tries < 100 && (await heed.loops.get('page')).serving?.artifact !== first; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await heed.loops.get('page')).serving?.artifact).toBe(first);
  expect(await steps(heed, artifact)).toEqual(['full', 'rolledBack']);
  const [back, gone] = await heed.artifacts.releases('page');
  expect([back?.step, gone?.step]).toEqual(['full', 'rolledBack']);
  expect(back?.evidence).toBe(gone?.evidence);
  expect((await heed.releases.evidence(gone?.id ?? '')).diagnostics['fault']).toContain('a weight is missing');
  expect(await heed.decide('page', { context: {}, candidates, subject: 'odd 1' })).toMatchObject({ fallback: null });
});

test('a policy that fails on the log never serves anybody', async () => {
  const { heed, artifact } = await open({ good: 2, fault: 'none' });
  await heed.releases.advance('page');
  expect(await heed.releases.advance('page')).toMatchObject({
    step: 'rolledBack',
    why: expect.stringContaining('its probability of good is 2'),
  });
  expect(await steps(heed, artifact)).toEqual(['apprentice', 'rolledBack']);
});

test('a candidate that is asked for nothing goes back after a while, and makes room for the next', async () => {
  const { heed, clock, artifact } = await open({ good: 0.6, fault: 'none' });
  await heed.releases.advance('page');
  await heed.releases.advance('page');
  clock.advance(29 * 86_400_000);
  expect(await heed.releases.advance('page')).toBeNull();
  clock.advance(86_400_000);
  expect(await heed.releases.advance('page')).toMatchObject({
    step: 'rolledBack',
    why: 'in 2592000 s there were 0 of 40 logged decisions to ask it for',
  });
  expect(await steps(heed, artifact)).toEqual(['apprentice', 'shadow', 'rolledBack']);
});

test('a new version of the loop takes over what serves, and not what waits for its gates', async () => {
  const { heed, clock, options, artifact, first } = await open({ good: 0.9, fault: 'none' });
  await heed.releases.advance('page');
  await heed.stop();
  clock.advance(1_000);
  const changed = await createHeed(releaseConfigOf(61), { ...options, url: heed.url });
  closers.push(() => changed.close());
  const serving = await changed.artifacts.get((await changed.loops.get('page')).serving?.artifact ?? '');
  expect(serving).toMatchObject({ lineage: { parent: first }, configuration: { good: 0.5 } });
  // What waits goes on: the candidate by its gates, and after it what this version makes of it.
  expect((await changed.releases.candidate('page'))?.release.artifact).toBe(artifact);
  const [newest] = (await changed.artifacts.list({ loop: 'page' })).rows;
  expect(newest).toMatchObject({ lineage: { parent: artifact }, configuration: { good: 0.9 } });
  expect(await steps(changed, newest?.id ?? '')).toEqual([]);
  await changed.releases.reject('page', { by: 'ada', why: 'of the version before' });
  clock.advance(1_000);
  expect(await changed.releases.advance('page')).toBeNull();
});

test('two workers at once take each step once', async () => {
  const { heed, clock, options, artifact } = await open({ good: 0.6, fault: 'none' });
  const other = await heed.reopen(options);
  closers.push(() => other.close());
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([heed, other, heed, other].map((worker) => worker.releases.advance('page')));
    await bring(heed, clock, { from: 5_000 + 100 * round, count: 100 });
  }
  expect(await steps(heed, artifact)).toEqual(['apprentice', 'shadow', 'canary']);
});

test('an operator sends a candidate back, and may let one serve past its gates', async () => {
  const { heed, clock, artifact } = await open({ good: 0.6, fault: 'none' });
  await expect(heed.releases.reject('page', { by: 'ada', why: 'too early' })).rejects.toMatchObject({
    code: 'nothing-to-roll-back',
  });
  await heed.releases.advance('page');
  const rejected = await heed.releases.reject('page', { by: 'ada', why: 'not now' });
  expect(rejected).toMatchObject({ artifact, step: 'rolledBack', by: 'ada' });
  expect(await heed.releases.evidence(rejected.id)).toMatchObject({ artifact, kind: 'release: apprentice' });
  await bring(heed, clock, { from: 7_000, count: 10 });
  const next = (await heed.train('page')).artifact ?? '';
  await heed.artifacts.promote(next, { by: 'ada', why: 'sure' });
  expect(await heed.releases.advance('page')).toBeNull();
  expect((await heed.loops.get('page')).serving?.artifact).toBe(next);
});

test('a dry run says what a policy would change, and changes nothing', async () => {
  const { heed, artifact } = await open({ good: 0.9, fault: 'none' });
  const before = await heed.artifacts.releases('page');
  const run = await heed.releases.dryRun(artifact, { decisions: 200 });
  expect(run).toMatchObject({ artifact, loop: 'page', decisions: 200, failures: 0, scored: 200 });
  // What was done by a fair coin is likely by 0.9 or 0.1, each in half of the decisions.
  expect(run.changed).toBeCloseTo(0.5, 1);
  expect(run.changedAnyhow).toBeCloseTo(0.5, 12);
  expect(run.shifts.find(({ item }) => item === 'good')?.after).toBeCloseTo(0.9, 12);
  expect(run.difference?.lower).toBeLessThan(0.2);
  expect(run.difference?.upper).toBeGreaterThan(0.2);
  expect(run.examples).toHaveLength(10);
  expect(run.examples[0]).toMatchObject({ done: 'bad', likeliest: 'good' });
  expect(await heed.artifacts.releases('page')).toEqual(before);
  await expect(heed.releases.dryRun(artifact, { decisions: 0 })).rejects.toMatchObject({ code: 'invalid-input' });
});
