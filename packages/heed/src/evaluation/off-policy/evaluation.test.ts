import { expect, test } from 'vitest';
import { createEvaluation } from './evaluation.ts';
import type { Estimate, EvaluationOptions } from './evaluation.ts';
import type { EstimatorName } from './estimators.ts';
import type { LoggedRounds } from './rounds.ts';
import type { LoggedSlates } from './slates.ts';
import { chooseBySlope } from './slope.ts';

/** Weights 2, 0.5, 2, 0; model 0.5 for what was done, 0.4 expected. */
const rounds: LoggedRounds = {
  count: 4,
  reward: Float64Array.of(1, 0, 1, 1),
  loggedProbability: Float64Array.of(0.5, 0.5, 0.25, 0.5),
  targetProbability: Float64Array.of(1, 0.25, 0.5, 0),
  subject: null,
  predictedTaken: Float64Array.of(0.5, 0.5, 0.5, 0.5),
  predictedTarget: Float64Array.of(0.4, 0.4, 0.4, 0.4),
  balancedWeight: Float64Array.of(1, 1, 3, 0),
  action: null,
};

function valuesOf(
  given: LoggedRounds | LoggedSlates,
  options: EvaluationOptions,
): Partial<Record<EstimatorName, number>> {
  const evaluation = createEvaluation({ intervals: ['student'], ...options });
  evaluation.add(given);
  return Object.fromEntries(evaluation.finish().estimates.map(({ name, value }) => [name, value]));
}

test('every estimator on four decisions, worked by hand', () => {
  const values = valuesOf(rounds, {
    estimators: [
      'replay',
      'ips',
      'snips',
      'dm',
      'dr',
      'sndr',
      'balancedIps',
      { name: 'clippedIps', parameter: 1 },
      { name: 'switchDr', parameter: 1 },
      { name: 'shrunkDr', parameter: 4 },
      { name: 'subGaussianIps', parameter: 0.5 },
      { name: 'subGaussianDr', parameter: 0.5 },
    ],
  });
  expect(values.replay).toBe(1);
  expect(values.ips).toBe(1);
  expect(values.snips).toBeCloseTo(4 / 4.5, 14);
  expect(values.dm).toBeCloseTo(0.4, 14);
  expect(values.dr).toBeCloseTo(0.4 + (2 * 0.5 - 0.5 * 0.5 + 2 * 0.5) / 4, 14);
  expect(values.sndr).toBeCloseTo(0.4 + 1.75 / 4.5, 14);
  expect(values.balancedIps).toBeCloseTo(4 / 5, 14);
  expect(values.clippedIps).toBe(0.5);
  expect(values.switchDr).toBeCloseTo(0.4 - 0.25 / 4, 14);
  // ŵ = 4 w / (w² + 4): 1, 2 / 4.25, 1, 0.
  expect(values.shrunkDr).toBeCloseTo(0.4 + (0.5 - 1 / 4.25 + 0.5) / 4, 14);
  // ŵ = w / (0.5 + 0.5 w): 4/3, 2/3, 4/3, 0.
  expect(values.subGaussianIps).toBeCloseTo(8 / 3 / 4, 14);
  expect(values.subGaussianDr).toBeCloseTo(0.4 + (2 / 3 - 1 / 3 + 2 / 3) / 4, 14);
});

