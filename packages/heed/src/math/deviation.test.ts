import { expect, test } from 'vitest';
import {
  deviationSum,
  emptyDeviation,
  fromTable,
  observe,
  packTable,
  shrinkage,
  toTable,
  unpackTable,
} from './index.ts';
import type { Observation } from './index.ts';

const prior = { priorVariance: 2, noiseVariance: 0.5 };

function observation(features: Record<number, number>, residual: number, weight = 1): Observation {
  const hashes = Uint32Array.from(Object.keys(features), Number);
  return { hashes, values: Float32Array.from(Object.values(features)), from: 0, to: hashes.length, residual, weight };
}

test('one feature, by hand: precision 1/2 + Σ w z²/σ², mean Σ w z y/σ² over it', () => {
  const taken = observe(
    emptyDeviation(),
    [observation({ 4: 1 }, 1), observation({ 4: 2 }, 3), observation({ 4: 1 }, -1, 0.5)],
    prior,
  );
  const precision = 1 / 2 + 1 / 0.5 + 4 / 0.5 + 0.5 / 0.5;
  expect(taken.count).toBe(3);
  expect(taken.variances.get(4)).toBeCloseTo(1 / precision, 14);
  expect(taken.means.get(4)).toBeCloseTo((1 / 0.5 + 6 / 0.5 - 0.5 / 0.5) / precision, 14);
});

test('one observation of two features has the mean and the variances of the dense posterior', () => {
  // Dense: S = I/2 + z zᵀ/σ² with z = (1, 2), σ² = 0.5: [[2.5, 4], [4, 8.5]], determinant 5.25; mean = S⁻¹ z y/σ², y = 1.
  const taken = observe(emptyDeviation(), [observation({ 1: 1, 2: 2 }, 1)], prior);
  expect(taken.variances.get(1)).toBeCloseTo(8.5 / 5.25, 14);
  expect(taken.variances.get(2)).toBeCloseTo(2.5 / 5.25, 14);
  expect(taken.means.get(1)).toBeCloseTo((8.5 * 2 - 4 * 4) / 5.25, 14);
  expect(taken.means.get(2)).toBeCloseTo((-4 * 2 + 2.5 * 4) / 5.25, 14);
});

test('features that never meet have each the posterior of their own', () => {
  const together = observe(
    emptyDeviation(),
    [observation({ 1: 1 }, 1), observation({ 2: 3 }, -2), observation({ 1: 2 }, 0)],
    prior,
  );
  const alone = observe(emptyDeviation(), [observation({ 1: 1 }, 1), observation({ 1: 2 }, 0)], prior);
  expect(together.means.get(1)).toBe(alone.means.get(1));
  expect(together.variances.get(1)).toBe(alone.variances.get(1));
});

test('what was given is not changed, and a weight of 0 teaches nothing', () => {
  const empty = emptyDeviation();
  const taken = observe(empty, [observation({ 1: 1 }, 1)], prior);
  expect(empty.means.size).toBe(0);
  expect(observe(taken, [observation({ 1: 1 }, 9, 0)], prior).means.get(1)).toBe(taken.means.get(1));
});

test('the deviation of a row is z · m', () => {
  const deviation = {
    count: 1,
    means: new Map([
      [1, 0.5],
      [7, -1],
    ]),
    variances: new Map(),
  };
  expect(deviationSum(deviation, Uint32Array.of(9, 1, 7, 3), Float32Array.of(5, 2, 3, 5), 1, 4)).toBe(-2);
});

test('shrinkage goes from the global model to the subject', () => {
  expect([0, 10, 30].map((count) => shrinkage(count, 10))).toEqual([0, 0.5, 0.75]);
  expect(shrinkage(0, 0)).toBe(0);
});

test('a deviation survives its bytes', () => {
  const taken = observe(emptyDeviation(), [observation({ 9: 1, 2: 0.1, 4294967295: -3 }, 1)], prior);
  const back = fromTable(unpackTable(packTable(toTable(taken))));
  expect(back.count).toBe(1);
  expect([...back.means.keys()]).toEqual([2, 9, 4294967295]);
  for (const [key, mean] of taken.means) {
    expect(back.means.get(key)).toBe(mean);
    expect(back.variances.get(key)).toBe(taken.variances.get(key));
  }
});
