import { expect, test } from 'vitest';
import { listOf, numberOf } from '../frame/paper.ts';
import { testAblations } from '../frame/testing.ts';
import { quick } from './config.ts';
import { runLastSwitchPaper } from './experiment.ts';
import { judge } from './judge.ts';

const tiny = {
  ...quick,
  instances: 2,
  large: [],
  horizons: [5_000, 10_000],
  comparedHorizon: 3_000,
  blockLength: 3,
  isotonicInstances: 2,
};
const run = (ablation: string | null) =>
  runLastSwitchPaper({ settings: tiny, seed: 1, ablation, pulse: () => undefined });
const checked = async (ablation: string | null) =>
  new Map(
    judge({ outcomes: [await run(ablation)], settings: tiny, preset: 'quick', ablation }).map(({ name, passed }) => [
      name,
      passed,
    ]),
  );

test('a small run: the relaxation bounds the optimum, and the schedules earn most of it', async () => {
  const outcome = await run(null);
  const optima = listOf(outcome, 'optimum');
  listOf(outcome, 'bound 3').forEach((bound, index) => expect(bound).toBeGreaterThan((optima[index] ?? NaN) - 1e-6));
  listOf(outcome, 'best 3').forEach((best, index) => expect(best).toBeLessThan((optima[index] ?? NaN) + 1e-6));
  expect(numberOf(outcome, 'least share')).toBeGreaterThan(1 - 1 / Math.E);
  expect(numberOf(outcome, 'long blocks')).toBeCloseTo(0.7 / 0.61 - 1, 9);
});

test('a small run: dominance holds, and does not where payoffs fall; single plays lose on F3', async () => {
  const dominance = '1. p(real) − p(virtual) on F1–F3, smallest';
  const value = '4. value of the relaxation over that of phi = 1, F3';
  const [method, falling, single] = [
    await checked(null),
    await checked('payoffs that fall'),
    await checked('phi = 1 only'),
  ];
  expect([dominance, value].map((name) => method.get(name))).toEqual([true, true]);
  expect(falling.get(dominance)).toBe(false);
  expect(single.get(value)).toBe(false);
});

testAblations(new URL('results.json', import.meta.url), [
  ['phi = 1 only', '4. value of the relaxation over that of phi = 1, F3'],
  ['equal offsets', '4. reward above that of equal offsets, F1'],
  ['random candidate', '4. reward above that of any candidate, F1'],
  ['no isotonic step', '5. gain of the isotonic step at 5 samples'],
  ['payoffs that fall', '1. p(real) − p(virtual) on F1–F3, smallest'],
]);
