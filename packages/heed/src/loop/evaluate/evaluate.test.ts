import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Action, EvaluationReport, Policy, PolicyRequest } from '../../spec/index.ts';
import { defineHeed } from '../define.ts';
import { bring, pages, releaseConfig, scriptedFormat, scriptedLearner } from '../testing-release.ts';
import type { ReleaseHeed } from '../testing-release.ts';
import { openTestHeed, tickingClock } from '../testing.ts';
import { exposureOf, placesOf } from './places.ts';
import type { EvaluateOptions } from './request.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A policy of even chances has served 300 subjects; the artifact shows the good page nine times in ten. */
async function open() {
  const clock = tickingClock();
  const learners = [scriptedLearner({ good: 0.9, fault: 'none' })];
  const heed = await openTestHeed(releaseConfig, { clock: clock.now, learners, formats: [scriptedFormat] });
  closers.push(() => heed.close());
  await bring(heed, clock, { from: 0, count: 300 });
  const { artifact } = await heed.train('page');
  return { heed, clock, artifact: artifact ?? '' };
}

interface LoggedRow {
  readonly id: string;
  readonly subject: string;
  readonly action: string;
  readonly reward: number;
  readonly probability: number;
  readonly decidedAt: string;
}

/** The loop's log as anybody can read it, oldest first. */
async function logOf(heed: ReleaseHeed): Promise<LoggedRow[]> {
  const { rows } = await heed.decisions.list({ loop: 'page', limit: 1_000 });
  const read = rows.toReversed().map(async ({ id, subject, action, behaviour, decidedAt }): Promise<LoggedRow[]> => {
    const { signals } = await heed.decisions.get(id);
    const value = signals.at(-1)?.value;
    if (value?.kind !== 'reward') return [];
    return [
      {
        id,
        subject: subject ?? '',
        action: action.type === 'choice' ? action.item : '',
        reward: value.rewards['reward'] ?? NaN,
        probability: Math.exp(behaviour.logProbability ?? NaN),
        decidedAt,
      },
    ];
  });
  return (await Promise.all(read)).flat();
}

function valueOf({ estimates }: EvaluationReport, estimator: string): number {
  return estimates.find(({ name }) => name === estimator)?.value ?? NaN;
}

function byHand(rows: readonly LoggedRow[]): number {
  const terms = rows.map(({ action, probability, reward }) => ((action === 'good' ? 0.9 : 0.1) / probability) * reward);
  return terms.reduce((sum, term) => sum + term, 0) / rows.length;
}

