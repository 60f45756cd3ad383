import { expect, test } from 'vitest';
import { createPayments } from './payments.ts';

test('payments: the same batch each time, 2 to 8 different interventions, about 0.73 authorised by any of them', () => {
  const world = createPayments('test');
  const batch = world.batch(3, 2_000);
  expect(world.batch(3, 2_000)).toEqual(batch);
  expect(world.batch(4, 2_000).truths).not.toEqual(batch.truths);
  const sizes = Array.from({ length: 2_000 }, (_, row) => (batch.starts[row + 1] ?? 0) - (batch.starts[row] ?? 0));
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 8]);
  const sets = sizes.map(
    (size, row) => new Set(batch.offered.slice(batch.starts[row], (batch.starts[row] ?? 0) + size)).size,
  );
  expect(sets).toEqual(sizes);
  const worlds = Array.from({ length: 20 }, (_, seed) => createPayments(`world ${seed}`).batch(0, 300).truths);
  const means = worlds.map((truths) => truths.reduce((sum, value) => sum + value, 0) / truths.length);
  expect(means.reduce((sum, value) => sum + value, 0) / 20).toBeCloseTo(0.73, 1);
});

test('payments: retired interventions are not offered, a new regime has other truths', () => {
  const world = createPayments('test', { retireEvery: 4, regimeEvery: 6 });
  expect(new Set(world.batch(0, 500).offered).has(11)).toBe(false);
  expect(new Set(world.batch(4, 500).offered).has(0)).toBe(false);
  expect(new Set(world.batch(4, 500).offered).has(10)).toBe(true);
  const still = createPayments('test', { retireEvery: 4 });
  expect(world.batch(5, 100).truths).toEqual(still.batch(5, 100).truths);
  expect(world.batch(6, 100).truths).not.toEqual(still.batch(6, 100).truths);
});

test('payments: more interventions offered than there are is refused', () => {
  expect(() => createPayments('test', { mostOffered: 13 })).toThrow('from 1 to 12 interventions');
});
