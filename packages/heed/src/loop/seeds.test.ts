import { expect, test } from 'vitest';
import { createSeeds } from './seeds.ts';

test('thousands of seeds are 16 hexadecimal digits each, and no two alike', () => {
  const newSeed = createSeeds();
  const seeds = Array.from({ length: 2_000 }, newSeed);
  expect(seeds.filter((seed) => !/^[0-9a-f]{16}$/.test(seed))).toEqual([]);
  expect(new Set(seeds).size).toBe(2_000);
});
