import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

/** The same by a function that JSON calls for each value: plain to see, and slow. */
function plainly(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

test('keys are sorted at every depth, and what is sorted stays as it is', () => {
  const list = [
    { b: 1, a: 2 },
    { b: 3, a: { d: [], c: null } },
    { a: 4, b: 5 },
  ];
  expect(canonicalJson(list)).toBe('[{"a":2,"b":1},{"a":{"c":null,"d":[]},"b":3},{"a":4,"b":5}]');
  expect(canonicalJson({ a: 1, b: [1, 'x', true, { c: undefined }] })).toBe('{"a":1,"b":[1,"x",true,{}]}');
  expect(canonicalJson({ at: new Date(0), 10: 'a', 9: 'b', x: [undefined] })).toBe(
    '{"9":"b","10":"a","at":"1970-01-01T00:00:00.000Z","x":[null]}',
  );
});

test('it is the text that JSON gives with sorted keys, whatever the value', () => {
  const isPlain = (value: unknown): void => {
    expect(canonicalJson(value)).toBe(plainly(value));
  };
  fc.assert(fc.property(fc.jsonValue(), isPlain));
  const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', '1', '02'));
  fc.assert(fc.property(fc.object({ withDate: true, withNullPrototype: true, key: names }), isPlain));
  const rows = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue(), { noNullPrototype: true }));
  fc.assert(fc.property(rows, isPlain));
});
