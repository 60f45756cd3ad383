import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { checkConfig, findConfig, isAtLeast, loadConfig } from './config.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const loop = {
  context: z.object({}),
  candidate: z.object({}),
  action: { type: 'choice' },
  feedback: {},
  reward: { range: [0, 1] },
};

test('versions are compared as numbers, not as text', () => {
  expect(isAtLeast('22.18.0', '22.18.0')).toBe(true);
  expect(isAtLeast('22.9.0', '22.18.0')).toBe(false);
  expect(isAtLeast('24.1.0', '22.18.0')).toBe(true);
  expect(isAtLeast('20.19.5', '22.18.0')).toBe(false);
});

test('the nearest configuration upwards is found, and TypeScript before JavaScript', async () => {
  const inner = join(folder, 'a', 'b');
  await mkdir(inner, { recursive: true });
  await writeFile(join(folder, 'heed.config.ts'), '');
  expect(findConfig(inner)).toBe(join(folder, 'heed.config.ts'));
  await writeFile(join(folder, 'a', 'heed.config.mjs'), '');
  expect(findConfig(inner)).toBe(join(folder, 'a', 'heed.config.mjs'));
  await writeFile(join(folder, 'a', 'heed.config.ts'), '');
  expect(findConfig(inner)).toBe(join(folder, 'a', 'heed.config.ts'));
});

test('a named configuration that is not there is named in the error', () => {
  expect(() => findConfig(folder, 'other.ts')).toThrow(
    `cannot load the configuration, as ${join(folder, 'other.ts')} must exist: it does not`,
  );
});

const check = (value: unknown) => () => checkConfig(value, 'heed.config.ts');

test('what a configuration lacks is named', () => {
  expect(check(undefined)).toThrow('it must have a default export');
  expect(check({ loop: {} })).toThrow('must come from defineHeed({ loops: … }): it is an object with loop');
  expect(check({ loops: {} })).toThrow('loops must name at least one loop: it is empty');
  expect(check({ loops: { a: { ...loop, reward: undefined } } })).toThrow('the loop a must have reward: it is missing');
  expect(check({ loops: { a: { ...loop, context: { type: 'object' } } } })).toThrow(
    'context of the loop a must be a schema made with zod 4 (z.object({ … })): it is an object with type',
  );
  expect(check({ loops: { a: loop } })()).toEqual({ loops: { a: loop } });
});

test('a configuration that cannot be run says why in one sentence', async () => {
  const path = join(folder, 'broken.mjs');
  await writeFile(path, 'throw new Error("no luck today");');
  await expect(loadConfig(folder, 'broken.mjs')).rejects.toThrow(
    `cannot load ${path}, as it must run without an error: no luck today`,
  );
  await writeFile(join(folder, 'lonely.mjs'), 'import "a-package-that-nobody-has";');
  await expect(loadConfig(folder, 'lonely.mjs')).rejects.toThrow(
    'the package a-package-that-nobody-has that it imports must be installed: it is not',
  );
});
