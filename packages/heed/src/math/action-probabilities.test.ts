import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boltzmannProbabilities,
  epsilonGreedyProbabilities,
  fastCbProbabilities,
  squareCbProbabilities,
} from './action-probabilities.ts';

test('by hand', () => {
  const scores = Float64Array.of(0.5, 0.8, 0.6);
  const cases: readonly [Float64Array, readonly number[]][] = [
    [epsilonGreedyProbabilities(scores, 0.3), [0.1, 0.8, 0.1]],
    [squareCbProbabilities(scores, 10), [1 / 6, 1 - 1 / 6 - 1 / 5, 1 / 5]],
    // Losses 0.5, 0.2, 0.4: 0.2 / (0.6 + 10 · 0.3), 0.2 / (0.6 + 10 · 0.2).
    [fastCbProbabilities(scores, 10), [0.2 / 3.6, 1 - 0.2 / 3.6 - 0.2 / 2.6, 0.2 / 2.6]],
    // Rewards: 0.8 / (2.4 + 10 · 0.3), 0.8 / (2.4 + 10 · 0.2).
    [fastCbProbabilities(scores, 10, 'reward'), [0.8 / 5.4, 1 - 0.8 / 5.4 - 0.8 / 4.4, 0.8 / 4.4]],
    [boltzmannProbabilities(Float64Array.of(0, Math.log(3)), 1), [0.25, 0.75]],
  ];
  for (const [actual, expected] of cases) expect(farthest(actual, expected)).toBeLessThan(1e-12);
});

function farthest(actual: Float64Array, expected: readonly number[]): number {
  return Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))));
}

test('FastCB explores little where the best is nearly sure, in the other form where nothing pleases', () => {
  const explored = (f: readonly number[], form: 'loss' | 'reward'): number =>
    1 - (fastCbProbabilities(Float64Array.from(f), 20, form)[0] ?? NaN);
  expect(explored([0.99, 0.79], 'loss')).toBeLessThan(0.1 * explored([0.3, 0.1], 'loss'));
  expect(explored([0.21, 0.01], 'reward')).toBeLessThan(0.5 * explored([0.99, 0.79], 'reward'));
});

const scoresOf = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 });
const rules = {
  'SquareCB': squareCbProbabilities,
  'FastCB, loss': (scores: Float64Array, gamma: number) => fastCbProbabilities(scores, gamma, 'loss'),
  'FastCB, reward': (scores: Float64Array, gamma: number) => fastCbProbabilities(scores, gamma, 'reward'),
};

test.each(Object.entries(rules))('%s: sums to 1, all above 0, the best has at least 1 / K', (_, rule) => {
  fc.assert(
    fc.property(scoresOf, fc.double({ min: 0, max: 1e4, noNaN: true }), (list, gamma) => {
      const scores = Float64Array.from(list);
      const probabilities = rule(scores, gamma);
      const best = scores.indexOf(Math.max(...scores));
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...probabilities)).toBeGreaterThan(0);
      expect(probabilities[best]).toBeGreaterThanOrEqual(1 / scores.length - 1e-12);
    }),
  );
});

test.each(Object.entries(rules))('%s: γ = 0 is uniform, γ → ∞ greedy, one action certain', (_, rule) => {
  const scores = Float64Array.of(0.4, 0.9, 0.1, 0.6);
  expect(farthest(rule(scores, 0), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(1e-12);
  expect(rule(scores, 1e9)[1]).toBeGreaterThan(1 - 1e-7);
  expect([...rule(Float64Array.of(0.3), 50)]).toEqual([1]);
});

test('FastCB is defined where rewards reach 0 or 1', () => {
  for (const form of ['loss', 'reward'] as const) {
    for (const scores of [Float64Array.of(1, 1, 0), Float64Array.of(0, 0), Float64Array.of(1.5, -2)])
      expect(fastCbProbabilities(scores, 100, form).every((p) => p > 0 && p < 1)).toBe(true);
  }
});

test('scores that are no numbers are refused', () => {
  expect(() => squareCbProbabilities(new Float64Array(), 1)).toThrow(/there must be an action/);
  expect(() => fastCbProbabilities(Float64Array.of(0, NaN), 1)).toThrow(/number 1 is NaN/);
});
