import { expect, test } from 'vitest';
import { autocorrelation, bootstrapInterval, logSlope, meanInterval, quantile, slope } from './statistics.ts';

test('the interval of 1, 2, 3 is 2 ± 4.3027 / √3', () => {
  const [low, high] = meanInterval([1, 2, 3]);
  expect(low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
  expect(high).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
  expect(meanInterval([1])).toEqual([-Infinity, Infinity]);
});

test('slopes of lines and of powers', () => {
  expect(slope([0, 1, 2], [1, 3, 5])).toBeCloseTo(2, 12);
  expect(
    logSlope(
      [1, 10, 100],
      [5, 50, 500].map((value) => value ** 0.5),
    ),
  ).toBeCloseTo(0.5, 12);
});

test('quantiles lie between neighbours; what alternates is correlated negatively', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(autocorrelation([1, -1, 1, -1])).toBeCloseTo(-0.75, 12);
});

test('the bootstrap of a constant is that constant, and of values lies around their mean', () => {
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(bootstrapInterval([3, 3, 3], meanOf)).toEqual([3, 3]);
  const [low, high] = bootstrapInterval([1, 2, 3, 4, 5, 6, 7, 8], meanOf);
  expect(low).toBeGreaterThan(2.5);
  expect(high).toBeLessThan(6.5);
  expect(low).toBeLessThan(4.5);
  expect(high).toBeGreaterThan(4.5);
});
