import { expect, test } from 'vitest';
import { packTable, unpackTable } from './index.ts';

const table = {
  numbers: [3, -0.1],
  keys: Uint32Array.of(5, 0xffffffff),
  columns: [Float64Array.of(1 / 3, -0), Float64Array.of(Infinity, 1e-310)],
};

test('a table comes back bit for bit, also from the middle of a buffer', () => {
  const bytes = packTable(table);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(unpackTable(bytes)).toEqual(table);
  expect(unpackTable(shifted.subarray(3))).toEqual(table);
  expect(bytes.length).toBe(12 + 8 * (2 + 4) + 4 * 2);
});

test('an empty table comes back', () => {
  const empty = { numbers: [], keys: new Uint32Array(), columns: [] };
  expect(unpackTable(packTable(empty))).toEqual(empty);
});

test('what is no table is refused', () => {
  const bytes = packTable(table);
  expect(() => unpackTable(bytes.subarray(0, bytes.length - 1))).toThrow(/must be 68 bytes long: it is 67/);
  expect(() => unpackTable(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow(
    /format version must be 1: it is 9/,
  );
  expect(() => unpackTable(new Uint8Array())).toThrow(/it is missing/);
  expect(() => packTable({ ...table, columns: [Float64Array.of(1)] })).toThrow(/must have 2 rows: one has 1/);
});
