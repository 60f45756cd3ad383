import { expect, test } from 'vitest';
import { chiSquareTail } from './index.ts';

test('with two degrees of freedom the tail is exp(−x/2)', () => {
  for (const value of [0, 0.1, 1, 3, 20, 200])
    expect(chiSquareTail(value, 2) / Math.exp(-value / 2)).toBeCloseTo(1, 11);
});

test('the usual critical values leave 5 % and 1 %', () => {
  expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12);
  expect(chiSquareTail(11.070497693516351, 5)).toBeCloseTo(0.05, 12);
  expect(chiSquareTail(23.209251158954356, 10)).toBeCloseTo(0.01, 12);
});

test('two degrees more add x^(k/2) e^(−x/2) / Γ(k/2 + 1), without its factor of 2^(−k/2)', () => {
  // Q(a + 1, x) = Q(a, x) + x^a e^(−x) / Γ(a + 1); at a = 3/2, Γ(5/2) = 3 √π / 4.
  const x = 4.2 / 2;
  const added = (x ** 1.5 * Math.exp(-x)) / ((3 * Math.sqrt(Math.PI)) / 4);
  expect(chiSquareTail(4.2, 5) - chiSquareTail(4.2, 3)).toBeCloseTo(added, 12);
});

test('what cannot be is refused', () => {
  expect(() => chiSquareTail(-1, 1)).toThrow('they are -1 and 1');
  expect(() => chiSquareTail(1, 0)).toThrow('they are 1 and 0');
});
