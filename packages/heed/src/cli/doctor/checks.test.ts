import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { judgeClock, judgeSync } from './database.ts';
import { checkDisk, checkNode, checkPort, judgeDisk } from './machine.ts';

test('Node must run TypeScript, and odd releases are not for what runs long', () => {
  expect([
    checkNode('20.19.0').status,
    checkNode('22.17.9').status,
    checkNode('24.1.0').status,
    checkNode('25.0.0').status,
  ]).toEqual(['fail', 'fail', 'ok', 'warn']);
});

test('settings that lose what was acknowledged fail, and say which', () => {
  const safe = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };
  expect(judgeSync(safe).status).toBe('ok');
  expect(judgeSync({ ...safe, synchronous_commit: 'local' }).status).toBe('ok');
  expect(judgeSync({ ...safe, synchronous_commit: 'off' })).toMatchObject({
    status: 'fail',
    advice: 'set synchronous_commit to on: without it what was acknowledged may be lost',
  });
  expect(judgeSync({ ...safe, fsync: 'off' }).status).toBe('fail');
});

test('clocks: a second apart warns, a minute fails, to either side', () => {
  expect([0, 999, 1_001, -1_001, 60_001, -60_001].map((ms) => judgeClock(ms).status)).toEqual([
    'ok',
    'ok',
    'warn',
    'warn',
    'fail',
    'fail',
  ]);
  expect(judgeClock(-2_000).finding).toBe("the database's clock is 2000 ms behind ours");
});

test('disk: below 5 GiB warns, below 1 GiB fails', () => {
  expect([6, 4, 0.5].map((gibibytes) => judgeDisk(gibibytes * 2 ** 30, '/data').status)).toEqual([
    'ok',
    'warn',
    'fail',
  ]);
});

test('the disk of a folder that is not there yet is that of the folder above', async () => {
  expect((await checkDisk('/nobody/has/this')).finding).toContain('GiB free at /nobody/has/this');
});

test('a port that another program holds is told from a free one', async () => {
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  expect(await checkPort('127.0.0.1', port)).toMatchObject({
    status: 'warn',
    finding: `127.0.0.1:${port} is taken by another program`,
  });
  await new Promise((resolve) => other.close(resolve));
  expect(await checkPort('127.0.0.1', port)).toMatchObject({ status: 'ok' });
});
