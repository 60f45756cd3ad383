import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openCache, resultFolders } from './cache.ts';
import { atLeast, atMost, meanOf, reaches, within } from './checks.ts';
import { parseSeeds, seedsOfCommit } from './seeds.ts';

const folder = mkdtempSync(join(tmpdir(), 'heed-papers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('seeds are read, and refused where they make no sense', () => {
  expect(parseSeeds('1-3,7')).toEqual([1, 2, 3, 7]);
  expect(() => parseSeeds('4-2')).toThrow(RangeError);
  expect(() => parseSeeds('some')).toThrow('like 1-10');
});

test('seeds of a commit are its own', () => {
  const seeds = seedsOfCommit('485eca0', 20);
  expect(new Set(seeds).size).toBe(20);
  expect(seedsOfCommit('485eca1', 20)).not.toEqual(seeds);
  expect(seedsOfCommit('485eca0', 3)).toEqual(seeds.slice(0, 3));
});

test('what a run had finished is there for the next one, with the same settings alone', () => {
  const cache = openCache(folder, '10', { batch: 1 });
  const outcome = { values: [1, 2, NaN, -Infinity], gamma: Infinity };
  cache.write('method', 3, outcome);
  expect(openCache(folder, '10', { batch: 1 }).read('method', 3)).toEqual(outcome);
  expect(openCache(folder, '10', { batch: 2 }).read('method', 3)).toBeNull();
  cache.clear();
  expect(cache.read('method', 3)).toBeNull();
  expect(readdirSync(join(folder, '10'))).toEqual([]);
});

test('what was kept counts no more once the library or compute has changed', () => {
  const modules = resultFolders().map((path) => path.split('/').slice(-3).join('/'));
  expect(modules).toEqual([
    'packages/papers/src',
    'packages/compute/src',
    ...['math', 'learner', 'environments'].map((name) => `heed/src/${name}`),
  ]);
});

test('a check passes where its whole interval does', () => {
  expect(atLeast('a', meanOf([1, 1, 1]), 1).passed).toBe(true);
  expect(atLeast('a', meanOf([0.5, 1.5, 2]), 1).passed).toBe(false);
  expect(atMost('a', meanOf([0.1, 0.2, 0.15]), 0.5).passed).toBe(true);
  expect(within('a', { value: 2, interval: [1, 4] }, [0, 3]).passed).toBe(false);
  expect(within('a', { value: 2, interval: [1, 4] }, [0, 3], false).passed).toBe(true);
  expect(reaches('a', { value: 2, interval: [0.5, 4] }, 1.5, 0).passed).toBe(true);
  expect(reaches('a', { value: 2, interval: [-0.5, 4] }, 1.5, 0).passed).toBe(false);
  expect(reaches('a', { value: 0.4, interval: [0.3, 1.1] }, 0.5, 1).passed).toBe(false);
});

test('one seed alone has no interval, and passes nothing that needs one', () => {
  expect(atLeast('a', meanOf([5]), 1).passed).toBe(false);
});
