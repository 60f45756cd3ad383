import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isShallow, isShallowText } from './depth.ts';

/** Levels of arrays and objects in a value, the value itself included. */
function levels(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levels));
}

test('levels are counted by hand', () => {
  expect(isShallow(7, 0)).toBe(true);
  expect(isShallow(null, 0)).toBe(true);
  expect(isShallow([], 0)).toBe(false);
  expect(isShallow([{ a: [1] }, [2], {}], 3)).toBe(true);
  expect(isShallow([{ a: [1] }, [2], {}], 2)).toBe(false);
});

test('brackets within strings of a text do not count, also behind escapes', () => {
  expect(isShallowText(String.raw`{"[[[":"{\"[[[\\"}`, 1)).toBe(true);
  expect(isShallowText(String.raw`{"\\":[[1]]}`, 2)).toBe(false);
  expect(isShallowText('"[[[', 0)).toBe(true);
});

test('a million levels are parsed, and refused, without running out of stack', () => {
  const million = 1_000_000;
  expect(isShallow(JSON.parse('['.repeat(million) + ']'.repeat(million)), 32)).toBe(false);
  expect(isShallow(JSON.parse('{"a":'.repeat(million) + '1' + '}'.repeat(million)), 32)).toBe(false);
});

test('every depth is told exactly', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'large' }), (value) => {
      const depth = levels(value);
      expect([isShallow(value, depth), isShallowText(JSON.stringify(value), depth)]).toEqual([true, true]);
      expect(depth === 0 || !isShallow(value, depth - 1)).toBe(true);
      expect(depth === 0 || !isShallowText(JSON.stringify(value), depth - 1)).toBe(true);
    }),
  );
});
