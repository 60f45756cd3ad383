import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linesOf } from './lines.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-lines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Uint8Array): Promise<string[]> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  const lines: string[] = [];
  for await (const line of linesOf(path)) lines.push(line);
  return lines;
}

test('only a line feed ends a line', async () => {
  expect(await read('a\u2028b\nc\u2029d\re\r\n\nf')).toEqual(['a\u2028b', 'c\u2029d\re\r', '', 'f']);
  expect(await read('')).toEqual([]);
  expect(await read('\uFEFFa\n')).toEqual(['a']);
});

test('letters and lines that lie across the pieces a file is read in are whole', async () => {
  const lines = Array.from({ length: 3_000 }, (_, place) => `${place} ${'ö€😀'.repeat(7)}`);
  expect(await read(`${lines.join('\n')}\n`)).toEqual(lines);
});

test('bytes that are no UTF-8 are told by the line after which they come', async () => {
  await expect(read(Uint8Array.of(97, 10, 98, 10, 0xff, 10))).rejects.toThrow('cannot read on from line 1');
  await expect(read(Uint8Array.of(97, 10, 0xe2, 0x82))).rejects.toThrow('cannot read on from line 2');
});
