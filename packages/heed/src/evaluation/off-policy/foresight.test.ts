import { expect, test } from 'vitest';
import { createForesight } from './foresight.ts';
import { expanded, spreadOf, studentEnds } from './spread.ts';

/** Weights 2, 0.5, 2, 0; the complements (1 − π) / (1 − p) are 0, 1.5, 2/3, 2. */
const rows = {
  count: 4,
  weight: Float64Array.of(2, 0.5, 2, 0),
  loggedProbability: Float64Array.of(0.5, 0.5, 0.25, 0.5),
  targetProbability: Float64Array.of(1, 0.25, 0.5, 0),
  reward: Float64Array.of(1, 0, 1, 1),
  predictedTaken: Float64Array.of(0.5, 0.5, 0.5, 0.5),
};
const bounds = { largestWeight: 2, rewardRange: null };

test('moments of terms from those of the weights and of the rewards, worked by hand', () => {
  const foresight = createForesight();
  foresight.add(rows);
  // Σ w² = 8.25; what is left of it by the rows with their complements is 2 + (0.125 + 1.125) + (1 + 1/3) + 2, less than that.
  const mean = 4 / 4.5;
  const second = 8.25 / 4;
  const third = 16.125 / 4;
  const plain = foresight.foresee({ corrected: false, ratio: null }, bounds);
  const first = (4.5 / 4) * mean;
  expect(plain.seen).toBeCloseTo(8 - 16 / 4, 12);
  expect(plain.second).toBeCloseTo(4 * (second * mean - first ** 2), 12);
  expect(plain.third).toBeCloseTo(4 * (third * mean - 3 * first * second * mean + 2 * first ** 3), 12);
  // Residuals 0.5, −0.5, 0.5, 0.5: Σ w e = 1.75, of which nothing is left beside the ratio 1.75 / 4.5.
  const ratio = 1.75 / 4.5;
  const corrected = foresight.foresee({ corrected: true, ratio }, bounds);
  expect(corrected.second).toBeCloseTo(8.25 * ((4 * (0.5 - ratio) ** 2 + 0.5 * (0.5 + ratio) ** 2) / 4.5), 12);
  expect(corrected.seen).toBeCloseTo(8 * (0.5 - ratio) ** 2 + 0.25 * (0.5 + ratio) ** 2, 12);
});

test('a policy that hardly explores shows how large the weights of the rest are, before it has done any of it', () => {
  const foresight = createForesight();
  const column = (value: number): Float64Array => new Float64Array(1_000).fill(value);
  foresight.add({
    count: 1_000,
    weight: column(0.5 / 0.99),
    loggedProbability: column(0.99),
    targetProbability: column(0.5),
    reward: Float64Array.from({ length: 1_000 }, (_each, row) => row % 2),
    predictedTaken: null,
  });
  // With probability 0.01 another action comes, of weight 0.5 / 0.01 = 50: E w² = 0.99 · (0.5 / 0.99)² + 0.01 · 50².
  const { second } = foresight.foresee({ corrected: false, ratio: 0.5 }, { largestWeight: 50, rewardRange: null });
  const squares = 0.99 * (0.5 / 0.99) ** 2 + 0.01 * 50 ** 2;
  // The mean weight, 0.505, has no standard error: all that it lacks of 1 is put at the largest weight as well.
  const lacking = (1 - 0.5 / 0.99) * 50;
  expect(second / 1_000).toBeCloseTo(0.25 * (squares + lacking), 6);
});

test('where nothing was earned, half a row with the utmost reward says what might have been', () => {
  const foresight = createForesight();
  const column = (value: number): Float64Array => new Float64Array(100).fill(value);
  foresight.add({
    count: 100,
    weight: column(1),
    loggedProbability: column(0.5),
    targetProbability: column(0.5),
    reward: column(0),
    predictedTaken: null,
  });
  const use = { corrected: false, ratio: null };
  const nothing = foresight.foresee(use, { largestWeight: 2, rewardRange: null });
  expect([nothing.seen, nothing.second, nothing.fourth]).toEqual([0, 0, 0]);
  const share = 0.5 / 100.5;
  const foreseen = foresight.foresee(use, { largestWeight: 2, rewardRange: [0, 1] });
  expect(foreseen.second).toBeCloseTo(100 * share * (1 - share), 9);
  const spread = spreadOf(new Float64Array(100), foreseen, 100);
  expect(spread.error).toBe(0);
  // Half an event: χ² with few degrees, and an interval that reaches above nothing.
  expect(spread.degrees).toBeCloseTo(1, 1);
  expect(studentEnds(0, spread, 0.95).upper).toBeGreaterThan(1 / 100);
  expect(expanded({ lower: 0, upper: 0 }, 0, spread, 0.95)).toEqual(studentEnds(0, spread, 0.95));
});

test('degrees of freedom are those of as many alike clusters as the estimate rests on', () => {
  const alike = spreadOf(Float64Array.of(1, -1, 1, -1, 1, -1), null, 1);
  expect(alike.degrees).toBe(5);
  // k = Σ ψ⁴ / (Σ ψ²)² = (9⁴ + 9) / (81 + 9)²: one cluster of ten brings nine tenths of the variance.
  const uneven = spreadOf(Float64Array.of(9, -1, -1, -1, -1, -1, -1, -1, -1, -1), null, 1);
  expect(uneven.degrees).toBeCloseTo(2 / (6_570 / 8_100 - 1 / 10), 12);
  expect(uneven.error).toBeCloseTo(Math.sqrt((90 * 10) / 9), 12);
  expect(uneven.skewness).toBeCloseTo(720 / 90 ** 1.5, 12);
});

test('percentiles of many alike clusters stay as they are', () => {
  const influences = Float64Array.from({ length: 100_000 }, (_each, row) => (row % 2 === 0 ? 1e-5 : -1e-5));
  const spread = spreadOf(influences, null, 1);
  const ends = expanded({ lower: 0.4, upper: 0.7 }, 0.5, spread, 0.95);
  expect(ends.lower).toBeCloseTo(0.4, 5);
  expect(ends.upper).toBeCloseTo(0.7, 5);
});
