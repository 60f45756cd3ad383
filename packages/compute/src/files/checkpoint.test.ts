import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listCheckpoints, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { FileTensors } from './file-tensor.ts';
import { createArena, type SharedTensor } from '../runtime/shared-tensor.ts';
import { createOptimizer } from '../runtime/optimizer.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heed-checkpoint-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const tensors: FileTensors = { w: { dataType: 'float32', shape: [2], data: Float32Array.of(0.1, -0) } };

test('what is saved is loaded, the latest or any that is kept', async () => {
  expect(await loadCheckpoint(join(folder, 'missing'))).toBeNull();
  for (const step of [9, 10, 100, 1000]) await saveCheckpoint(folder, { step, tensors, state: { key: [1, step] } });
  expect(await listCheckpoints(folder)).toStrictEqual([10, 100, 1000]);
  expect(await loadCheckpoint(folder)).toStrictEqual({ step: 1000, tensors, state: { key: [1, 1000] } });
  expect((await loadCheckpoint(folder, 10))?.step).toBe(10);
  expect(await loadCheckpoint(folder, 9)).toBeNull();
  await saveCheckpoint(folder, { step: 1001, tensors, state: null }, { keepLast: 1 });
  expect(readdirSync(folder)).toStrictEqual(['checkpoint-000000001001.safetensors']);
});

/** Adam on p², from a checkpoint or from the beginning. */
async function train(until: number, from: number | null): Promise<Float32Array> {
  const arena = createArena(4096);
  const take = (): SharedTensor => arena.allocate('float32', [3]);
  const [parameter, gradient, first, second] = [take(), take(), take(), take()];
  const kept = { parameter, first, second };
  (parameter.data as Float32Array).set([1, -2, 0.3]);
  const loaded = from === null ? null : await loadCheckpoint(folder, from);
  for (const [name, { data }] of Object.entries(kept)) {
    const saved = loaded?.tensors[name];
    if (saved !== undefined) (data as Float32Array).set(saved.data as Float32Array);
  }
  const optimizer = createOptimizer(arena.memory, { kind: 'adam' }, [{ parameter, gradient, state: [first, second] }]);
  for (let step = from ?? 0; step < until; step += 1) {
    (gradient.data as Float32Array).set((parameter.data as Float32Array).map((value) => 2 * value));
    optimizer.step({ learningRate: 0.01, step: step + 1 });
    if (step + 1 === 5) {
      const saved = Object.entries(kept).map(([name, { data }]) => [name, { dataType: 'float32', shape: [3], data }]);
      await saveCheckpoint(folder, { step: 5, tensors: Object.fromEntries(saved) as FileTensors, state: {} });
    }
  }
  return (parameter.data as Float32Array).slice();
}

test('training that goes on from a checkpoint ends bit for bit where it would have', async () => {
  const whole = await train(20, null);
  expect(await train(20, 5)).toStrictEqual(whole);
  expect(whole[0]).toBeLessThan(0.9);
});

test('a killed writer leaves complete checkpoints only, and the next one clears up', async () => {
  for (const delayMs of [5, 12, 20, 33]) {
    const script = join(import.meta.dirname, 'testing-endless-saving.ts');
    const writer = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(writer, 'exit');
    await once(writer.stdout, 'data');
    await setTimeout(delayMs);
    writer.kill('SIGKILL');
    await exited;
    for (const step of await listCheckpoints(folder)) {
      const loaded = await loadCheckpoint<{ step: number }>(folder, step);
      expect(loaded?.state.step).toBe(step);
      expect(new Set(loaded?.tensors.w?.data as Float32Array)).toStrictEqual(new Set([step]));
    }
    await saveCheckpoint(folder, { step: 0, tensors, state: null }, { keepLast: 1 });
    expect(readdirSync(folder).filter((file) => file.endsWith('.tmp'))).toStrictEqual([]);
    rmSync(folder, { recursive: true });
  }
  await saveCheckpoint(folder, { step: 0, tensors, state: null });
});

test('what cannot be kept exactly, and damaged files, are refused', async () => {
  for (const state of [Number.NaN, -0, undefined, { a: undefined }, new Date(0), 1n, [1n]])
    await expect(saveCheckpoint(folder, { step: 1, tensors, state })).rejects.toThrow(TypeError);
  await expect(saveCheckpoint(folder, { step: -1, tensors, state: 0 })).rejects.toThrow('a whole number from 0');
  await expect(saveCheckpoint(folder, { step: 1, tensors, state: 0 }, { keepLast: 0 })).rejects.toThrow('from 1');
  expect(readdirSync(folder)).toStrictEqual([]);
  truncateSync(await saveCheckpoint(folder, { step: 1, tensors, state: 0 }), 30);
  await expect(loadCheckpoint(folder)).rejects.toThrow('cannot read safetensors');
});
