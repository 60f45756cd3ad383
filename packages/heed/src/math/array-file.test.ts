import { expect, test } from 'vitest';
import { arrayNamed, packArrays, unpackArrays } from './array-file.ts';

const arrays = new Map<string, Float64Array | Float32Array | Uint32Array>([
  ['first', Float64Array.of(1.5, -2, NaN)],
  ['none', new Float32Array()],
  ['third é', Float32Array.of(0.5)],
  ['fourth', Uint32Array.of(2 ** 32 - 1, 7, 8)],
]);

test('what is written is read, from any place in memory', () => {
  const bytes = packArrays(arrays);
  expect(bytes.length % 8).toBe(0);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(unpackArrays(shifted.subarray(3))).toEqual(arrays);
});

test('bytes by hand', () => {
  const bytes = packArrays(new Map([['a', Uint32Array.of(258)]]));
  const head = '[["a","uint32",1]]';
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('hea1');
  expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(head.length);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + head.length))).toBe(head);
  expect([...bytes.subarray(32)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
});

test('what is no such file is refused', () => {
  expect(() => unpackArrays(Uint8Array.of(1, 2, 3))).toThrow(/must begin with hea1/);
  expect(() => unpackArrays(packArrays(arrays).subarray(0, 110))).toThrow(/ends too early/);
  expect(() => arrayNamed(arrays, 'first', 'uint32')).toThrow(/must be first of uint32/);
});
