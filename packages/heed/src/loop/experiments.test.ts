import { afterEach, expect, test } from 'vitest';
import { assignArm } from '../evaluation/experiment/index.ts';
import { bring, candidates, halves, openPage } from './testing-experiment.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import { releaseConfig, scriptedFormat, scriptedLearner } from './testing-release.ts';
import type { Script } from './testing-release.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const open = (script: Script) => openPage(script, closers);

test('each subject is decided for by the policy of its arm, always the same one, and the decision says so', async () => {
  const { heed, artifact, first } = await open({ good: 0.9, fault: 'none' });
  const experiment = await heed.experiments.start(
    halves(artifact, {
      arms: [...halves(artifact).arms, { name: 'baseline', weight: 2, policy: { type: 'baseline' } }],
    }),
  );
  const served = { control: first, new: artifact, baseline: null } as const;
  for (let reader = 0; reader < 30; reader += 1) {
    const subject = `visitor ${reader}`;
    const arm = assignArm(experiment.salt, subject, experiment.arms) as keyof typeof served;
    for (let time = 0; time < 2; time += 1) {
      const made = await heed.decide('page', { context: {}, candidates, subject });
      const { decision } = await heed.decisions.get(made.decision);
      expect(decision).toMatchObject({ experiment: { id: experiment.id, arm }, artifact: served[arm] });
      const shares = { control: [0.5, 0.5], new: [0.9, 0.1], baseline: [1, 0] }[arm];
      expect(made.probability).toBeCloseTo(shares[made.chosen[0] === 'good' ? 0 : 1] ?? NaN, 12);
    }
  }
  const anonymous = await heed.decide('page', { context: {}, candidates });
  expect((await heed.decisions.get(anonymous.decision)).decision.experiment).toBeUndefined();
  const rows = new TextDecoder()
    .decode(await heed.exportRows('jsonl', 'assignments'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).assignment);
  expect(rows).toHaveLength(30);
  expect(rows.find(({ subject }) => subject === 'visitor 7')).toMatchObject({
    experiment: experiment.id,
    salt: experiment.salt,
    unit: 'subject',
    arm: assignArm(experiment.salt, 'visitor 7', experiment.arms),
    firstSeenAt: expect.any(String),
  });
});

test('other processes keep the arm; a row that was there before the hash was asked counts', async () => {
  const { heed, options, artifact } = await open({ good: 0.9, fault: 'none' });
  const { id, salt, arms } = await heed.experiments.start(halves(artifact));
  const guest = 'reader from elsewhere';
  const hashed = assignArm(salt, guest, arms);
  const row = {
    schemaVersion: 1,
    id: '019b9289-0000-7000-8000-00000000dead',
    experiment: id,
    salt: 'another',
    unit: 'subject',
    subject: guest,
    arm: hashed === 'new' ? 'control' : 'new',
    firstSeenAt: '2026-01-06T09:00:00.000Z',
  };
  await heed.importRows('jsonl', Buffer.from(`${JSON.stringify({ kind: 'assignment', assignment: row })}\n`));
  const served = await heed.decide('page', { context: {}, candidates, subject: guest });
  expect((await heed.decisions.get(served.decision)).decision.experiment).toEqual({ id, arm: row.arm });
  const made = await heed.decide('page', { context: {}, candidates, subject: 'reader 7' });
  const other = await heed.reopen(options);
  closers.push(() => other.close());
  const again = await other.decide('page', { context: {}, candidates, subject: 'reader 7' });
  expect(again.artifact).toBe(made.artifact);
  expect(await heed.decide('page', { context: {}, candidates, subject: 'nobody', dryRun: true })).toMatchObject({
    token: null,
  });
  const rows = new TextDecoder().decode(await heed.exportRows('jsonl', 'assignments'));
  expect(rows.split('\n').filter((line) => line !== '')).toHaveLength(2);
});

