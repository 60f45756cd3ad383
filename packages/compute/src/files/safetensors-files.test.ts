import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileTensors } from './file-tensor.ts';
import { indexFile, openSafetensors, writeSafetensors, writeShardedSafetensors } from './safetensors-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heed-safetensors-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const tensors: FileTensors = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((name, index) => [
    name,
    { dataType: 'float32', shape: [2, index + 1], data: new Float32Array(2 * (index + 1)).fill(index) },
  ]),
);

test('single tensors are read from disk', async () => {
  const path = join(folder, 'x.safetensors');
  await writeSafetensors(path, tensors, { note: 'n' });
  const reader = await openSafetensors(path);
  expect([...reader.entries.keys()]).toStrictEqual(['a', 'b', 'c', 'd']);
  expect(reader.metadata).toStrictEqual({ note: 'n' });
  expect(await reader.read('c')).toStrictEqual(tensors.c);
  await expect(reader.read('e')).rejects.toThrow('must have "e"');
  await reader.close();
  expect(readdirSync(folder)).toStrictEqual(['x.safetensors']);
});

test('tensors are spread over shards and found again', async () => {
  const index = await writeShardedSafetensors(folder, tensors, 24);
  expect(readdirSync(folder).toSorted()).toStrictEqual([
    'model-00001-of-00003.safetensors',
    'model-00002-of-00003.safetensors',
    'model-00003-of-00003.safetensors',
    indexFile,
  ]);
  const reader = await openSafetensors(index);
  for (const name of Object.keys(tensors)) expect(await reader.read(name)).toStrictEqual(tensors[name]);
  await reader.close();
});

test('an index that leads outside its folder, or does not fit its shards, is refused', async () => {
  const index = await writeShardedSafetensors(folder, tensors, 1000);
  const put = (weightMap: unknown): void => writeFileSync(index, JSON.stringify({ weight_map: weightMap }));
  for (const file of ['../x.safetensors', '/x.safetensors', 'x.bin', 3]) {
    put({ a: file });
    await expect(openSafetensors(index)).rejects.toThrow('a shard must be a .safetensors file beside it');
  }
  put({ z: 'model-00001-of-00001.safetensors' });
  await expect(openSafetensors(index)).rejects.toThrow('must have "z"');
  put(null);
  await expect(openSafetensors(index)).rejects.toThrow('it must have a weight_map');
  writeFileSync(index, 'no JSON');
  await expect(openSafetensors(index)).rejects.toThrow('it must be JSON');
  await expect(openSafetensors(index, { maxHeaderBytes: 3 })).rejects.toThrow('at most 3 bytes');
});

test('whatever a file claims, no more than it has is read, and no memory is taken for more', async () => {
  const path = join(folder, 'x.safetensors');
  const before = process.memoryUsage().arrayBuffers;
  for (const size of [2 ** 20, 2 ** 31, 2 ** 40]) {
    const json = JSON.stringify({ a: { dtype: 'F32', shape: [size / 4], data_offsets: [0, size] } });
    for (const claimed of [json.length, size]) {
      const file = Buffer.alloc(8 + json.length + 4);
      file.writeBigUInt64LE(BigInt(claimed));
      file.write(json, 8);
      writeFileSync(path, file);
      await expect(openSafetensors(path)).rejects.toMatchObject({ code: 'bad_file' });
    }
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('a file that is cut short is refused when it is opened', async () => {
  const path = join(folder, 'x.safetensors');
  await writeSafetensors(path, tensors);
  truncateSync(path, 400);
  await expect(openSafetensors(path)).rejects.toThrow('its tensors must take all of its data');
  truncateSync(path, 5);
  await expect(openSafetensors(path)).rejects.toThrow('at least 8 bytes');
});
