import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeable } from './matching.ts';

const sets = (slots: readonly string[]): Set<string>[] => slots.map((letters) => new Set(letters));

test.each([
  ['ab', ['a'], 'b'],
  ['ab', ['ab'], 'ab'],
  ['abc', ['a', 'ab'], 'c'],
  ['abcd', ['ab', 'ab'], 'cd'],
  ['abcd', ['ab', 'bc'], 'abcd'],
  ['abc', [], 'abc'],
  ['ab', ['c'], 'ab'],
])('of %s, before slots for %j, the first may take %s', (free, later, taken) => {
  expect(takeable(free.split(''), sets(later)).join('')).toBe(taken);
});

/** Whether the slots can be given different actions, by trying all ways. */
function canFill(free: readonly string[], slots: readonly ReadonlySet<string>[]): boolean {
  const [slot, ...rest] = slots;
  if (slot === undefined) return true;
  return free.some(
    (action) =>
      slot.has(action) &&
      canFill(
        free.filter((other) => other !== action),
        rest,
      ),
  );
}

test('an action may be taken exactly where trying all ways fills the later slots without it', () => {
  const letters = fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 });
  fc.assert(
    fc.property(letters, fc.array(letters, { maxLength: 4 }), (free, later) => {
      const slots = later.map((names) => new Set(names));
      fc.pre(canFill(free, slots));
      const without = (action: string): string[] => free.filter((other) => other !== action);
      expect(takeable(free, slots)).toEqual(free.filter((action) => canFill(without(action), slots)));
    }),
    { numRuns: 500 },
  );
});