test('an artifact is scored on what another policy did: from the store, and from a file of the same decisions', async () => {
  const { heed, artifact } = await open();
  const rows = await logOf(heed);
  expect(rows).toHaveLength(300);
  const report = await heed.evaluate('page', { artifact, resamples: 100 });
  expect(valueOf(report, 'ips')).toBeCloseTo(byHand(rows), 12);
  expect(valueOf(report, 'logged')).toBeCloseTo(rows.reduce((sum, { reward }) => sum + reward, 0) / 300, 12);
  // The truth is 0.9 · 0.8 + 0.1 · 0.3; the model knows the items, and corrects.
  expect(Math.abs(valueOf(report, 'dr') - 0.75)).toBeLessThan(0.15);
  expect(report).toMatchObject({
    loop: 'page',
    artifact,
    kind: 'off-policy',
    verdict: { outcome: 'trust' },
    computedFrom: {
      source: 'store',
      decisions: 300,
      seed: 'evaluation',
      rewardModel: true,
      codeVersion: expect.any(String),
    },
    diagnostics: { clusters: 300, clustered: true },
  });
  expect(await heed.evaluations.get(report.id)).toEqual(report);
  // A classifier that is told of no probability comes near to what these say.
  const balanced = await heed.evaluate('page', { artifact, resamples: 100, estimators: ['balancedIps', 'snips'] });
  expect(Math.abs(valueOf(balanced, 'balancedIps') - valueOf(report, 'snips'))).toBeLessThan(0.05);
  expect((await heed.evaluations.list({ loop: 'page', artifact })).rows).toEqual([balanced, report]);

  const folder = await mkdtemp(join(tmpdir(), 'heed-evaluate-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'log.jsonl');
  const lines = rows.map((row) => ({ ...row, context: {}, candidates: pages.map(({ item }) => item) }));
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  const fromFile = await heed.evaluate('page', { artifact, resamples: 100, file: { format: 'jsonl', path } });
  // The exploration that the loop promises is not known of a file: what bounds the weights differs, and nothing else.
  const usual = ({ estimates }: EvaluationReport) =>
    estimates.filter(({ interval }) => interval?.method === 'student' || interval?.method === 'bootstrap');
  expect(usual(fromFile)).toEqual(usual(report));

  await writeFile(path, JSON.stringify({ ...lines[0], action: 'another' }));
  await expect(heed.evaluate('page', { artifact, file: { format: 'jsonl', path } })).rejects.toThrow(
    'cannot use line 1, as what was done must be among its candidates: it is "another"',
  );
});

test('only what was drawn and is settled is evaluated on, and the rest is counted by its reason', async () => {
  const { heed, clock, artifact } = await open();
  const rows = await logOf(heed);
  const candidates = pages.map(({ item }) => ({ item, features: {} }));
  const done = { context: {}, candidates, action: { type: 'choice', item: 'good' } } as const;
  await heed.record('page', { ...done, subject: 'unknown' });
  await heed.record('page', { ...done, subject: 'open', probability: 0.5 });
  await heed.decide('page', { context: {}, candidates, subject: 'undecided' });
  await heed.subjects.delete('reader 0');
  await heed.derive();
  const from = new Date(clock.now() - 10_000_000).toISOString();
  const report = await heed.evaluate('page', { artifact, from, estimators: ['ips'], intervals: ['student'] });
  expect(report.diagnostics).toMatchObject({
    count: 299,
    leftOut: {
      'its subject was forgotten': 1,
      'it was not drawn, or nobody knows how likely it was': 1,
      'its reward is still open': 2,
    },
  });
  const known = rows.filter(({ subject }) => subject !== 'reader 0');
  expect(valueOf(report, 'ips')).toBeCloseTo(byHand(known), 12);
  const [first, last] = [known[50]?.decidedAt ?? '', known.at(-1)?.decidedAt ?? ''];
  const within = known.filter(({ decidedAt }) => decidedAt >= first && decidedAt < last);
  const part = await heed.evaluate('page', { artifact, from: first, to: last, estimators: ['ips'] });
  expect(within.length).toBeGreaterThan(0);
  expect(part.diagnostics['count']).toBe(within.length);
  expect(valueOf(part, 'ips')).toBeCloseTo(byHand(within), 12);
});

test('a worker makes a queued evaluation, and one that cannot be made fails with the reason', async () => {
  const { heed, clock, artifact } = await open();
  const stop = new AbortController();
  const working = heed.work({ signal: stop.signal });
  closers.push(async () => {
    stop.abort();
    await working;
  });
  const ended = async (id: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const job = await heed.jobs.get(id);
      if (job.endedAt !== null) return job;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the evaluation did not end');
  };
  const queued = await heed.evaluations.queue('page', { artifact, estimators: ['snips'], seed: 'of mine' });
  const job = await ended(queued.id);
  expect(job).toMatchObject({
    kind: 'evaluate',
    status: 'succeeded',
    progress: { done: 600, unit: 'decisions' },
    outcome: { report: expect.any(String), verdict: { outcome: 'trust' } },
  });
  const { report } = job.outcome as { readonly report: string };
  expect((await heed.evaluations.get(report)).computedFrom).toMatchObject({ seed: 'of mine', estimators: ['snips'] });
  const later = new Date(clock.now() + 1_000_000).toISOString();
  const failed = await ended((await heed.evaluations.queue('page', { artifact, from: later })).id);
  expect(failed).toMatchObject({ status: 'failed', outcome: { code: 'invalid-input' } });
  await expect(heed.evaluations.queue('page', { artifact: report })).rejects.toMatchObject({ code: 'not-found' });
  await expect(heed.evaluate('page', { artifact: report })).rejects.toMatchObject({ code: 'not-found' });
});

const loop = {
  context: z.object({}),
  candidate: z.object({ tone: z.string() }),
  feedback: { thumb: { kind: 'reaction', reward: 1 } },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
  attributionWindowSeconds: 60,
} as const;
const config = defineHeed({
  loops: {
    drawn: { ...loop, action: { type: 'choice' }, learner: { name: 'linear-thompson', options: {} } },
    waiting: { ...loop, action: { type: 'choice' }, reward: { ...loop.reward, missing: 'wait' } },
    list: { ...loop, action: { type: 'slate', size: 2 } },
  },
});

test('a policy puts each item somewhere and fills each place once: all ways together are one', () => {
  const shares = new Map([
    ['a', 0.5],
    ['b', 0.3],
    ['c', 0.2],
  ]);
  // Plackett and Luce: each place goes to one of those that are left, in proportion to its share.
  const policy = {
    logProbability(_request: PolicyRequest, action: Action) {
      let left = 1;
      let log = 0;
      for (const item of action.type === 'slate' ? action.items : []) {
        log += Math.log((shares.get(item) ?? 0) / left);
        left -= shares.get(item) ?? 0;
      }
      return log;
    },
  } as Pick<Policy, 'logProbability'> as Policy;
  const candidates = [...shares.keys()].map((item) => ({ item, features: {} }));
  const request = { subject: null, context: {}, candidates, excluded: new Set<string>(), size: 2, subjectState: null };
  const [a, b, c] = placesOf(policy, request, ['a', 'b', 'c']) as [Float64Array, Float64Array, Float64Array];
  expect([...a, ...b, ...c].map((value) => Number(value.toFixed(12)))).toEqual(
    [
      0.5,
      0.3 * (0.5 / 0.7) + 0.2 * (0.5 / 0.8),
      0.3,
      0.5 * (0.3 / 0.5) + 0.2 * (0.3 / 0.8),
      0.2,
      0.5 * (0.2 / 0.5) + 0.3 * (0.2 / 0.7),
    ].map((value) => Number(value.toFixed(12))),
  );
  expect(exposureOf(a, [1, 0.5])).toBeCloseTo(0.5 + 0.5 * (a[1] ?? NaN), 14);
  const many = Array.from({ length: 30 }, (_, item) => ({ item: String(item), features: {} }));
  expect(() => placesOf(policy, { ...request, candidates: many }, ['1'])).toThrow('at most 500 ways');
});

async function openOthers(name: 'drawn' | 'list' | 'waiting', options: EvaluateOptions) {
  const clock = tickingClock();
  const heed = await openTestHeed(config, { clock: clock.now });
  closers.push(() => heed.close());
  const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
  for (let at = 0; at < 60; at += 1) {
    const { decision, chosen } = await heed.decide(name, { context: {}, candidates, subject: `reader ${at}` });
    if (chosen.includes('warm')) await heed.feedback([{ loop: name, decision, item: 'warm', name: 'thumb' }]);
  }
  clock.advance(61_000);
  await heed.derive();
  return heed.evaluate(name, options);
}

test('Monte-Carlo probabilities say their errors, and what cannot follow them is not made', async () => {
  const report = await openOthers('drawn', { resamples: 50 });
  const errors = report.diagnostics['monteCarloErrors'] as Readonly<Record<string, number>>;
  expect(errors['ips']).toBeGreaterThan(0);
  expect(report.diagnostics['skipped']).toMatchObject({
    replay: expect.stringContaining('Monte-Carlo'),
    switchDr: expect.stringContaining('Monte-Carlo'),
  });
});

test('where only some answer, what they earned is not what all would', async () => {
  const report = await openOthers('waiting', { resamples: 50 });
  const answered = Number(report.diagnostics['count']);
  expect(report.diagnostics['leftOut']).toEqual({ 'nobody has judged it': 60 - answered });
  expect(valueOf(report, 'logged')).toBe(1);
  expect(report.verdict).toMatchObject({
    outcome: 'do not trust',
    because: expect.stringContaining(`${60 - answered} of 60 decisions have no reward`),
  });
});

test('slates: the policy that served, on its own log, has earned what it earned', async () => {
  const report = await openOthers('list', { resamples: 50, attention: [1, 0.5] });
  expect(valueOf(report, 'slateStandard')).toBeCloseTo(valueOf(report, 'logged'), 12);
  for (const name of ['slateInteraction', 'slateIndependent', 'slatePosition'])
    expect(valueOf(report, name)).toBeCloseTo(valueOf(report, 'logged'), 12);
  // Two thirds of all slates show what pays; the standard error of 60 of them is 0.06.
  expect(Math.abs(valueOf(report, 'logged') - 2 / 3)).toBeLessThan(0.3);
  // The model takes most of that away: 0.02 are left.
  expect(Math.abs(valueOf(report, 'slateCascadeDr') - 2 / 3)).toBeLessThan(0.1);
  expect(report.computedFrom).toMatchObject({ rewardModel: true });
  expect(report.diagnostics['skipped']).toEqual({});
});

test.each([
  { decided: 12, recorded: 4 },
  { decided: 3, recorded: 8 },
])(
  'of $decided slates from here and $recorded from elsewhere the fewer ones give way',
  async ({ decided, recorded }) => {
    const clock = tickingClock();
    const heed = await openTestHeed(config, { clock: clock.now });
    closers.push(() => heed.close());
    const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
    const action = { type: 'slate' as const, items: ['warm', 'plain'] };
    for (let at = 0; at < recorded; at += 1)
      await heed.record('list', { context: {}, candidates, action, probability: 1 / 6 });
    for (let at = 0; at < decided; at += 1) await heed.decide('list', { context: {}, candidates });
    clock.advance(61_000);
    await heed.derive();
    const { diagnostics } = await heed.evaluate('list', { resamples: 10, attention: [1, 0.5] });
    const fewer = { count: recorded, reason: 'it must be known place by place how a slate came about' };
    expect(diagnostics).toMatchObject(
      decided > recorded
        ? { count: decided, badRows: [fewer], skipped: {} }
        : {
            count: decided + recorded,
            badRows: [],
            skipped: {
              slateInteraction: 'the log has no probabilities of the places up to each',
              slateIndependent: 'the log has no probabilities by place',
            },
          },
    );
  },
);