test('slates: two of two places, worked by hand', () => {
  const slates: LoggedSlates = {
    count: 2,
    size: 2,
    subject: null,
    reward: Float64Array.of(1, 0, 0, 1),
    loggedJoint: Float64Array.of(0.5, 0.5),
    targetJoint: Float64Array.of(0.25, 1),
    loggedPlace: Float64Array.of(0.5, 0.5, 0.5, 0.5),
    targetPlace: Float64Array.of(0.5, 0.25, 1, 0.75),
    loggedPrefix: Float64Array.of(0.5, 0.5, 0.5, 0.5),
    targetPrefix: Float64Array.of(0.5, 0.25, 1, 1),
    loggedExposure: Float64Array.of(0.8, 0.4, 0.8, 0.4),
    targetExposure: Float64Array.of(0.4, 0.4, 0.8, 0.2),
    predictedTaken: Float64Array.of(0.5, 0.5, 0.5, 0.5),
    predictedTarget: Float64Array.of(0.6, 0.3, 0.6, 0.3),
  };
  const values = valuesOf(slates, {});
  expect(values.slateStandard).toBe((0.5 + 2) / 2);
  expect(values.slateIndependent).toBe((1 + 1.5) / 2);
  expect(values.slateInteraction).toBe((1 + 2) / 2);
  expect(values.slatePosition).toBe((0.5 + 0.5) / 2);
  // First: 1 (1 − 0.5) + 0.6 + 0.5 (0 − 0.5) + 1 · 0.3; second: 2 (0 − 0.5) + 0.6 + 2 (1 − 0.5) + 2 · 0.3.
  expect(values.slateCascadeDr).toBeCloseTo((1.15 + 1.2) / 2, 14);
});

test('errors of Monte-Carlo probabilities widen what rests on them, by what they may do at most', () => {
  const estimators = ['ips', 'snips', 'dr', 'sndr', 'dm', 'replay', 'switchDr'] as const;
  const options = { intervals: ['student'], rewardRange: [0, 1], estimators } as const;
  const exact = createEvaluation(options);
  exact.add(rounds);
  const drawn = createEvaluation(options);
  // σ_w: 0.1 / 0.5, 0, 0.05 / 0.25, 0.
  drawn.add({
    ...rounds,
    targetError: Float64Array.of(0.1, 0, 0.05, 0),
    expectationError: Float64Array.of(0.1, 0.1, 0.1, 0.1),
  });
  const { estimates, skipped } = drawn.finish();
  const errorOf = (name: EstimatorName) => estimates.find((each) => each.name === name)?.monteCarloError;
  expect(errorOf('ips')).toBeCloseTo(0.4 / 4, 14);
  expect(errorOf('snips')).toBeCloseTo((0.4 + (4 / 4.5) * 0.4) / 4.5, 14);
  expect(errorOf('dr')).toBeCloseTo(0.1 + 0.2 / 4, 14);
  expect(errorOf('sndr')).toBeCloseTo(0.1 + (0.2 + (1.75 / 4.5) * 0.4) / 4.5, 14);
  // The model alone is checked by the corrected one.
  expect(errorOf('dm')).toBe(errorOf('dr'));
  expect(Object.keys(skipped)).toEqual(['replay', 'switchDr']);
  const widthOf = ({ intervals: { student } }: Pick<Estimate, 'intervals'>): number =>
    (student?.upper ?? NaN) - (student?.lower ?? NaN);
  const [wide, narrow] = [estimates[0], exact.finish().estimates[0]] as [Estimate, Estimate];
  expect(widthOf(wide) - widthOf(narrow)).toBeCloseTo(2 * 1.959963984540054 * 0.1, 9);
  expect(narrow.monteCarloError).toBeNull();
  // Of a logged probability, relative to the weight: 2 · 0.05 / 0.5.
  const acted = createEvaluation(options);
  acted.add({ ...rounds, loggedError: Float64Array.of(0.05, 0, 0, 0) });
  expect(acted.finish().estimates[0]?.monteCarloError).toBeCloseTo(0.2 / 4, 14);
});

