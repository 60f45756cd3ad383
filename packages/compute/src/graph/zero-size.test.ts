import { expect, test } from 'vitest';
import { gradients } from '../grad/reverse.ts';
import * as h from '../index.ts';
import { isFloating } from './dtype.ts';
import type { HostArray } from './rule.ts';
import type { Tensor } from './tensor.ts';
import { runCompiled } from '../compile/testing.ts';
import { expectClose, mixture, runOnnx, waves } from './testing.ts';

interface EmptyCase {
  readonly name: string;
  /** At least one has an axis of length 0. */
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
}

const one = (name: string, shape: readonly number[], build: (x: Tensor) => Tensor | readonly Tensor[]): EmptyCase => ({
  name,
  shapes: [shape],
  build,
});

const several = (
  name: string,
  shapes: readonly (readonly number[])[],
  build: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
): EmptyCase => ({ name, shapes, build });

const unary = {
  neg: h.neg,
  abs: h.abs,
  sign: h.sign,
  exp: h.exp,
  expm1: h.expm1,
  log: h.log,
  log1p: h.log1p,
  sqrt: h.sqrt,
  rsqrt: h.rsqrt,
  reciprocal: h.reciprocal,
  square: h.square,
  sin: h.sin,
  cos: h.cos,
  tanh: h.tanh,
  sigmoid: h.sigmoid,
  softplus: h.softplus,
  relu: h.relu,
  erf: h.erf,
  normalCdf: h.normalCdf,
  gelu: h.gelu,
  silu: h.silu,
  floor: h.floor,
  ceil: h.ceil,
  round: h.round,
  identity: h.identity,
  stopGradient: h.stopGradient,
  clip: (x: Tensor) => h.clip(x, -1, 1),
  cast: (x: Tensor) => h.cast(h.cast(x, 'int32'), 'float32'),
  isNaN: h.isNaN,
};

const binary = {
  add: h.add,
  sub: h.sub,
  mul: h.mul,
  div: h.div,
  pow: h.pow,
  gatedSilu: h.gatedSilu,
  minimum: h.minimum,
  maximum: h.maximum,
  equal: h.equal,
  less: h.less,
  lessEqual: h.lessEqual,
  where: (a: Tensor, b: Tensor) => h.where(h.and(h.less(a, b), h.or(h.less(a, 1), h.not(h.less(b, 1)))), a, b),
  logaddexp: h.logaddexp,
};

const pair = (rows: number): readonly number[][] => [
  [rows, 3],
  [rows, 3],
];
const sorted = (x: Tensor): Tensor[] => {
  const { values, indices } = h.sort(x, { axis: 1 });
  return [values, indices];
};
const int64 = (values: readonly number[], shape: readonly number[]): Tensor =>
  h.constant(values, { shape, dtype: 'int64' });

