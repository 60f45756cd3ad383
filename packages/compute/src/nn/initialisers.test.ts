import { expect, test } from 'vitest';
import { key } from '../random/host.ts';
import {
  fansOf,
  glorotInitialiser,
  heInitialiser,
  lecunInitialiser,
  normalInitialiser,
  orthogonalInitialiser,
  truncatedNormalInitialiser,
  uniformInitialiser,
} from './initialisers.ts';

const mean = (data: Float64Array): number => data.reduce((a, b) => a + b, 0) / data.length;
const deviation = (data: Float64Array): number => {
  const center = mean(data);
  return Math.sqrt(mean(data.map((value) => (value - center) ** 2)));
};

test('fans of a linear map and of a kernel', () => {
  expect(fansOf([3, 5])).toEqual({ inputs: 3, outputs: 5 });
  expect(fansOf([8, 4, 3, 3])).toEqual({ inputs: 36, outputs: 72 });
  expect(() => fansOf([3])).toThrow('two axes');
});

test.each([
  ['Glorot', glorotInitialiser, Math.sqrt(2 / 500)],
  ['He', heInitialiser, Math.sqrt(2 / 200)],
  ['LeCun', lecunInitialiser, Math.sqrt(1 / 200)],
] as const)('%s has its standard deviation, normal or uniform', (_name, initialiser, expected) => {
  for (const form of ['normal', 'uniform'] as const) {
    const { data } = initialiser(form)(key(3), [200, 300]);
    // With 60,000 draws the standard deviation is known to about 0.3 %.
    expect(Math.abs(deviation(data) / expected - 1)).toBeLessThan(0.015);
    expect(Math.abs(mean(data))).toBeLessThan(expected * 0.02);
  }
  const limit = Math.sqrt(3) * expected;
  const { data } = initialiser('uniform')(key(4), [200, 300]);
  expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(limit * (1 + 1e-6));
});

test('a truncated normal has no tails, and the standard deviation that remains', () => {
  const { data } = truncatedNormalInitialiser(0.5)(key(5), [100, 400]);
  expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(1);
  // Var = 1 − 2·2·φ(2)/(2Φ(2) − 1) = 1 − 4 · 0.0539910 / 0.9544997.
  expect(Math.abs(deviation(data) / (0.5 * Math.sqrt(1 - (4 * 0.053_991) / 0.954_499_7)) - 1)).toBeLessThan(0.015);
  expect(() => truncatedNormalInitialiser(1, 0)(key(1), [2])).toThrow(RangeError);
});

test.each([[[4, 7]], [[7, 4]], [[5, 5]], [[3, 2, 4]]])(
  'orthogonal of %j: the fewer of rows and columns are orthonormal times the gain',
  (shape) => {
    const rows = shape[0] ?? 0;
    const { data } = orthogonalInitialiser(2)(key(6), shape);
    const columns = data.length / rows;
    const count = Math.min(rows, columns);
    const at = (vector: number, place: number): number =>
      (rows <= columns ? data[vector * columns + place] : data[place * columns + vector]) ?? 0;
    for (let a = 0; a < count; a += 1) {
      for (let b = 0; b < count; b += 1) {
        const product = Array.from({ length: Math.max(rows, columns) }, (_, i) => at(a, i) * at(b, i));
        expect(product.reduce((sum, value) => sum + value, 0)).toBeCloseTo(a === b ? 4 : 0, 5);
      }
    }
  },
);

test('the same key gives the same values, another key others', () => {
  const draw = normalInitialiser(1);
  expect(draw(key(1), [9])).toEqual(draw(key(1), [9]));
  expect(draw(key(1), [9])).not.toEqual(draw(key(2), [9]));
  expect(uniformInitialiser(0.1)(key(1), [9]).data.every((value) => Math.fround(value) === value)).toBe(true);
});
