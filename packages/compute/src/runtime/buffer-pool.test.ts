import { expect, test } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';

test('memory that was given back is used again, and is zero', () => {
  const pool = createBufferPool();
  const first = pool.allocate('float32', [64]);
  first.data[5] = 3;
  pool.giveBack(first);
  expect(pool.freeBytes()).toBe(256);
  const second = pool.allocate('int32', [40]);
  expect(second.data.buffer).toBe(first.data.buffer);
  expect([...second.data]).toStrictEqual(Array.from({ length: 40 }, () => 0));
  expect(pool.freeBytes()).toBe(0);
});

test('a tensor gets the smallest buffer that fits, and none that is far too large', () => {
  const pool = createBufferPool();
  const tensors = [1024, 64, 128].map((size) => pool.allocate('float32', [size]));
  for (const tensor of tensors) pool.giveBack(tensor);
  expect(pool.allocate('float32', [60]).data.buffer).toBe(tensors[1]?.data.buffer);
  expect(pool.allocate('float32', [100]).data.buffer).toBe(tensors[2]?.data.buffer);
  expect(pool.allocate('float32', [100]).data.buffer).not.toBe(tensors[0]?.data.buffer);
});