const cases: readonly EmptyCase[] = [
  ...Object.entries(unary).map(([name, build]) => one(name, [2, 0], build)),
  ...Object.entries(binary).map(([name, build]) => several(name, pair(0), build as EmptyCase['build'])),
  ...Object.entries(binary).map(([name, build]) =>
    several(
      `${name}, one side stretched to nothing`,
      [
        [0, 3],
        [1, 3],
      ],
      build as EmptyCase['build'],
    ),
  ),
  one('sum over nothing', [2, 0], (x) => h.sum(x, { axes: 1 })),
  one('sum over no rows', [0, 3], (x) => h.sum(x, { axes: 0 })),
  one('sum of nothing', [0, 3], (x) => h.sum(x)),
  one('sum over other axes', [0, 3], (x) => h.sum(x, { axes: 1 })),
  one('max over other axes', [0, 3], (x) => [h.max(x, { axes: 1 }), h.min(x, { axes: 1 })]),
  one('max over nothing', [2, 0], (x) => [h.max(x, { axes: 1 }), h.min(x, { axes: 1 })]),
  one('logsumexp over nothing', [2, 0], (x) => h.logsumexp(x, { axes: 1 })),
  one('logsumexp over other axes', [0, 3], (x) => h.logsumexp(x, { axes: 1 })),
  one('prod over nothing', [2, 0], (x) => h.prod(x, { axes: 1 })),
  one('prod over other axes', [0, 3], (x) => h.prod(x, { axes: 1 })),
  one('mean and variance over other axes', [0, 3], (x) => [h.mean(x, { axes: 1 }), h.variance(x, { axes: 1 })]),
  one('argMax over other axes', [0, 3], (x) => h.argMax(x, 1)),
  one('cumulativeSum', [2, 0], (x) => h.cumulativeSum(x, 1)),
  one('any and all of nothing', [2, 0], (x) => [h.any(h.less(x, 0), { axes: 1 }), h.all(h.less(x, 0), { axes: 1 })]),
  one('masked reductions of nothing', [2, 0], (x) => {
    const mask = h.less(x, 0);
    return [
      h.maskedSum(x, mask, { axes: 1 }),
      h.maskedMean(x, mask, { axes: 1 }),
      h.maskedMax(x, mask, { axes: 1, empty: -1 }),
      h.maskedMin(x, mask, { axes: 1, empty: 9 }),
      h.maskedLogsumexp(x, mask, { axes: 1 }),
      h.maskedSoftmax(x, mask, 1),
    ];
  }),
  several(
    'matmul over nothing',
    [
      [2, 0],
      [0, 3],
    ],
    (a, b) => h.matmul(a, b),
  ),
  several(
    'matmul of no rows',
    [
      [0, 2],
      [2, 3],
    ],
    (a, b) => h.matmul(a, b),
  ),
  several(
    'matmul of no columns, transposed',
    [
      [3, 2],
      [3, 0],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true }),
  ),
  several(
    'matmul over nothing, transposed',
    [
      [0, 2],
      [3, 0],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true, transposeB: true, alpha: 2 }),
  ),
  several(
    'matmul of no batches',
    [
      [0, 2, 3],
      [3, 4],
    ],
    (a, b) => h.matmul(a, b),
  ),
  several('a linear map of no rows', [[0, 2], [2, 3], [3]], (x, w, b) => h.add(h.matmul(x, w), b)),
  several('a linear map of nothing is its bias', [[2, 0], [0, 3], [3]], (x, w, b) => h.add(h.matmul(x, w), b)),
  one('reshape', [0, 3], (x) => h.reshape(x, [3, 0, 2])),
  one('broadcastTo', [1, 3], (x) => h.broadcastTo(x, [0, 3])),
  one('transpose', [2, 0, 3], (x) => h.transpose(x, [2, 0, 1])),
  several(
    'concat',
    [
      [2, 0],
      [2, 3],
    ],
    (a, b) => h.concat([a, b, a], 1),
  ),
  one('slice of nothing', [0, 3], (x) => h.slice(x, 1, { start: 1, step: 2 })),
  one('slice to nothing', [4, 3], (x) => h.slice(x, 0, { start: 2, end: 2 })),
  one('reverse', [0, 3], (x) => h.reverse(x, [0, 1])),
  one('split', [0, 4], (x) => h.split(x, 2, 1)),
  one('pad', [2, 0], (x) =>
    h.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  ),
  one('tile', [0, 3], (x) => h.tile(x, 2, 1)),
  one('gather of no index', [4, 3], (x) => h.gather(x, int64([], [0]))),
  one('gather in no rows', [0, 3], (x) => h.gather(x, int64([1, 0], [2]), 1)),
  one('gatherAlong of no index', [2, 4], (x) => h.gatherAlong(x, int64([], [2, 0]))),
  one('gatherAlong in no rows', [0, 4], (x) => h.gatherAlong(x, int64([], [0, 2]))),
  several(
    'scatterAddAlong in no rows',
    [
      [0, 3],
      [0, 2],
    ],
    (x, updates) => h.scatterAddAlong(x, int64([], [0, 2]), updates),
  ),
  several(
    'scatterAdd of no update',
    [
      [4, 3],
      [0, 3],
    ],
    (x, updates) => h.scatterAdd(x, int64([], [0]), updates),
  ),
  several(
    'scatterAdd along the last of no rows',
    [
      [0, 4],
      [0, 2],
    ],
    (x, updates) => h.scatterAdd(x, int64([1, 3], [2]), updates, 1),
  ),
  several(
    'scatterAddAlong of no update',
    [
      [2, 3],
      [2, 0],
    ],
    (x, updates) => h.scatterAddAlong(x, int64([], [2, 0]), updates),
  ),
  one('oneHot of no index', [0, 3], (x) => h.mul(h.oneHot(int64([], [0]), 3), x)),
  one('topK of no rows', [0, 5], (x) => Object.values(h.topK(x, 2))),
  one('topK of nothing', [2, 5], (x) => Object.values(h.topK(x, 0))),
  one('sort of nothing', [2, 0], (x) => sorted(x)),
  one('softmax of no rows', [0, 3], (x) => [h.softmax(x), h.logSoftmax(x)]),
  one('softmax over nothing', [2, 0], (x) => [h.softmax(x), h.logSoftmax(x)]),
  several('layerNorm', [[0, 3], [3], [3]], (x, s, b) => h.layerNorm(x, s, b)),
  several('rmsNorm', [[0, 3], [3]], (x, s) => h.rmsNorm(x, s)),
  several('groupNorm', [[0, 4, 3], [4], [4]], (x, s, b) => h.groupNorm(x, 2, s, b)),
  several(
    'rotary',
    [
      [0, 2, 3, 4],
      [3, 2],
      [3, 2],
    ],
    (x, cosines, sines) => h.rotate(x, { cosines, sines }),
  ),
  several(
    'conv of no examples',
    [
      [0, 3, 7],
      [4, 3, 3],
    ],
    (x, w) => h.conv(x, w, { stride: 2, padding: 1 }),
  ),
  several(
    'convTranspose of no examples',
    [
      [0, 3, 4],
      [3, 2, 3],
    ],
    (x, w) => h.convTranspose(x, w, { stride: 2 }),
  ),
  one('pools of no examples', [0, 2, 6], (x) => [h.maxPool(x, { size: 2 }), h.averagePool(x, { size: 2 })]),
  several('scan over no steps', [[0, 3], [3]], (xs, first) => {
    const { carry, ys } = h.scan((s: Tensor, x: Tensor) => ({ carry: h.tanh(h.add(s, x)), y: h.mul(s, x) }), first, xs);
    return [carry, ys];
  }),
  several(
    'scan of no rows',
    [
      [4, 0, 3],
      [0, 3],
    ],
    (xs, first) => {
      const { carry, ys } = h.scan(
        (s: Tensor, x: Tensor) => ({ carry: h.tanh(h.add(s, x)), y: h.mul(s, x) }),
        first,
        xs,
      );
      return [carry, ys];
    },
  ),
];

