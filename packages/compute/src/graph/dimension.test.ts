import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addDimensions,
  bindDimension,
  dimension,
  divideDimensions,
  floorDivideDimension,
  multiplyDimensions,
  subtractDimensions,
  type Dimension,
} from './dimension.ts';

const B = dimension('B');
const T = dimension('T');

test('equal polynomials are the same object, however they were made', () => {
  const sum = addDimensions(B, 1);
  expect(multiplyDimensions(sum, sum)).toBe(
    addDimensions(multiplyDimensions(B, B), addDimensions(multiplyDimensions(B, 2), 1)),
  );
  expect(multiplyDimensions(B, T)).toBe(multiplyDimensions(T, B));
  expect(subtractDimensions(B, B)).toBe(0);
  expect(String(addDimensions(multiplyDimensions(T, 2), 1))).toBe('2*T + 1');
});

test('division is exact or refused', () => {
  expect(divideDimensions(multiplyDimensions(multiplyDimensions(B, T), 6), multiplyDimensions(T, 2))).toBe(
    multiplyDimensions(B, 3),
  );
  expect(divideDimensions(B, T)).toBeUndefined();
  expect(divideDimensions(7, 2)).toBeUndefined();
  expect(bindDimension(floorDivideDimension(addDimensions(T, 1), 2), { T: 6 })).toBe(3);
});

test('binding commutes with arithmetic', () => {
  const length = fc.integer({ min: 0, max: 50 });
  const term = fc.oneof(length, fc.constant(B), fc.constant(T)) as fc.Arbitrary<Dimension>;
  fc.assert(
    fc.property(term, term, term, length, length, (a, b, c, boundB, boundT) => {
      const bindings = { B: boundB, T: boundT };
      const at = (value: Dimension): number => bindDimension(value, bindings);
      expect(at(multiplyDimensions(addDimensions(a, b), c))).toBe((at(a) + at(b)) * at(c));
      expect(at(subtractDimensions(multiplyDimensions(a, c), b))).toBe(at(a) * at(c) - at(b));
    }),
  );
});

test('a name without a length, or no name, is refused', () => {
  expect(() => bindDimension(B, { T: 1 })).toThrow(
    /cannot bind B, as every named dimension must have a length: bound are T/u,
  );
  expect(() => bindDimension(B, { B: -1 })).toThrow(/whole number from 0: it is -1/u);
  expect(() => dimension('2B')).toThrow(/cannot name a dimension/u);
});
