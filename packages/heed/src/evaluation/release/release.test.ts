import { expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import type { Gates, PolicyDecision, PolicyRequest } from '../../spec/index.ts';
import { createLogScorer, faultOfDecision, faultOfDistribution, isInCanary, judgeCanary, judgeOnLog } from './index.ts';
import { createSharesPolicy, simulateRelease } from './testing.ts';

const gates: Gates = {
  apprentice: { decisions: 100 },
  shadow: { decisions: 100 },
  canary: { share: 0.5, leastSubjects: 1_000, outcomeSeconds: 60 },
  tolerance: 0.01,
  alpha: 0.05,
  guardrails: [],
  patienceSeconds: 1_000,
};
const fresh = { waitedSeconds: 0 };
const candidates = ['a', 'b', 'c'].map((item) => ({ item, features: {} }));
const request: PolicyRequest = {
  subject: null,
  context: {},
  candidates,
  excluded: new Set(['c']),
  size: 1,
  subjectState: null,
};

function decision(changes: Partial<PolicyDecision>): PolicyDecision {
  return {
    action: { type: 'choice', item: 'a' },
    behaviour: { kind: 'exact', logProbability: Math.log(0.5) },
    scores: Float64Array.of(1, 2, NaN),
    ...changes,
  };
}

test('a decision is sound where it chose what is allowed and knows how likely that was', () => {
  expect(faultOfDecision(request, decision({}))).toBeNull();
  expect(faultOfDecision(request, decision({ behaviour: { kind: 'unknown', logProbability: null } }))).toBeNull();
  expect(faultOfDecision(request, decision({ action: { type: 'choice', item: 'c' } }))).toContain('chose c');
  expect(faultOfDecision(request, decision({ action: { type: 'slate', items: [] } }))).toBe('it chose nothing');
  expect(faultOfDecision(request, decision({ action: { type: 'slate', items: ['a', 'a'] } }))).toContain('twice');
  expect(faultOfDecision(request, decision({ behaviour: { kind: 'exact', logProbability: NaN } }))).toContain('NaN');
  expect(faultOfDecision(request, decision({ behaviour: { kind: 'exact', logProbability: 0.1 } }))).toContain('0.1');
  expect(
    faultOfDecision(request, decision({ behaviour: { kind: 'exact', logProbability: -Infinity } })),
  ).not.toBeNull();
  expect(faultOfDecision(request, decision({ scores: Float64Array.of(1, NaN, NaN) }))).toBe('its score of b is NaN');
});

test('a distribution is sound where it sums to 1 over what is allowed', () => {
  expect(faultOfDistribution(request, Float64Array.of(0.25, 0.75, 0))).toBeNull();
  expect(faultOfDistribution(request, Float64Array.of(0.25, 0.5, 0.25))).toContain('may choose c');
  expect(faultOfDistribution(request, Float64Array.of(0.25, 0.5, 0))).toBe('its probabilities sum to 0.75');
  expect(faultOfDistribution(request, Float64Array.of(NaN, 1, 0))).toBe('its probability of a is NaN');
  expect(faultOfDistribution(request, Float64Array.of(1))).toContain('1 entries for 3 candidates');
});

test('two logged decisions by hand: change, shifts and weights', () => {
  const policy = createSharesPolicy('worse', createRandom('two'));
  const items = [0, 1, 2, 3].map((place) => ({ item: `item ${place}`, features: {} }));
  const asked = { ...request, candidates: items, excluded: new Set<string>() };
  const scorer = createLogScorer(policy, { range: [0, 2] });
  // Shares are 0.325, 0.25, 0.25 and 0.175: weights 1.3 and 0.7 on 0.25.
  scorer.take({ id: '1', request: asked, action: { type: 'choice', item: 'item 0' }, probability: 0.25, reward: 2 });
  scorer.take({ id: '2', request: asked, action: { type: 'choice', item: 'item 3' }, probability: 0.25, reward: 1 });
  scorer.take({ id: '3', request: asked, action: { type: 'choice', item: 'item 3' }, probability: null, reward: null });
  const score = scorer.result();
  expect(score).toMatchObject({ decisions: 3, failures: 0, scored: 2, changedAnyhow: 0.75 });
  expect(score.changed).toBeCloseTo(1 - (0.325 + 2 * 0.175) / 3, 12);
  expect(score.difference?.estimate).toBeCloseTo((0.3 * 2 - 0.3 * 1) / 2, 12);
  expect(score.largestWeight).toBeCloseTo(1.3, 12);
  expect(score.shifts[0]).toEqual({ item: 'item 3', before: 2 / 3, after: expect.closeTo(0.175, 12) });
  expect(score.examples.map(({ decision: id, likeliest }) => [id, likeliest])).toEqual([
    ['2', 'item 0'],
    ['3', 'item 0'],
    ['1', 'item 0'],
  ]);
});

test('the interval of a difference on the log holds what is so, and tells a much worse policy', () => {
  const items = ['good', 'bad'].map((item) => ({ item, features: {} }));
  const asked = { ...request, candidates: items, excluded: new Set<string>() };
  const policy = {
    ...createSharesPolicy('equal', createRandom('log')),
    distribution: () => Float64Array.of(0.1, 0.9),
    logProbability: (_: PolicyRequest, action: { type: string; item?: string }) =>
      Math.log(action.item === 'good' ? 0.1 : 0.9),
  };
  const scorer = createLogScorer(policy, { range: [0, 1] });
  const { uniform } = createRandom('much worse');
  for (let id = 0; id < 2_000; id += 1) {
    const good = uniform() < 0.5;
    const reward = uniform() < (good ? 0.8 : 0.2) ? 1 : 0;
    const action = { type: 'choice', item: good ? 'good' : 'bad' } as const;
    scorer.take({ id: String(id), request: asked, action, probability: 0.5, reward });
  }
  // 0.1 · 0.8 + 0.9 · 0.2 − 0.5 = −0.24.
  const { difference } = scorer.result();
  expect(difference?.lower).toBeLessThan(-0.24);
  expect(difference?.upper).toBeGreaterThan(-0.24);
  expect(difference?.upper).toBeLessThan(-0.1);
  expect(judgeOnLog('apprentice', scorer.result(), gates, fresh).outcome).toBe('rollBack');
});

test('on the log: wait for enough decisions, go on without a fault, back with one', () => {
  const score = {
    decisions: 99,
    failures: 0,
    firstFailure: null,
    changed: 0.2,
    changedAnyhow: 0.2,
    shifts: [],
    examples: [],
    scored: 99,
    difference: { estimate: -0.1, lower: -0.3, upper: 0.1 },
    largestWeight: 2,
  };
  expect(judgeOnLog('shadow', score, gates, fresh)).toEqual({
    outcome: 'wait',
    because: 'it was asked for 99 of 100 logged decisions',
  });
  expect(judgeOnLog('shadow', score, gates, { waitedSeconds: 1_000 })).toEqual({
    outcome: 'rollBack',
    because: 'in 1000 s there were 99 of 100 logged decisions to ask it for',
  });
  expect(judgeOnLog('shadow', { ...score, decisions: 100 }, gates, fresh).outcome).toBe('advance');
  const faulty = { ...score, failures: 1, firstFailure: { decision: 'd7', why: 'NaN' } };
  expect(judgeOnLog('shadow', faulty, gates, fresh)).toEqual({
    outcome: 'rollBack',
    because: 'it could not make the decision d7: NaN',
  });
});

test('a canary: harm sends it back, no harm lets it go on, and patience ends', () => {
  const arm = { units: 1_000, mean: 0.3 };
  const reward = { estimate: 0, lower: -0.1, upper: 0.1, pValue: 1, treated: arm, control: arm };
  const sampleRatio = { pValue: 1, fixedPValue: 1, suspicious: false };
  const evidence = { reward, guardrails: [], sampleRatio };
  const complaints = { ...reward, name: 'complaint', tolerance: 0.02, higherIsBetter: false };
  const judge = (changes: object, waited = fresh): string =>
    judgeCanary({ ...evidence, ...changes }, gates, waited).outcome;
  expect(judge({})).toBe('wait');
  expect(judge({}, { waitedSeconds: 1_000 })).toBe('rollBack');
  expect(judge({ reward: { ...reward, lower: -0.2, upper: -0.001 } })).toBe('rollBack');
  expect(judge({ reward: { ...reward, lower: -0.009 } })).toBe('advance');
  expect(judge({ reward: { ...reward, lower: -0.009, treated: { units: 999, mean: 0.3 } } })).toBe('wait');
  expect(judge({ sampleRatio: { ...sampleRatio, suspicious: true } })).toBe('rollBack');
  const good = { ...reward, lower: -0.009 };
  const rails = (lower: number, upper: number): object => ({
    reward: good,
    guardrails: [{ ...complaints, lower, upper }],
  });
  expect(judge(rails(0.021, 0.05))).toBe('rollBack');
  expect(judge(rails(-0.05, 0.05))).toBe('wait');
  expect(judge(rails(-0.05, 0.019))).toBe('advance');
});

test('the canary has its share of the subjects, and another artifact has others', () => {
  const units = Array.from({ length: 10_000 }, (_, place) => `reader ${place}`);
  const first = units.filter((unit) => isInCanary('one', unit, 0.1));
  const both = first.filter((unit) => isInCanary('two', unit, 0.1));
  expect(Math.abs(first.length - 1_000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.1 * 0.9));
  expect(both.length).toBeLessThan(first.length * 0.2);
});

test('of simulated releases the worse and faulty are sent back, and the others serve', () => {
  const settings = { gates, most: 400_000, every: 500 };
  const outcomes = (kind: Parameters<typeof simulateRelease>[0], runs: number): number =>
    Array.from({ length: runs }, (_, run) => simulateRelease(kind, `test ${run}`, settings)).filter(
      ({ outcome }) => outcome === 'rolledBack',
    ).length;
  expect(outcomes('worse', 12)).toBeGreaterThanOrEqual(11);
  expect(outcomes('equal', 8)).toBeLessThanOrEqual(1);
  expect(outcomes('better', 8)).toBeLessThanOrEqual(1);
  expect(outcomes('throws', 12)).toBe(12);
  expect(outcomes('NaN', 12)).toBe(12);
});
