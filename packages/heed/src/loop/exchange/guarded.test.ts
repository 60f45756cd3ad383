import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { readLimitDefaults, readRowsGuarded } from './guarded.ts';
import type { ReadLimits } from './guarded.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (format: 'jsonl' | 'parquet', file: Uint8Array, limits: Partial<ReadLimits> = {}) =>
  readRowsGuarded(format, file, { kinds: ['decision', 'feedback'] }, { ...readLimitDefaults, ...limits });

test('what is wrong with a row is said as it is where the file is trusted', async () => {
  const file = bytes('{"kind":"decision"}\n');
  const trusted = await readRowsGuarded('jsonl', file, { kinds: ['decision'] }, undefined).catch(
    (error: Error) => error,
  );
  const guarded = await readRowsGuarded('jsonl', file, { kinds: ['decision'] }, readLimitDefaults).catch(
    (error: Error) => error,
  );
  expect(guarded).toMatchObject({ code: 'invalid-input', message: (trusted as Error).message });
});

test('an empty file has no rows', async () => {
  expect(await read('jsonl', bytes(''))).toEqual([]);
});

test('a file that is no Parquet, or is cut off, is refused', async () => {
  const whole = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'record', type: 'STRING', data: ['{}'] }] }));
  for (const file of [bytes('PAR1 and nothing else PAR1'), whole.slice(0, -20), new Uint8Array(8)])
    await expect(read('parquet', file)).rejects.toMatchObject({ code: 'invalid-input' });
});

test('a file that takes more memory than it may is given up, and this thread goes on meanwhile', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  // A million empty arrays in each of 20 lines.
  const line = `{"kind":[${'[],'.repeat(1_000_000)}[]]}\n`;
  const rows = read('jsonl', bytes(line.repeat(20)), { heapMegabytes: 32 });
  await expect(rows).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('32 MB') });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test('so is a small Parquet file that unpacks into a large one', async () => {
  const text = `{"kind":"decision","filler":"${'x'.repeat(1_000_000)}"}`;
  const data = Array.from({ length: 40 }, (_, row) => `${text} ${row}`);
  const bomb = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'record', type: 'STRING', data }] }));
  expect(bomb.length).toBeLessThan(3_000_000);
  for (const limits of [{ heapMegabytes: 32 }, { externalMegabytes: 1 }])
    await expect(read('parquet', bomb, limits)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(`${Object.values(limits)[0]} MB of memory`),
    });
});

test('a file that takes too long is given up', async () => {
  const rows = read('jsonl', bytes('{"kind":"decision"}\n'.repeat(1_000)), { timeMs: 1 });
  await expect(rows).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('0.001 s') });
});