test('a better arm is found, with its winner put into service', async () => {
  const { heed, clock, artifact } = await open({ good: 0.9, fault: 'none' });
  const { id } = await heed.experiments.start(halves(artifact));
  expect((await heed.experiments.get(id)).report.verdict.outcome).toBe('undecided');
  for (let from = 0; from < 2_000; from += 500) await bring(heed, clock, { from, count: 500 });
  const { report } = await heed.experiments.get(id);
  expect(report.verdict).toMatchObject({
    outcome: 'better',
    because: expect.stringMatching(/^new has a reward higher/),
  });
  // 0.9 · 0.8 + 0.1 · 0.3 − 0.55 = 0.2.
  const [estimate] = report.estimates;
  expect(estimate).toMatchObject({ name: 'reward: new less control', count: 2_000 });
  expect(estimate?.interval?.lower).toBeGreaterThan(0);
  expect(estimate?.interval?.upper).toBeGreaterThan(0.2);
  await expect(heed.experiments.conclude(id, { winner: 'old', by: 'ada', why: 'better' })).rejects.toMatchObject({
    code: 'invalid-input',
  });
  const ended = await heed.experiments.conclude(id, { winner: 'new', promote: true, by: 'ada', why: 'better' });
  expect(ended).toMatchObject({ status: 'concluded', end: { winner: 'new', by: 'ada' } });
  const { serving } = await heed.loops.get('page');
  expect(serving).toMatchObject({ artifact, evidence: ended.end?.evidence, id: ended.end?.release });
  expect((await heed.experiments.get(id)).report.id).toBe(ended.end?.evidence);
  const after = await heed.decide('page', { context: {}, candidates, subject: 'reader 7' });
  expect((await heed.decisions.get(after.decision)).decision.experiment).toBeUndefined();
  await expect(heed.experiments.stop(id, { by: 'ada', why: 'again' })).rejects.toMatchObject({
    code: 'experiment-conflict',
  });
}, 60_000);

test('what readers did before takes noise away', async () => {
  const { heed, clock, artifact } = await open({ good: 0.5, fault: 'none' });
  // Every other reader likes everything, and the others nothing: their past tells it all.
  const likes = (_good: boolean, subject: string) => (Number(subject.slice(7)) % 2 === 0 ? 1 : 0);
  for (let from = 0; from < 1_000; from += 500) await bring(heed, clock, { from, count: 500, likes });
  const { id } = await heed.experiments.start(halves(artifact));
  for (let from = 0; from < 1_000; from += 500) await bring(heed, clock, { from, count: 500, likes });
  const { report } = await heed.experiments.get(id);
  expect(report.computedFrom).toMatchObject({ units: 1_000, withCovariate: 1_000 });
  const width = (interval: { lower: number; upper: number } | null | undefined) =>
    (interval?.upper ?? NaN) - (interval?.lower ?? NaN);
  const helped = width(report.estimates[0]?.interval);
  await heed.experiments.stop(id, { by: 'ada', why: 'the other way now' });
  const plain = await heed.experiments.start(halves(artifact, { name: 'no-past', covariateSeconds: null }));
  for (let from = 0; from < 1_000; from += 500) await bring(heed, clock, { from, count: 500, likes });
  const without = width((await heed.experiments.get(plain.id)).report.estimates[0]?.interval);
  expect(helped).toBeLessThan(0.7 * without);
}, 60_000);

test('a guardrail that is crossed ends the experiment by itself', async () => {
  const { heed, clock, artifact, first } = await open({ good: 0.5, fault: 'none' });
  const { id, salt, arms } = await heed.experiments.start(
    halves(artifact, { guardrails: [{ feedback: 'complaint', tolerance: 0.05 }] }),
  );
  const worker = new AbortController();
  const complains = (subject: string) => assignArm(salt, subject, arms) === 'new' && subject.endsWith('3');
  for (let from = 0; from < 3_000; from += 500) await bring(heed, clock, { from, count: 500, complains });
  const working = heed.work({ signal: worker.signal });
  for (let tries = 0; tries < 200 && (await heed.experiments.get(id)).experiment.status === 'running'; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  worker.abort();
  await working;
  const { experiment, report } = await heed.experiments.get(id);
  expect(experiment).toMatchObject({
    status: 'stopped',
    end: { by: 'heed', why: 'new harms complaint', winner: null },
  });
  expect(report.verdict).toEqual({ outcome: 'stop', because: 'new harms complaint' });
  expect((await heed.loops.get('page')).serving?.artifact).toBe(first);
  const [entry] = (await heed.audit.list({ loop: 'page' })).rows;
  expect(entry).toMatchObject({ who: 'heed', action: 'stopExperiment', target: id, outcome: 'done' });
}, 60_000);

test('an arm that cannot decide ends the experiment, and what serves decides in its place', async () => {
  const { heed, artifact, first } = await open({ good: 0.5, fault: 'throws' });
  const { id, salt, arms } = await heed.experiments.start(halves(artifact));
  const subject = Array.from({ length: 50 }, (_, place) => `odd ${place}`).find(
    (unit) => assignArm(salt, unit, arms) === 'new',
  );
  const made = await heed.decide('page', { context: {}, candidates, subject });
  expect(made).toMatchObject({ artifact: first, fallback: null });
  for (let tries = 0; tries < 200 && (await heed.experiments.get(id)).experiment.status === 'running'; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await heed.experiments.get(id)).experiment.end).toMatchObject({
    by: 'heed',
    why: 'the arm new could not decide: a weight is missing',
  });
});

