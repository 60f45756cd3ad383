import { expect, test } from 'vitest';
import { euclideanNorm, logSumExp, sigmoid } from './index.ts';

test('logSumExp adds in the log domain', () => {
  expect(logSumExp([Math.log(1), Math.log(2), Math.log(5)])).toBeCloseTo(Math.log(8), 14);
});

test('logSumExp neither overflows nor underflows', () => {
  expect(logSumExp([1_000, 1_000])).toBeCloseTo(1_000 + Math.LN2, 10);
  expect(logSumExp([-1_000, -1_000])).toBeCloseTo(-1_000 + Math.LN2, 10);
});

test('logSumExp takes impossible terms', () => {
  expect(logSumExp([-Infinity, 0])).toBe(0);
  expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
  expect(logSumExp([])).toBe(-Infinity);
});

test('sigmoid at 0, log 3 and far out', () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(sigmoid(Math.log(3))).toBeCloseTo(0.75, 15);
  expect(sigmoid(-Math.log(3))).toBeCloseTo(0.25, 15);
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
});

test('euclideanNorm of a whole list and of a part', () => {
  expect(euclideanNorm([3, 4])).toBe(5);
  expect(euclideanNorm([9, 3, 4, 9], 1, 3)).toBe(5);
  expect(euclideanNorm([])).toBe(0);
});
