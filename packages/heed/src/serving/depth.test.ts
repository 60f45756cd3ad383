import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isShallow } from './depth.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Levels of arrays and objects in a value, the value itself included. */
function levels(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levels));
}

test('levels are counted by hand', () => {
  expect(isShallow(bytes('7'), 0)).toBe(true);
  expect(isShallow(bytes('[]'), 0)).toBe(false);
  expect(isShallow(bytes('[{"a":[1]},[2],{}]'), 3)).toBe(true);
  expect(isShallow(bytes('[{"a":[1]},[2],{}]'), 2)).toBe(false);
});

test('brackets within strings do not count, also behind escapes', () => {
  expect(isShallow(bytes(String.raw`{"[[[":"{\"[[[\\"}`), 1)).toBe(true);
  expect(isShallow(bytes(String.raw`{"\\":[[1]]}`), 2)).toBe(false);
  expect(isShallow(bytes('"[[['), 0)).toBe(true);
});

test('a text of a million brackets is refused after a few', () => {
  expect(isShallow(bytes('['.repeat(1_000_000)), 32)).toBe(false);
});

test('it is as deep as the parsed value', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'large' }), (text) => {
      const depth = levels(JSON.parse(text));
      expect(isShallow(bytes(text), depth)).toBe(true);
      expect(depth === 0 || !isShallow(bytes(text), depth - 1)).toBe(true);
    }),
  );
});
