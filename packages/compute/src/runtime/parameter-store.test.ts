import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createParameterStore, openParameterStore } from './parameter-store.ts';
import { createArena, type SharedTensor } from './shared-tensor.ts';

const parameters = {
  weight: { dataType: 'float32', shape: [50, 40] },
  bias: { dataType: 'float32', shape: [3] },
} as const;

function fill(tensors: Readonly<Record<string, SharedTensor>>, value: number): void {
  for (const { data } of Object.values(tensors)) (data as Float32Array).fill(value);
}

test('what is published is read with its version; what is not is not', () => {
  const store = createParameterStore(parameters);
  expect(store.acquire()).toBeNull();
  fill(store.tensors, 5);
  expect(store.publish()).toBe(1);
  fill(store.tensors, 6);
  const snapshot = store.acquire();
  expect(snapshot?.version).toBe(1);
  expect([...(snapshot?.tensors.bias?.data ?? [])]).toStrictEqual([5, 5, 5]);
  expect(store.latestVersion()).toBe(1);
});

test('a held snapshot outlasts what is published after it', () => {
  const store = createParameterStore(parameters);
  fill(store.tensors, 1);
  store.publish();
  const held = store.acquire();
  for (const value of [2, 3, 4]) {
    fill(store.tensors, value);
    expect(store.publish()).toBe(value);
  }
  expect(held?.tensors.bias?.data[0]).toBe(1);
  held?.release();
  held?.release();
  expect(store.acquire()?.tensors.bias?.data[0]).toBe(4);
});

test('where all snapshots are held, nothing is published and nothing is harmed', () => {
  const store = createParameterStore(parameters, { snapshots: 2 });
  fill(store.tensors, 1);
  store.publish();
  const held = store.acquire();
  fill(store.tensors, 2);
  expect(store.publish()).toBe(2);
  fill(store.tensors, 3);
  expect(store.publish()).toBeNull();
  expect(held?.tensors.weight?.data[7]).toBe(1);
  expect(store.acquire()?.version).toBe(2);
  held?.release();
  expect(store.publish()).toBe(3);
});

test('a reader copies what is newer than what it has', () => {
  const store = createParameterStore(parameters, { arena: createArena(16_384) });
  const reader = openParameterStore(store.handle);
  const own = createParameterStore(parameters).tensors;
  expect(reader.copyInto(own, 0)).toBe(0);
  fill(store.tensors, 9);
  store.publish();
  expect(reader.copyInto(own, 0)).toBe(1);
  expect(own.weight?.data[1999]).toBe(9);
  fill(own, 0);
  expect(reader.copyInto(own, 1)).toBe(1);
  expect(own.weight?.data[1999]).toBe(0);
  expect(() => reader.copyInto({}, 0)).toThrow('weight must have a target of 2000 elements of float32: it has none');
  expect(() => createParameterStore(parameters, { snapshots: 1 })).toThrow('a whole number from 2');
});

test('two readers in threads of their own never see a half-written version', async () => {
  const lastVersion = 3000;
  const store = createParameterStore(parameters, { snapshots: 4 });
  const start = (): Worker =>
    new Worker(new URL('./testing-reader.ts', import.meta.url), {
      workerData: { handle: store.handle, lastVersion },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
  const readers = [start(), start()];
  await Promise.all(readers.map((reader) => once(reader, 'message')));
  const reports = readers.map((reader) => once(reader, 'message') as Promise<[Record<string, number>]>);
  let version = 0;
  while (version < lastVersion) {
    fill(store.tensors, version + 1);
    version = store.publish() ?? version;
    if (version % 100 === 0) await setImmediate();
  }
  for (const [report] of await Promise.all(reports)) {
    expect(report).toMatchObject({ torn: 0, backwards: 0, last: lastVersion });
    expect(report.seen).toBeGreaterThan(1);
  }
});
