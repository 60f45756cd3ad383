import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventKey, toRanking } from './mapping.ts';

test('an event is known by its id, and no two share a key', () => {
  expect(eventKey('lunch-1')).toBe('personalizer/lunch-1');
  expect(eventKey('a/b')).toBe('personalizer/a%2Fb');
  expect(eventKey('a', 'b')).toBe('personalizer/a/b');
  expect(eventKey('x'.repeat(256))).toMatch(/^personalizer#[0-9a-f]{64}$/);
  const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 256 }), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(names, names, (some, others) => {
      expect(eventKey(...some).length).toBeLessThanOrEqual(256);
      expect(eventKey(...some) === eventKey(...others)).toBe(JSON.stringify(some) === JSON.stringify(others));
    }),
  );
});

test('the chosen action is first, then the likelier ones; excluded ones keep their places', () => {
  const actions = [
    { item: 'a', probability: 0 },
    { item: 'b', probability: 0.2 },
    { item: 'c', probability: 0.7 },
    { item: 'd', probability: 0 },
    { item: 'e', probability: 0.1 },
  ];
  expect(toRanking(actions, 'e', new Set(['a', 'd'])).map(({ id }) => id)).toEqual(['a', 'e', 'c', 'd', 'b']);
  expect(toRanking(actions, 'c', new Set()).map(({ id, probability }) => [id, probability])).toEqual([
    ['c', 0.7],
    ['b', 0.2],
    ['e', 0.1],
    ['a', 0],
    ['d', 0],
  ]);
});
