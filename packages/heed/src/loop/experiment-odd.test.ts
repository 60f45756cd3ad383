import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HeedError } from '../spec/index.ts';
import type { PolicyFormat } from '../spec/index.ts';
import { createHeed } from './create.ts';
import { bring, candidates, halves, openPage, pageConfig } from './testing-experiment.ts';
import { scriptedFormat } from './testing-release.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Where everything is refused, and nothing is ever started. */
let still: Awaited<ReturnType<typeof openPage>>;
const stillClosers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  still = await openPage({ good: 0.9, fault: 'none' }, stillClosers);
}, 120_000);
afterAll(async () => {
  for (const close of stillClosers) await close();
});

const open = (good = 0.9) => openPage({ good, fault: 'none' }, closers);
const reason = { by: 'ada', why: 'a test' };

test.each([
  [{ arms: [{ name: 'control', policy: { type: 'serving' } }] }, /arms must fit: Too small.*\(it is \[/],
  [{ arms: ['a', 'a'].map((name) => ({ name, policy: { type: 'baseline' } }) as const) }, /a is there twice/],
  [{ arms: shares(1, 0) }, /arms\.1\.weight must fit: .*>0 \(it is 0\)/],
  [{ arms: shares(1, -3) }, /arms\.1\.weight must fit: .*\(it is -3\)/],
  [{ arms: shares(1, NaN) }, /arms\.1\.weight must fit: .*\(it is NaN\)/],
  [{ arms: shares(1, Infinity) }, /arms\.1\.weight must fit: .*\(it is Infinity\)/],
  [{ unit: 'session' as 'subject' }, /unit must fit: .*"subject" \(it is "session"\)/],
  [{ guardrails: [{ feedback: 'laughter' }] }, /\(thumb, complaint\): they name laughter/],
  [{ goals: [{ feedback: 'laughter' }] }, /goals must name feedback of the loop \(thumb, complaint\)/],
  [{ goals: [{ feedback: 'thumb' }], guardrails: [{ feedback: 'thumb' }] }, /thumb is there twice/],
  [{ alpha: 2 }, /alpha must fit/],
  [{ salt: '' }, /salt must fit/],
  [{ horizon: {} }, /its horizon must be subjects, seconds, or both: it is neither/],
  [{ horizon: { subjects: 0.5 } }, /horizon\.subjects must fit/],
  [{ outcomeSeconds: -1 }, /outcomeSeconds must fit/],
] as const)('an experiment of %j is refused', async (more, sentence) => {
  const { heed, artifact } = still;
  await expect(heed.experiments.start(halves(artifact, more))).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringMatching(sentence),
  });
});

test('what was refused has left nothing', async () => {
  expect((await still.heed.experiments.list()).rows).toEqual([]);
});

function shares(control: number, other: number) {
  return [
    { name: 'control', weight: control, policy: { type: 'serving' } },
    { name: 'new', weight: other, policy: { type: 'baseline' } },
  ] as const;
}

test('a policy with a field that nobody knows is refused, in place of an arm that is like the control', async () => {
  const { heed, artifact } = still;
  const [control] = halves(artifact).arms;
  const arms = [control, { name: 'new', policy: { type: 'variant', exploraton: { name: 'fast-cb', options: {} } } }];
  await expect(heed.experiments.start({ ...halves(artifact), arms: arms as never })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('exploraton'),
  });
});

test('a variant with another learner is refused, as nothing could go on from what serves', async () => {
  const { heed, artifact } = still;
  const [control] = halves(artifact).arms;
  const policy = { type: 'variant', learner: { name: 'lin-ucb', options: {} } } as const;
  await expect(
    heed.experiments.start(halves(artifact, { arms: [control ?? never(), { name: 'new', policy }] })),
  ).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining("by the loop's own learner scripted: that of new is lin-ucb"),
  });
});

function never(): never {
  throw new Error('there must be a control');
}

test('an unknown experiment is not found, and an unknown winner is named with those there are', async () => {
  const { heed, artifact } = await open();
  const unknown = '019b9294-2a3b-7000-8000-00000000dead';
  for (const ask of [
    () => heed.experiments.get(unknown),
    () => heed.experiments.stop(unknown, reason),
    () => heed.experiments.conclude(unknown, { ...reason, winner: 'new' }),
  ])
    await expect(ask()).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining(unknown) });
  const { id } = await heed.experiments.start(halves(artifact));
  await expect(heed.experiments.conclude(id, { ...reason, winner: 'old' })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('must be one of control, new: it is old'),
  });
});

test('an arm that lost is not promoted; it may win on paper, and be promoted by hand', async () => {
  const { heed, clock, artifact, first } = await open(0.1);
  const { id } = await heed.experiments.start(halves(artifact));
  for (let from = 0; from < 800; from += 400)
    await bring(heed, clock, { from, count: 400, likes: (good) => (good ? 1 : 0) });
  expect((await heed.experiments.get(id)).report.verdict.outcome).toBe('worse');
  await expect(heed.experiments.conclude(id, { ...reason, winner: 'new', promote: true })).rejects.toMatchObject({
    code: 'artifact-not-promotable',
    message: expect.stringContaining(
      `as it must not have lost: the reward of new is lower than that of the control (conclude without promoting it, and promote ${artifact} after that, if it must be)`,
    ),
  });
  expect((await heed.experiments.get(id)).experiment.status).toBe('running');
  expect((await heed.loops.get('page')).serving?.artifact).toBe(first);
  await heed.experiments.conclude(id, { ...reason, winner: 'new' });
  expect((await heed.artifacts.promote(artifact, reason)).artifact).toBe(artifact);
}, 120_000);

test('an arm whose policy is gone ends the experiment, and what serves decides', async () => {
  const { heed, clock, options, artifact, first } = await open();
  const { id } = await heed.experiments.start(halves(artifact));
  const later = await heed.stop();
  closers.push(() => later.drop());
  // As where the arm's files are lost: whoever starts anew cannot read them.
  const lossy: PolicyFormat = {
    ...scriptedFormat,
    read(name, content) {
      if (name === artifact)
        throw new HeedError('not-found', `cannot load the artifact ${name}, as its file is missing`);
      return scriptedFormat.read(name, content);
    },
  };
  const again = await createHeed(pageConfig, { ...options, url: later.url, formats: [lossy] });
  closers.push(() => again.close());
  const { decision } = await again.decide('page', { context: {}, candidates, subject: 'ann' });
  expect((await again.decisions.get(decision)).decision).toMatchObject({ artifact: first });
  clock.advance(2_000);
  const stop = new AbortController();
  const working = again.work({ signal: stop.signal, intervalMs: 20 });
  for (let tries = 0; tries < 300 && (await again.experiments.get(id)).experiment.end === null; tries += 1) {
    clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await working;
  expect((await again.experiments.get(id)).experiment.end).toMatchObject({
    by: 'heed',
    cause: 'fault',
    why: expect.stringMatching(/^the arm new has no policy any more: /),
  });
}, 120_000);
