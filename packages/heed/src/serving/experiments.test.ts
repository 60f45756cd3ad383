import { afterEach, expect, test } from 'vitest';
import { createClient } from '../client/index.ts';
import { openTestHeed, tickingClock } from '../loop/testing.ts';
import { bring, pages, releaseConfig, scriptedFormat, scriptedLearner } from '../loop/testing-release.ts';
import { createServer } from './server.ts';
import { serve } from './serve.ts';
import { allScopes, keyHeaders } from './testing/keyed.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A gated loop with a policy that was just trained, served over HTTP to a client with a key. */
async function open() {
  const clock = tickingClock();
  const heed = await openTestHeed(releaseConfig, {
    clock: clock.now,
    learners: [scriptedLearner({ good: 0.9, fault: 'none' })],
    formats: [scriptedFormat],
  });
  closers.push(() => heed.close());
  await bring(heed, clock, { from: 0, count: 100 });
  const { artifact } = await heed.train('page');
  const { authorization } = await keyHeaders(heed, allScopes);
  const running = await serve({ heed, port: 0, keys: 'required' });
  closers.push(() => running.close());
  const client = createClient<typeof releaseConfig>({
    url: running.url,
    key: authorization.replace(/^Bearer /, ''),
    clock: clock.now,
    // No decision falls back where the machine is slow.
    deadlineMs: 60_000,
    timeoutMs: 60_000,
  });
  closers.push(() => client.close());
  return { heed, client, artifact: artifact ?? '' };
}

const reason = { by: 'ada', why: 'is it better?' };

test('an experiment is started, watched, and concluded from elsewhere, and the audit says so', async () => {
  const { heed, client, artifact } = await open();
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = client.subscribe(({ type, id }) => void told.push(`${type} ${id}`), { onOpen: () => resolve() });
    closers.push(async () => stop());
  });
  const experiment = await client.experiments.start({
    ...reason,
    loop: 'page',
    name: 'good-page',
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      { name: 'new', weight: 2, policy: { type: 'artifact', artifact } },
    ],
    guardrails: [{ feedback: 'complaint' }],
  });
  const { id } = experiment;
  expect(experiment).toMatchObject({ status: 'running', unit: 'subject', salt: id, end: null, alpha: 0.05 });
  const candidates = pages.map(({ item }) => ({ item, features: {} }));
  const { decision } = await client.decide('page', { context: {}, candidates, subject: 'reader 7' });
  expect((await client.decisions.get(decision)).decision.experiment?.id).toBe(id);
  expect((await client.experiments.list({ loop: 'page' })).rows).toEqual([experiment]);
  expect((await client.experiments.get(id)).report.verdict.outcome).toBe('undecided');
  await expect(client.artifacts.promote(artifact, reason)).rejects.toMatchObject({ code: 'experiment-conflict' });
  const ended = await client.experiments.conclude(id, { ...reason, winner: 'new', promote: true });
  expect(ended).toMatchObject({ status: 'concluded', end: { winner: 'new' } });
  expect((await client.loops.get('page')).serving?.id).toBe(ended.end?.release);
  const ends = (await heed.audit.list()).rows.filter(({ outcome }) => outcome !== 'begun');
  expect(ends.slice(0, 3).map(({ action, target, code }) => [action, target, code])).toEqual([
    ['concludeExperiment', id, null],
    ['promote', artifact, 'experiment-conflict'],
    ['startExperiment', id, null],
  ]);
  for (let tries = 0; tries < 1_000 && told.filter((one) => one === `experiment ${id}`).length < 2; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told.filter((one) => one === `experiment ${id}`)).toHaveLength(2);
});

test('a start and an end are retried under a key, from the body or the header, and happen once', async () => {
  const { heed, client, artifact } = await open();
  const server = await createServer({ heed });
  closers.push(() => server.close());
  const start = {
    ...reason,
    loop: 'page',
    name: 'good-page',
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      { name: 'new', policy: { type: 'artifact', artifact } },
    ],
    unit: 'subject',
    goals: [{ feedback: 'complaint', higherIsBetter: false }],
    horizon: { subjects: 1_000 },
  } as const;
  const experiment = await client.experiments.start({ ...start, idempotencyKey: 'once' });
  expect(experiment).toMatchObject({ goals: start.goals, horizon: start.horizon });
  const post = (path: string, payload: object, key: string) =>
    server.inject({ method: 'POST', url: `/v1/experiments${path}`, payload, headers: { 'idempotency-key': key } });
  expect((await post('', start, 'once')).json()).toEqual(experiment);
  expect((await post('', { ...start, alpha: 0.1 }, 'once')).json()).toMatchObject({ code: 'idempotency-conflict' });
  const [one, other] = await Promise.all([
    post(`/${experiment.id}/stop`, reason, 'the end'),
    post(`/${experiment.id}/stop`, reason, 'the end'),
  ]);
  expect([one.statusCode, other.json()]).toEqual([200, one.json()]);
  expect((await post(`/${experiment.id}/stop`, reason, 'another end')).json()).toMatchObject({
    code: 'experiment-conflict',
  });
  for (const [more, where] of [
    [{ unit: 'session' }, 'body/unit'],
    [{ horizon: { subject: 10 } }, 'body/horizon'],
    [{ arms: [{ name: 'control', weight: -1, policy: { type: 'serving' } }, start.arms[1]] }, 'body/arms/0/weight'],
  ] as const)
    expect((await post('', { ...start, ...more }, 'odd')).json()).toMatchObject({
      code: 'invalid-input',
      errors: [{ where }],
    });
});

test('a variant of what serves is an arm of its own, and nothing learns on from it', async () => {
  const { heed, client, artifact } = await open();
  const serving = (await client.loops.get('page')).serving?.artifact;
  const { id, arms } = await client.experiments.start({
    ...reason,
    loop: 'page',
    name: 'other-options',
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      {
        name: 'other',
        policy: { type: 'variant', exploration: { name: 'epsilon-greedy', options: { epsilon: 0.2 } } },
      },
    ],
  });
  const made = arms[1]?.artifact ?? '';
  expect((await client.artifacts.get(made)).lineage).toMatchObject({ parent: serving, signals: { used: 0 } });
  await client.experiments.stop(id, reason);
  expect((await heed.releases.advance('page'))?.artifact).toBe(artifact);
  expect((await client.experiments.get(id)).experiment.end).toMatchObject({ winner: null, release: null });
});

test('a release is looked at, taken on and sent back from elsewhere; a dry run changes nothing', async () => {
  const { heed, client, artifact } = await open();
  expect(await client.releases.candidate('page')).toBeNull();
  await expect(client.releases.pass('page', reason)).rejects.toMatchObject({ code: 'not-found' });
  const run = await client.releases.dryRun(artifact, { decisions: 50 });
  expect(run).toMatchObject({ artifact, loop: 'page', decisions: 50, failures: 0 });
  expect(run.shifts.find(({ item }) => item === 'good')?.after).toBeCloseTo(0.9, 12);
  await heed.releases.advance('page');
  expect((await client.releases.candidate('page'))?.release).toMatchObject({ artifact, step: 'apprentice' });
  const shadow = await client.releases.pass('page', reason);
  expect(shadow).toMatchObject({ artifact, step: 'shadow', by: 'ada', why: 'is it better?' });
  expect(await client.releases.evidence(shadow.id)).toMatchObject({ kind: 'release: apprentice', artifact });
  expect(await client.releases.reject('page', reason)).toMatchObject({ artifact, step: 'rolledBack' });
  expect((await client.artifacts.releases('page'))[0]).toMatchObject({ step: 'rolledBack' });
});
