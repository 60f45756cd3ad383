import { expect, test } from 'vitest';
import { hostArray } from '../reference/evaluate.ts';
import { fromFileTensor, toFileTensor } from './convert.ts';
import { fileDataTypes, type FileDataType, type FileTensor } from './file-tensor.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const bitsOf = (values: readonly number[], dataType: 'float16' | 'bfloat16'): number[] =>
  Array.from(toFileTensor(hostArray([values.length], values), dataType).data, Number);
const numbersOf = (bits: readonly number[], dataType: 'float16' | 'bfloat16'): number[] => [
  ...fromFileTensor({ dataType, shape: [bits.length], data: Uint16Array.from(bits) }).data,
];

test('float16 by hand: a sign, five bits of exponent from 15, ten of fraction', () => {
  const pairs: [number, number][] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1 / 3, 0x3555],
    [Infinity, 0x7c00],
    [-0, 0x8000],
  ];
  expect(
    bitsOf(
      pairs.map(([value]) => value),
      'float16',
    ),
  ).toEqual(pairs.map(([, bits]) => bits));
  expect(numbersOf([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555], 'float16')).toEqual([
    1,
    -2,
    65_504,
    2 ** -14,
    2 ** -24,
    1365 / 4096,
  ]);
  // Halfway between two: to the even one; beyond the largest: infinity.
  expect(bitsOf([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_520, 65_519], 'float16')).toEqual([0x3c00, 0x3c02, 0x7c00, 0x7bff]);
});

test('bfloat16 by hand: the upper half of a float32, rounded', () => {
  expect(bitsOf([1, -2, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3e38], 'bfloat16')).toEqual([
    0x3f80, 0xc000, 0x3f80, 0x3f82, 0x7f62,
  ]);
  expect(numbersOf([0x3f80, 0xc000, 0x3f82, 0x7f80, 0xff80], 'bfloat16')).toEqual([
    1,
    -2,
    1 + 2 ** -6,
    Infinity,
    -Infinity,
  ]);
});

test.each(['float16', 'bfloat16'] as const)('all 65,536 bit patterns of %s come back, one NaN for all', (dataType) => {
  const all = Array.from({ length: 65_536 }, (_, bits) => bits);
  const numbers = numbersOf(all, dataType);
  const back = bitsOf(numbers, dataType);
  const wrong = all.filter((bits) => !Number.isNaN(numbers[bits]) && back[bits] !== bits);
  expect(wrong).toEqual([]);
  const notNumbers = all.filter((bits) => Number.isNaN(numbers[bits]));
  expect(notNumbers).toHaveLength(dataType === 'float16' ? 2 * 1023 : 2 * 127);
  expect(new Set(notNumbers.map((bits) => back[bits])).size).toBe(1);
});

test('every type that expressions know goes to a file and comes back', () => {
  const kept = {
    float32: [0.5, -1.25, 2 ** 100],
    float64: [0.1, -1e300, 3],
    float16: [0.5, -1.25, 1000],
    bfloat16: [0.5, -1.25, 2 ** 100],
    int8: [-128, 0, 127],
    uint8: [0, 7, 255],
    int32: [-(2 ** 31), 0, 2 ** 31 - 1],
    uint32: [0, 7, 2 ** 32 - 1],
    int64: [-(2 ** 53) + 1, 0, 2 ** 53 - 1],
    bool: [1, 0, 1],
  } as const;
  const tensors = Object.fromEntries(
    Object.entries(kept).map(([type, values]) => [
      type,
      toFileTensor(hostArray([3, 1], values, type as keyof typeof kept)),
    ]),
  );
  const read = decodeSafetensors(encodeSafetensors(tensors)).tensors;
  for (const [type, values] of Object.entries(kept)) {
    const { shape, data } = fromFileTensor(read[type] as FileTensor);
    expect({ type, shape, values: [...data] }).toEqual({ type, shape: [3, 1], values });
  }
});

test('what has no type of its own to compute in is taken as a wider one, or refused', () => {
  const of = (dataType: FileDataType) => {
    const View = fileDataTypes[dataType].view as unknown as new (length: number) => FileTensor['data'];
    return () => fromFileTensor({ dataType, shape: [2], data: new View(2) }).dtype;
  };
  expect((['float16', 'bfloat16', 'uint8', 'int16', 'uint16'] as const).map((type) => of(type)())).toEqual([
    'float32',
    'float32',
    'int32',
    'int32',
    'int32',
  ]);
  for (const type of ['uint64', 'float8e5m2', 'float8e4m3fn'] as const) expect(of(type)).toThrow(`it is ${type}`);
});

test('numbers that a whole type does not hold are refused; fractions are dropped', () => {
  expect(() => toFileTensor(hostArray([2], [1, 128]), 'int8')).toThrow('each must fit int8: one is 128');
  expect(() => toFileTensor(hostArray([1], [-1]), 'uint8')).toThrow('one is -1');
  expect([...(toFileTensor(hostArray([2], [1.9, -1.9]), 'int8').data as Int8Array)]).toEqual([1, -1]);
});
