import { expect, test } from 'vitest';
import { vectorOfFields, vectorUpperBound } from './vector-bounds.ts';

test('by hand: (1, 2)·(3, 1) = 5, and 2 √(1 + 2 · 2 · ½ + 4 · 2) = 2 √11', () => {
  expect(vectorUpperBound([1, 2], [3, 1], [1, 0.5, 0.5, 2], 2)).toBeCloseTo(5 + 2 * Math.sqrt(11), 12);
});

test('a form that rounding has made negative adds nothing', () => {
  expect(vectorUpperBound([1], [3], [-1e-18], 5)).toBe(3);
});

test('fields in their order; none where one is missing or not a number', () => {
  expect(vectorOfFields({ b: 2, a: 1, c: 'x' }, ['a', 'b'])).toEqual(Float64Array.of(1, 2));
  expect(vectorOfFields({ a: 1 }, ['a', 'b'])).toBeNull();
  expect(vectorOfFields({ a: NaN }, ['a'])).toBeNull();
  expect(vectorOfFields({ a: '1' }, ['a'])).toBeNull();
});
