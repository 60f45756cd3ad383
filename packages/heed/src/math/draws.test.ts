import { expect, test } from 'vitest';
import { drawBeta, drawGamma, drawNormal, poissonOne } from './draws.ts';
import { createRandom } from './random.ts';

function momentsOf(count: number, draw: () => number): { mean: number; variance: number; fourth: number } {
  const values = Array.from({ length: count }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const centred = (power: number): number => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / count;
  return { mean, variance: centred(2), fourth: centred(4) };
}

/** Whether a mean of `count` draws of that variance lies within four standard errors. */
function near(actual: number, expected: number, variance: number, count: number): boolean {
  return Math.abs(actual - expected) < 4 * Math.sqrt(variance / count);
}

const count = 40_000;

test('normal draws: mean 0, variance 1, fourth moment 3', () => {
  const random = createRandom('normal');
  const { mean, variance, fourth } = momentsOf(count, () => drawNormal(random));
  expect(near(mean, 0, 1, count)).toBe(true);
  expect(near(variance, 1, 2, count)).toBe(true);
  expect(near(fourth, 3, 96, count)).toBe(true);
});

test.each([0.3, 1, 4.5])('gamma draws of shape %d: mean and variance are the shape', (shape) => {
  const random = createRandom('gamma');
  const { mean, variance } = momentsOf(count, () => drawGamma(shape, random));
  expect(near(mean, shape, shape, count)).toBe(true);
  expect(near(variance, shape, 2 * shape * shape + 6 * shape, count)).toBe(true);
});

test.each([
  [1, 1],
  [0.5, 2],
  [30, 10],
])('beta draws (%d, %d): mean and variance', (alpha, beta) => {
  const random = createRandom('beta');
  const sum = alpha + beta;
  const expected = (alpha * beta) / (sum * sum * (sum + 1));
  const { mean, variance, fourth } = momentsOf(count, () => drawBeta(alpha, beta, random));
  expect(near(mean, alpha / sum, expected, count)).toBe(true);
  expect(near(variance, expected, fourth, count)).toBe(true);
});

test('Poisson counts by hand: e⁻¹ = 0.3679, then as much again, then half of it', () => {
  expect([0, 0.367, 0.368, 0.735, 0.736, 0.919, 0.92].map(poissonOne)).toEqual([0, 0, 1, 1, 2, 2, 3]);
  expect(poissonOne(1 - 2 ** -53)).toBeLessThan(25);
});