test('large weights that happened to earn nothing are foreseen: the interval is wider, or not trusted', () => {
  // A few weights are 30, and their decisions earned nothing: what did earn looks calm.
  const evaluated = (largeOnes: number): { estimate: Estimate | undefined; shown: number } => {
    const rare = (row: number): boolean => row < largeOnes;
    const column = (value: (row: number) => number): Float64Array =>
      Float64Array.from({ length: 1_000 }, (_each, row) => value(row));
    const evaluation = createEvaluation({ estimators: ['ips'], intervals: ['student'] });
    evaluation.add({
      count: 1_000,
      reward: column((row) => (rare(row) || row % 2 === 0 ? 0 : 1)),
      loggedProbability: column((row) => (rare(row) ? 0.01 : 0.99)),
      targetProbability: column((row) => (rare(row) ? 0.3 : 0.7)),
      subject: null,
      predictedTaken: null,
      predictedTarget: null,
      balancedWeight: null,
      action: null,
    });
    const [estimate] = evaluation.finish().estimates;
    // Terms of 0.7 / 0.99 in about half of the rows alone.
    const share = (1_000 - largeOnes) / 2 / 1_000;
    return { estimate, shown: 1.96 * (0.7 / 0.99) * Math.sqrt((share * (1 - share)) / 1_000) };
  };
  const some = evaluated(8);
  expect(some.estimate?.verdicts.student?.outcome).toBe('trust');
  const { lower, upper } = some.estimate?.intervals.student ?? { lower: NaN, upper: NaN };
  expect((upper - lower) / 2).toBeGreaterThan(1.5 * some.shown);
  const one = evaluated(1);
  expect(one.estimate?.verdicts.student).toMatchObject({
    outcome: 'do not trust',
    because: expect.stringContaining('a few weights decide it'),
  });
});

test('chunks add up to the whole, and subjects widen what they share', () => {
  const whole = createEvaluation({ intervals: ['student'] });
  whole.add(rounds);
  const parts = createEvaluation({ intervals: ['student'] });
  for (let row = 0; row < 4; row += 1) {
    const cut = (column: Float64Array | null): Float64Array | null => column?.slice(row, row + 1) ?? null;
    parts.add({
      ...rounds,
      count: 1,
      reward: rounds.reward.slice(row, row + 1),
      loggedProbability: rounds.loggedProbability.slice(row, row + 1),
      targetProbability: rounds.targetProbability.slice(row, row + 1),
      predictedTaken: cut(rounds.predictedTaken),
      predictedTarget: cut(rounds.predictedTarget),
      balancedWeight: cut(rounds.balancedWeight),
    });
  }
  expect(parts.finish().estimates).toEqual(whole.finish().estimates);
  const twins = createEvaluation({ intervals: ['student'], estimators: ['ips'] });
  twins.add({ ...rounds, subject: Uint32Array.of(7, 8, 7, 8) });
  const [alone] = whole.finish().estimates.filter(({ name }) => name === 'ips');
  expect(twins.finish().estimates[0]?.standardError).toBeGreaterThan(alone?.standardError ?? Infinity);
  expect(twins.finish().clusters).toBe(2);
});

test('what is asked for wrongly is refused by name', () => {
  expect(() => valuesOf(rounds, { estimators: ['magic' as never] })).toThrow('one is magic');
  expect(() => valuesOf(rounds, { estimators: [{ name: 'subGaussianIps', parameter: 2 }] })).toThrow('from 0 to 1');
  expect(() => createEvaluation({ level: 95 })).toThrow('the level must be in (0, 1): it is 95');
  expect(() => createEvaluation().finish()).toThrow('there must be at least one decision');
  const lacking = createEvaluation();
  lacking.add({ ...rounds, predictedTaken: null, predictedTarget: null });
  expect(lacking.finish().skipped.dr).toBe('the log has no predictions of a reward model');
});

test('SLOPE takes the narrowest estimate that agrees with all wider ones', () => {
  const wide = { value: 0.5, halfWidth: 0.2 };
  const middle = { value: 0.45, halfWidth: 0.05 };
  expect(chooseBySlope([{ value: 0.1, halfWidth: 0.001 }, middle, wide])).toBe(1);
  expect(chooseBySlope([{ value: 0.45, halfWidth: 0.001 }, middle, wide])).toBe(0);
  expect(chooseBySlope([])).toBe(-1);
});
