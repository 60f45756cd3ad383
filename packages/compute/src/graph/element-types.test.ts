import { describe, expect, test } from 'vitest';
import * as h from '../index.ts';
import type { DType } from './dtype.ts';
import type { HostArray } from './rule.ts';
import type { Tensor } from './tensor.ts';
import { expectClose, runOnnx } from './testing.ts';

type Build = (a: Tensor, b: Tensor) => Tensor | readonly Tensor[];

const index = (values: readonly number[], shape = [values.length]): Tensor =>
  h.constant(values, { shape, dtype: 'int64' });
const isEven = h.constant([1, 0, 1, 0, 1, 0], { shape: [2, 3], dtype: 'bool' });

/** What is defined for elements of every type: nothing is computed. */
const moves: Record<string, Build> = {
  'identity': h.identity,
  'stopGradient': h.stopGradient,
  'reshape': (a) => h.reshape(a, [6]),
  'broadcastTo': (a) => h.broadcastTo(a, [2, 2, 3]),
  'transpose': (a) => h.transpose(a),
  'concat': (a, b) => h.concat([a, b], 1),
  'slice': (a) => h.slice(a, 1, { start: 1 }),
  'reverse': (a) => h.reverse(a, [0, 1]),
  'split': (a) => h.split(a, [1, 2], 1),
  'pad': (a) =>
    h.pad(a, [
      [1, 0],
      [0, 2],
    ]),
  'tile': (a) => h.tile(a, 2, 0),
  'gather': (a) => h.gather(a, index([2, 0]), 1),
  'gatherAlong': (a) => h.gatherAlong(a, index([2, 0], [2, 1])),
  'constant': (a) => h.concat([a, h.constant([1, 0, 1], { shape: [1, 3], dtype: a.dtype })]),
  'cast to float32': (a) => h.cast(a, 'float32'),
  'scan that hands on': (a) => {
    const first = h.reshape(h.slice(a, 0, { end: 1 }), [3]);
    const { carry, ys } = h.scan((state: Tensor, row: Tensor) => ({ carry: row, y: state }), first, a);
    return [carry, ys];
  },
};

/** What is defined for bool and for numbers. */
const choices: Record<string, Build> = {
  equal: (a, b) => [h.equal(a, b), h.notEqual(a, b)],
  where: (a, b) => [h.where(isEven, a, b), h.where(h.equal(a, b), a, b)],
};

const arithmetic: Record<string, Build> = {
  ...choices,
  add: (a, b) => [h.add(a, b), h.add(a, 2)],
  sub: (a, b) => h.sub(h.maximum(a, b), b),
  mul: h.mul,
  square: (a) => h.square(a),
  div: (a, b) => h.div(a, h.add(b, 1)),
  minimum: h.minimum,
  maximum: h.maximum,
  less: (a, b) => [h.less(a, b), h.lessEqual(a, b), h.greater(a, b), h.greaterEqual(a, b)],
  abs: (a) => [h.abs(a), h.sign(a)],
  clip: (a) => h.clip(a, 1, 3),
  sum: (a) => [h.sum(a, { axes: 0 }), h.sum(a, { axes: 1, keepDims: true }), h.sum(a)],
  extremes: (a) => [h.max(a, { axes: 0 }), h.min(a, { axes: 1 }), h.argMax(a, 1)],
  prod: (a) => h.prod(a, { axes: 1 }),
  cumulativeSum: (a) => h.cumulativeSum(a, 1, { exclusive: true, reverse: true }),
  scatterAdd: (a) => h.scatterAdd(a, index([1, 1]), h.slice(a, 1, { end: 2 }), 1),
  scatterAddAlong: (a) => h.scatterAddAlong(a, index([1, 1, 0, 2], [2, 2]), h.slice(a, 1, { end: 2 })),
  topK: (a) => Object.values(h.topK(a, 2)),
  sort: (a) => Object.values(h.sort(a, { axis: 0 })),
};

const ofNumbers: Record<string, Build> = {
  ...arithmetic,
  'masked sum': (a) => h.maskedSum(a, isEven, { axes: 1 }),
  'any and all': (a) => [h.any(h.cast(a, 'bool'), { axes: 1 }), h.all(h.cast(a, 'bool'), { axes: 0 })],
};

const ofBits: Record<string, Build> = {
  ...choices,
  and: (a, b) => [h.and(a, b), h.or(a, b), h.not(a)],
  any: (a) => [h.any(a, { axes: 1 }), h.all(a, { axes: 0 })],
};

const types: readonly [DType, readonly number[], readonly number[], Record<string, Build>][] = [
  ['float64', [1.5, -3, 0, 2, 7, 1], [2, -3, 1, 2, 0.25, 8], ofNumbers],
  ['int32', [-5, 3, 0, 2, 7, 1], [2, 3, 1, 2, 0, 8], ofNumbers],
  ['int64', [-5, 3, 0, 2, 7, 1], [2, 3, 1, 2, 0, 8], ofNumbers],
  ['uint32', [60_000, 3, 0, 2, 7, 1], [2, 3, 1, 2, 0, 8], ofNumbers],
  ['bool', [1, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 1], ofBits],
];

/** How many values ONNX Runtime and the reference agree on. */
async function agreement(dtype: DType, [first, second]: readonly (readonly number[])[], build: Build): Promise<number> {
  const [a, b] = [h.parameter('a', [2, 3], dtype), h.parameter('b', [2, 3], dtype)];
  const feeds = new Map([
    [a, h.hostArray([2, 3], first ?? [], dtype)],
    [b, h.hostArray([2, 3], second ?? [], dtype)],
  ]);
  const outputs = [build(a, b)].flat();
  const expected = h.evaluate(outputs, feeds);
  const actual = await runOnnx(outputs, feeds);
  for (const [place, array] of actual.entries()) expectClose(array, expected[place] as HostArray, 1e-12, `${place}`);
  return actual.length;
}

describe.each(types)('%s', (dtype, first, second, computed) => {
  const builds: [string, Build][] = Object.entries({ ...moves, ...computed });

  test.each(builds)('%s: ONNX Runtime gives what the reference gives', async (_name, build) => {
    expect(await agreement(dtype, [first, second], build)).toBeGreaterThan(0);
  });
});

test('words of 32 bits wrap around, in sums as well', async () => {
  const x = h.constant([2 ** 32 - 1, 3], { dtype: 'uint32' });
  const outputs = [h.sum(x), h.add(x, 2), h.cumulativeSum(x)];
  const expected = [[2], [1, 5], [2 ** 32 - 1, 2]];
  expect(h.evaluate(outputs, new Map()).map(({ data }) => [...data])).toEqual(expected);
  expect((await runOnnx(outputs, new Map())).map(({ data }) => [...data])).toEqual(expected);
});

describe.each(['float16', 'bfloat16', 'int8', 'uint8'] as const)('%s is for storage', (dtype) => {
  const x = h.parameter('x', [2, 3], dtype);
  const computing: [string, Build][] = Object.entries<Build>({
    ...arithmetic,
    exp: h.exp,
    softmax: (a) => h.softmax(a),
  });

  test.each(computing)('%s asks for a cast while it is built', (_name, build) => {
    expect(() => build(x, x)).toThrow(`${dtype} is for storage, so cast it first`);
  });
});