test.each(cases)('$name: ONNX Runtime gives what the reference gives, values and gradients', async (given) => {
  const inputs = given.shapes.map((shape, index) => h.parameter(`p${index}`, shape));
  const feeds = new Map(
    inputs.map((tensor, index): [Tensor, HostArray] => {
      const shape = given.shapes[index] ?? [];
      const size = shape.reduce((a, b) => a * b, 1);
      return [tensor, h.hostArray(shape, waves(size, index).map(Math.abs))];
    }),
  );
  const outputs = [given.build(...inputs)].flat();
  const wanted = [...outputs, ...gradients(mixture(outputs), inputs)];
  const sizes = [...inputs, ...outputs].map(({ shape }) => shape.reduce<number>((a, b) => a * Number(b), 1));
  expect(sizes).toContain(0);
  expect(outputs.some(({ dtype }) => isFloating(dtype) || dtype === 'bool' || dtype === 'int64')).toBe(true);
  const expected = h.evaluate(wanted, feeds);
  for (const actual of [await runOnnx(wanted, feeds, { unrollBelow: 0 }), await runCompiled(wanted, feeds)]) {
    for (const [index, array] of actual.entries())
      expectClose(array, expected[index] as HostArray, 1e-5, `output ${index}`);
  }
});

test('how many rows are sorted may turn out to be none while the graph runs', async () => {
  const x = h.parameter('x', ['B', 3, 'T']);
  const { values, indices } = h.topK(x, 2, { axis: 1 });
  const outputs = [values, indices, h.gradients(h.sum(h.square(values)), [x])[0] as Tensor];
  for (const shape of [
    [0, 3, 2],
    [2, 3, 0],
    [2, 3, 2],
  ]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const feeds = new Map([[x, h.hostArray(shape, waves(size, 1))]]);
    const expected = h.evaluate(outputs, feeds);
    for (const [index, array] of (await runOnnx(outputs, feeds)).entries())
      expectClose(array, expected[index] as HostArray, 1e-6, `${index} of [${shape.join(', ')}]`);
    expect(expected[0]?.shape).toEqual([shape[0], 2, shape[2]]);
  }
});