test('odd subjects are counted and forgotten like others', async () => {
  const { heed, clock, artifact } = await open({ good: 0.5, fault: 'none' });
  const { id } = await heed.experiments.start(halves(artifact));
  for (const subject of ['\u{1f600}', 'a\u0001b', '"']) await heed.decide('page', { context: {}, candidates, subject });
  clock.advance(61_000);
  await heed.derive();
  expect((await heed.experiments.get(id)).report.computedFrom['units']).toBe(3);
  await heed.subjects.delete('"');
  const rows = new TextDecoder().decode(await heed.exportRows('jsonl', 'assignments'));
  expect(rows).toMatch(/"subject":"forgotten [0-9a-f-]{36}"/);
  expect((await heed.experiments.get(id)).report.computedFrom['units']).toBe(2);
});

test('what serves stays while an experiment runs, and a second one waits for its end', async () => {
  const { heed, clock, artifact, first } = await open({ good: 0.9, fault: 'none' });
  const { id } = await heed.experiments.start(halves(artifact));
  const refused = { code: 'experiment-conflict' };
  await expect(heed.experiments.start(halves(artifact, { name: 'second' }))).rejects.toMatchObject(refused);
  await expect(heed.artifacts.promote(artifact, { by: 'ada', why: 'sure' })).rejects.toMatchObject(refused);
  await expect(heed.artifacts.rollback('page', { by: 'ada', why: 'unsure' })).rejects.toMatchObject(refused);
  await bring(heed, clock, { from: 0, count: 10 });
  expect((await heed.train('page')).promoted).toBe(false);
  await heed.experiments.stop(id, { by: 'ada', why: 'enough' });
  expect((await heed.loops.get('page')).serving?.artifact).toBe(first);
  await expect(heed.experiments.start(halves(artifact))).rejects.toMatchObject(refused);
  expect(await heed.experiments.start(halves(artifact, { name: 'second' }))).toMatchObject({ status: 'running' });
  expect((await heed.experiments.list({ loop: 'page' })).rows.map(({ name }) => name)).toEqual(['second', 'good-page']);
});

test('a release on its way excludes an experiment, and an experiment a release', async () => {
  const clock = tickingClock();
  const script: Script = { good: 0.9, fault: 'none' };
  const heed = await openTestHeed(releaseConfig, {
    clock: clock.now,
    learners: [scriptedLearner(script)],
    formats: [scriptedFormat],
  });
  closers.push(() => heed.close());
  await bring(heed, clock, { from: 0, count: 100 });
  const { artifact } = await heed.train('page');
  expect((await heed.releases.advance('page'))?.step).toBe('apprentice');
  await expect(heed.experiments.start(halves(artifact ?? ''))).rejects.toMatchObject({
    code: 'experiment-conflict',
    message: expect.stringContaining('is at apprentice'),
  });
  await heed.releases.reject('page', { by: 'ada', why: 'an experiment first' });
  const { id } = await heed.experiments.start(halves(artifact ?? ''));
  await bring(heed, clock, { from: 100, count: 100 });
  await heed.train('page');
  expect(await heed.releases.advance('page')).toBeNull();
  await heed.experiments.stop(id, { by: 'ada', why: 'enough' });
  expect((await heed.releases.advance('page'))?.step).toBe('apprentice');
});

test('at its horizon an experiment ends by itself, and keeps what it has found', async () => {
  const { heed, clock, artifact } = await open({ good: 0.9, fault: 'none' });
  const { id } = await heed.experiments.start(
    halves(artifact, { goals: [{ feedback: 'complaint', higherIsBetter: false }], horizon: { subjects: 250 } }),
  );
  const alike = { likes: () => 0.5, complains: () => true };
  await bring(heed, clock, { from: 0, count: 200, ...alike });
  const stop = new AbortController();
  const working = heed.work({ signal: stop.signal, intervalMs: 20 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await heed.experiments.get(id)).experiment.status).toBe('running');
  await bring(heed, clock, { from: 200, count: 50, ...alike });
  for (let tries = 0; tries < 500 && (await heed.experiments.get(id)).experiment.status === 'running'; tries += 1) {
    // A worker looks the less often, the longer it takes: by this clock its last look took very long.
    clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await working;
  const { experiment, report } = await heed.experiments.get(id);
  expect(experiment).toMatchObject({
    status: 'stopped',
    end: { by: 'heed', cause: 'horizon', why: 'its horizon of 250 subjects is reached', winner: null },
  });
  expect(report.verdict.outcome).toBe('undecided');
  expect(report.estimates.map(({ name, count }) => [name, count])).toEqual([
    ['reward: new less control', 250],
    ['complaint: new less control', 250],
  ]);
}, 120_000);
