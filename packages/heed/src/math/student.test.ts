import { expect, test } from 'vitest';
import {
  incompleteBeta,
  logGamma,
  normalDistribution,
  normalQuantile,
  studentDistribution,
  studentQuantile,
} from './student.ts';

test('quantiles that tables print', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalQuantile(1e-9)).toBeCloseTo(-5.9978070150076865, 9);
  expect(studentQuantile(0.975, 1)).toBeCloseTo(12.706204736174698, 9);
  expect(studentQuantile(0.975, 5)).toBeCloseTo(2.570581835636314, 11);
  expect(studentQuantile(0.95, 30)).toBeCloseTo(1.697260886593957, 11);
  expect(studentQuantile(0.025, 5)).toBeCloseTo(-2.570581835636314, 11);
  expect(studentQuantile(0.975, 1e12)).toBeCloseTo(1.959963984540054, 12);
});

test('with one degree of freedom Student is Cauchy, with two it has a closed form', () => {
  for (const t of [-7, -1, -0.2, 0, 0.4, 3, 40]) {
    expect(studentDistribution(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
    expect(studentDistribution(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
  }
});

test('a quantile leads back to its probability', () => {
  for (const degrees of [1, 2.5, 7, 99, 4_095, 1e5])
    for (const probability of [0.001, 0.025, 0.3, 0.5, 0.9, 0.995])
      expect(studentDistribution(studentQuantile(probability, degrees), degrees)).toBeCloseTo(probability, 11);
  for (const z of [-8, -3, -1.5, 0, 0.5, 2, 4]) expect(normalQuantile(normalDistribution(z))).toBeCloseTo(z, 6);
});

test('the functions below them', () => {
  expect(logGamma(5)).toBeCloseTo(Math.log(24), 13);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
  expect(incompleteBeta(0.3, 2, 1)).toBeCloseTo(0.09, 14);
  expect(incompleteBeta(0.3, 1, 3)).toBeCloseTo(1 - 0.7 ** 3, 14);
  expect(studentQuantile(0.9, 0)).toBeNaN();
});
