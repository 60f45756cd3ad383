import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled, meetsVersion, pinnedNodeVersion } from './installation.mjs';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heed-installation-'));
  mkdirSync(join(root, 'node_modules'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const locked = {
  '': { version: '0.0.0' },
  'packages/heed': { version: '0.1.0' },
  'node_modules/heed': { link: true },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
  'node_modules/for-another-platform': { version: '1.0.0', optional: true },
};
const installed = {
  'node_modules/heed': { link: true },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
};

function write(file: string, packages: object): void {
  writeFileSync(join(root, file), JSON.stringify({ packages }));
}

test('versions are compared number by number', () => {
  expect(meetsVersion('20.0.0', '20.0.0')).toBe(true);
  expect(meetsVersion('9.20.0', '10.0.0')).toBe(false);
  expect(meetsVersion('22.18.0', '22.9.5')).toBe(true);
  expect(meetsVersion('not a version', '20.0.0')).toBe(false);
});

test('an installation that matches the lock file counts, without packages of other platforms', () => {
  write('package-lock.json', locked);
  write('node_modules/.package-lock.json', installed);
  expect(isInstalled(root)).toBe(true);
});

test('a missing record, a missing package and another version do not count', () => {
  write('package-lock.json', locked);
  expect(isInstalled(root)).toBe(false);
  write('node_modules/.package-lock.json', { 'node_modules/heed': { link: true } });
  expect(isInstalled(root)).toBe(false);
  write('node_modules/.package-lock.json', {
    ...installed,
    'node_modules/zod': { version: '3.9.0', integrity: 'sha512-a' },
  });
  expect(isInstalled(root)).toBe(false);
});

test('the pinned Node.js is read from package.json', () => {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ devDependencies: { node: '24.0.1' } }));
  expect(pinnedNodeVersion(root)).toBe('24.0.1');
});
