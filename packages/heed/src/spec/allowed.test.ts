import { expect, test } from 'vitest';
import { baselineItems, excludedItems } from './allowed.ts';
import type { Condition } from './loop.ts';

const candidates = [
  { item: 'a', features: { age: 3, tags: ['old'], sold: false } },
  { item: 'b', features: { age: 1, tags: ['new', 'short'], sold: true } },
  { item: 'c', features: { age: 2, tags: [], sold: false } },
];

const meeting = (condition: Omit<Condition, 'from'>) => [
  ...excludedItems([{ from: 'candidate', ...condition }], {}, candidates),
];

test('a condition excludes the candidates that meet it', () => {
  expect(meeting({ field: 'sold', is: 'equal', value: true })).toEqual(['b']);
  expect(meeting({ field: 'sold', is: 'notEqual', value: true })).toEqual(['a', 'c']);
  expect(meeting({ field: 'age', is: 'above', value: 1 })).toEqual(['a', 'c']);
  expect(meeting({ field: 'age', is: 'below', value: 2 })).toEqual(['b']);
  expect(meeting({ field: 'tags', is: 'includes', value: 'short' })).toEqual(['b']);
  expect(meeting({ field: 'absent', is: 'equal', value: 1 })).toEqual([]);
});

test('a condition on the context excludes all or none, and named items are excluded anyway', () => {
  const closed: Condition = { from: 'context', field: 'closed', is: 'equal', value: true };
  expect([...excludedItems([closed], { closed: true }, candidates)]).toEqual(['a', 'b', 'c']);
  expect([...excludedItems([closed], { closed: false }, candidates, ['c'])]).toEqual(['c']);
});

test('the baseline takes the allowed items in its order', () => {
  expect(baselineItems({ type: 'given' }, candidates, new Set(['a']), 2)).toEqual(['b', 'c']);
  expect(baselineItems({ type: 'item', item: 'c' }, candidates, new Set(), 2)).toEqual(['c', 'a']);
  expect(baselineItems({ type: 'item', item: 'c' }, candidates, new Set(['c']), 1)).toEqual(['a']);
  expect(baselineItems({ type: 'field', field: 'age', order: 'ascending' }, candidates, new Set(), 3)).toEqual([
    'b',
    'c',
    'a',
  ]);
  expect(baselineItems({ type: 'field', field: 'age', order: 'descending' }, candidates, new Set(['a']), 3)).toEqual([
    'c',
    'b',
  ]);
  expect(baselineItems({ type: 'field', field: 'absent', order: 'ascending' }, candidates, new Set(), 3)).toEqual([
    'a',
    'b',
    'c',
  ]);
});
