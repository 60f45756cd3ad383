import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium, findPostgres, skipsWithout } from './needs.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heed-needs-'));
  mkdirSync(join(folder, 'bin'));
  for (const name of ['chromium', 'initdb']) {
    writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n');
    chmodSync(join(folder, 'bin', name), 0o755);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Chromium is found by its variable, then on the path', () => {
  const program = join(folder, 'bin', 'chromium');
  expect(findChromium({ HEED_CHROMIUM: program, PATH: '' })).toBe(program);
  expect(findChromium({ PATH: `/nowhere:${join(folder, 'bin')}` })).toBe(program);
  expect(findChromium({ HEED_CHROMIUM: join(folder, 'missing'), PATH: join(folder, 'bin') })).toBeNull();
});

test('a variable names the folder of PostgreSQL, and must be right', () => {
  expect(findPostgres({ HEED_POSTGRES_BIN: join(folder, 'bin') })).toBe(join(folder, 'bin'));
  expect(findPostgres({ HEED_POSTGRES_BIN: folder })).toBeNull();
});

test('nothing is skipped where what is needed was found', () => {
  expect(skipsWithout('/usr/bin/chromium', 'no Chromium', { CI: 'true' })).toBe(false);
});

test('what is missing skips with a reason, and fails in CI', () => {
  expect(skipsWithout(null, 'no Chromium', {})).toBe(true);
  expect(skipsWithout(null, 'no Chromium', { CI: 'false' })).toBe(true);
  expect(() => skipsWithout(null, 'no Chromium', { CI: 'true' })).toThrow(
    'cannot skip tests, as CI=true demands all of them: no Chromium',
  );
});
