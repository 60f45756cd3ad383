import { expect, test } from 'vitest';
import { syntheticSystem } from '../../environments/index.ts';
import { budgetVertices } from './vertices.ts';

test('by hand: 1½ among three entries of at most 1 are the six orders of 1, ½ and 0', () => {
  const corners = budgetVertices({ least: [0, 0, 0], most: [1, 1, 1], total: 1.5 });
  const sorted = (vectors: readonly (readonly number[])[]): string[] => vectors.map((each) => each.join()).toSorted();
  expect(sorted(corners)).toEqual(sorted(syntheticSystem.vectors));
});

test('by hand: bounds of their own; the whole of the upper ones is one corner', () => {
  expect(budgetVertices({ least: [0.1, 0.2], most: [1, 0.5], total: 0.9 })).toEqual([
    [expect.closeTo(0.7, 12), expect.closeTo(0.2, 12)],
    [expect.closeTo(0.4, 12), expect.closeTo(0.5, 12)],
  ]);
  expect(budgetVertices({ least: [0, 0], most: [1, 2], total: 3 })).toEqual([[1, 2]]);
});

test('budgets that cannot be shared so are refused', () => {
  expect(() => budgetVertices({ least: [0, 0], most: [1, 1], total: 2.5 })).toThrow('0 and 2: it is 2.5');
  expect(() => budgetVertices({ least: [1, 0], most: [0.5, 1], total: 1.2 })).toThrow(RangeError);
  expect(() => budgetVertices({ least: [0], most: [1, 1], total: 1 })).toThrow('there are 1 and 2');
  expect(() => budgetVertices({ least: [], most: [], total: 0 })).toThrow('from 1 to 8');
  expect(() => budgetVertices({ least: [0], most: [1], total: NaN })).toThrow('it is NaN');
});
