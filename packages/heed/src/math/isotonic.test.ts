import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isotonic } from './isotonic.ts';

test('by hand: violators are pooled, by their weights', () => {
  expect([...isotonic([1, 2, 3], [1, 1, 1])]).toEqual([1, 2, 3]);
  expect([...isotonic([3, 1, 2], [1, 1, 1])]).toEqual([2, 2, 2]);
  expect([...isotonic([0, 4, 1, 5], [1, 1, 2, 1])]).toEqual([0, 2, 2, 5]);
});

test('what has no weight takes what is beside it', () => {
  expect([...isotonic([NaN, 1, NaN, 2], [0, 1, 0, 1])]).toEqual([1, 1, 1, 2]);
  expect([...isotonic([2, NaN, 1], [1, 0, 3])]).toEqual([1.25, 1.25, 1.25]);
  expect([...isotonic([NaN, NaN], [0, 0])]).toEqual([NaN, NaN]);
});

test('bad input is refused', () => {
  expect(() => isotonic([1], [])).toThrow(/as many weights/);
  expect(() => isotonic([NaN], [1])).toThrow(/finite/);
  expect(() => isotonic([1], [-1])).toThrow(/negative/);
});

test('never falls, keeps the weighted mean, and no pooled value can be moved to be nearer', () => {
  const entry = fc.record({
    value: fc.double({ min: 0, max: 1, noNaN: true }),
    weight: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (entries) => {
      const [values, weights] = [entries.map(({ value }) => value), entries.map(({ weight }) => weight)];
      const found = isotonic(values, weights);
      const sum = (list: ArrayLike<number>): number => weights.reduce((total, w, at) => total + w * (list[at] ?? 0), 0);
      expect(found.every((value, at) => at === 0 || value >= (found[at - 1] ?? 0) - 1e-12)).toBe(true);
      expect(sum(found)).toBeCloseTo(sum(values), 9);
      // The projection's residual is at right angles to what it found.
      expect(sum(found.map((value, at) => value * ((values[at] ?? 0) - value)))).toBeCloseTo(0, 9);
    }),
  );
});
