import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root = '';

function write(file: string, text: string): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A workspace with nothing to install but the Node.js that runs this test. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heed-bootstrap-'));
  mkdirSync(join(root, 'tools'));
  for (const file of ['bootstrap.mjs', 'installation.mjs']) {
    copyFileSync(join(import.meta.dirname, file), join(root, 'tools', file));
  }
  write('package.json', JSON.stringify({ devDependencies: { node: process.versions.node } }));
  write('package-lock.json', JSON.stringify({ packages: {} }));
  write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs it with a PATH of one folder, where the `npm` of a test may lie. */
function bootstrap(...argumentList: string[]): { status: number | null; stdout: string; stderr: string } {
  mkdirSync(join(root, 'path'), { recursive: true });
  const env = { PATH: `${join(root, 'path')}:/usr/bin:/bin` };
  return spawnSync(process.execPath, [join(root, 'tools/bootstrap.mjs'), ...argumentList], { env, encoding: 'utf8' });
}

function placeNpm(script: string): void {
  chmodSync(write('path/npm', `#!/bin/sh\n${script}\n`), 0o755);
}

test('a program runs as TypeScript under the pinned Node.js, with our sources, and its exit code is ours', () => {
  write(
    'program.ts',
    `const words: string[] = process.argv.slice(2);
console.log(process.execArgv.join(' '), words.join(' '));
process.exitCode = 7;`,
  );
  const { status, stdout, stderr } = bootstrap('program.ts', '--quick', 'one');
  expect(stderr).toBe('');
  expect(stdout).toBe('--conditions=heed-source --quick one\n');
  expect(status).toBe(7);
});

test('a program that does not exist fails with a sentence', () => {
  const { status, stderr } = bootstrap('missing.ts');
  expect(status).toBe(1);
  expect(stderr).toBe('heed: cannot start, as missing.ts must be a file of this workspace: it does not exist.\n');
});

test('where something is missing, npm installs it before the program runs', () => {
  write('program.ts', `console.log('runs');`);
  rmSync(join(root, 'node_modules/.package-lock.json'));
  placeNpm(`[ "$1" = --version ] && echo 11.0.0 && exit 0; echo "$@" > ${join(root, 'asked')}`);
  const { status, stdout, stderr } = bootstrap('program.ts');
  expect(stderr).toMatch(/^heed: installing .*\nheed: installed in \d+ s\n$/);
  expect(stdout).toBe('runs\n');
  expect(status).toBe(0);
});

test('an npm that is too old, or that fails, ends it with a sentence', () => {
  write('program.ts', `console.log('runs');`);
  rmSync(join(root, 'node_modules/.package-lock.json'));
  placeNpm('echo 9.9.2');
  expect(bootstrap('program.ts')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('npm must be 10 or newer: it is 9.9.2'),
  });
  placeNpm('[ "$1" = --version ] && echo 10.0.0 && exit 0; exit 1');
  expect(bootstrap('program.ts')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('"npm ci" must succeed'),
  });
});

test('another Node.js than the pinned one ends it with a sentence, once installing it again did not help', () => {
  write('program.ts', `console.log('runs');`);
  write('package.json', JSON.stringify({ devDependencies: { node: '1.2.3' } }));
  placeNpm('exit 0');
  const { status, stdout, stderr } = bootstrap('program.ts');
  expect(stderr).toContain('must be Node.js 1.2.3: it is missing or another version');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});

test('a signal is passed on', async () => {
  write(
    'program.ts',
    `const wait = setInterval(() => undefined, 1000);
process.on('SIGTERM', () => {
  console.log('stopped');
  clearInterval(wait);
});
console.log('ready');`,
  );
  const child = spawn(process.execPath, [join(root, 'tools/bootstrap.mjs'), 'program.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (text.includes('ready')) child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(said).toBe('ready\nstopped\n');
  expect(code).toBe(0);
});
