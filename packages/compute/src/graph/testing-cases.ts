import * as h from '../index.ts';
import { fill, type OpCase } from './testing.ts';
import { hostArray } from '../reference/evaluate.ts';

const positive = (v: number): number => Math.abs(v) + 0.3;
const apart = (v: number): number => v + Math.sign(v) * 0.2;

const unary = (name: string, fn: (x: h.Tensor) => h.Tensor, change?: (v: number) => number): OpCase => ({
  name,
  inputs: [fill([2, 3], 1, change)],
  build: ([x]) => [fn(x as h.Tensor)],
});

const binary = (name: string, fn: (a: h.Tensor, b: h.Tensor) => h.Tensor, change?: (v: number) => number): OpCase[] =>
  (
    [
      ['', [2, 3], [2, 3]],
      [' stretched', [2, 1, 3], [4, 1]],
      [' with a scalar', [2, 3], []],
    ] as const
  ).map(([suffix, a, b]) => ({
    name: name + suffix,
    inputs: [fill(a, 1, change), fill(b, 2, change)],
    build: ([x, y]) => [fn(x as h.Tensor, y as h.Tensor)],
  }));

const one = (
  name: string,
  shape: readonly number[],
  fn: (x: h.Tensor) => h.Tensor | h.Tensor[],
  change?: (v: number) => number,
): OpCase => ({
  name,
  inputs: [fill(shape, 3, change)],
  build: ([x]) => [fn(x as h.Tensor)].flat(),
});

const many = (
  name: string,
  shapes: readonly (readonly number[])[],
  fn: (...x: h.Tensor[]) => h.Tensor | h.Tensor[],
): OpCase => ({
  name,
  inputs: shapes.map((shape, index) => fill(shape, index + 1)),
  build: (inputs) => [fn(...inputs)].flat(),
});

const indexed = (
  name: string,
  shape: readonly number[],
  indices: readonly number[],
  indexShape: readonly number[],
  fn: (x: h.Tensor, i: h.Tensor) => h.Tensor,
): OpCase => ({
  name,
  inputs: [fill(shape, 1), hostArray(indexShape, indices, 'int64')],
  build: ([x, i]) => [fn(x as h.Tensor, i as h.Tensor)],
});

export const elementwiseCases: readonly OpCase[] = [
  unary('neg', h.neg),
  unary('abs', h.abs, apart),
  unary('sign', h.sign, apart),
  unary('exp', h.exp),
  unary('expm1', h.expm1),
  unary('expm1 near 0', h.expm1, (v) => v * 1e-6),
  unary('log', h.log, positive),
  unary('log1p', h.log1p, positive),
  unary('log1p near 0', h.log1p, (v) => v * 1e-6),
  unary('sqrt', h.sqrt, positive),
  unary('rsqrt', h.rsqrt, positive),
  unary('reciprocal', h.reciprocal, positive),
  unary('square', h.square),
  unary('sin', h.sin),
  unary('cos', h.cos),
  unary('tanh', h.tanh),
  unary('sigmoid', h.sigmoid),
  unary('softplus', h.softplus),
  unary('relu', h.relu, apart),
  unary('erf', h.erf),
  unary('normalCdf', h.normalCdf),
  unary('gelu', h.gelu),
  unary('silu', h.silu),
  unary('floor', h.floor),
  unary('ceil', h.ceil),
  unary('round', h.round),
  unary('identity', h.identity),
  unary('clip', (x) => h.clip(x, -1, 0.5)),
  unary('cast to float64 and back', (x) => h.cast(h.cast(x, 'float64'), 'float32')),
  unary('straightThrough of itself', (x) => h.straightThrough(h.mul(x, 1), x)),
  ...binary('add', h.add),
  ...binary('sub', h.sub),
  ...binary('mul', h.mul),
  ...binary('div', h.div, positive),
  ...binary('pow', h.pow, positive),
  ...binary('gatedSilu', h.gatedSilu),
  ...binary('minimum', h.minimum),
  ...binary('maximum', h.maximum),
  ...binary('logaddexp', h.logaddexp),
  ...binary('where', (a, b) => h.where(h.less(a, b), a, h.mul(b, 2))),
  ...binary('where and', (a, b) => h.where(h.and(h.less(a, b), h.lessEqual(0, b)), a, b)),
  ...binary('where or not', (a, b) => h.where(h.or(h.not(h.less(a, b)), h.equal(a, b)), a, b)),
  unary(
    'where hides NaN',
    (x) => h.where(h.greater(x, 0), h.mul(h.sqrt(h.log(x)), 0), h.log(h.neg(x))),
    (v) => (v > 0 ? v + 1.2 : v - 0.1),
  ),
];

export const reductionCases: readonly OpCase[] = [
  one('sum', [2, 3, 4], (x) => h.sum(x, { axes: [0, 2] })),
  one('sum of all', [2, 3], (x) => h.sum(x)),
  one('mean', [2, 3, 4], (x) => h.mean(x, { axes: -1, keepDims: true })),
  one('variance', [2, 5], (x) => h.variance(x, { axes: 1 })),
  one('max', [2, 3, 4], (x) => h.max(x, { axes: 1 })),
  one('min', [2, 3, 4], (x) => h.min(x, { axes: [0, 2] })),
  one('logsumexp', [2, 3, 4], (x) => h.logsumexp(x, { axes: 1 })),
  one('prod', [2, 5, 2], (x) => h.prod(x, { axes: 1 })),
  one('prod of all', [2, 3], (x) => h.prod(x)),
  one(
    'prod with zeros',
    [4, 3],
    (x) => h.prod(x, { axes: 1 }),
    (v) => Math.max(0, v),
  ),
  one('prod of one element', [2, 1], (x) => h.prod(x, { axes: 1, keepDims: true })),
  one('norm', [2, 3], (x) => h.norm(x, { axes: 1 })),
  one('cumulativeSum', [2, 4], (x) => h.cumulativeSum(x, 1)),
  one('cumulativeSum exclusive', [2, 4, 2], (x) => h.cumulativeSum(x, 1, { exclusive: true })),
  one('cumulativeSum reversed', [2, 4], (x) => h.cumulativeSum(x, 0, { reverse: true, exclusive: true })),
  one('argMax', [3, 4], (x) => h.mul(h.cast(h.argMax(x, 0), 'float32'), h.sum(x, { axes: 0 }))),
  one('maskedMean', [3, 4], (x) => h.maskedMean(x, h.greater(x, 0), { axes: 1 })),
  one('maskedSoftmax', [3, 4], (x) => h.maskedSoftmax(x, h.greater(x, -1), 1)),
  one('maskedMax', [3, 4], (x) => h.maskedMax(x, h.greater(x, -0.5), { axes: 1, empty: 0 })),
  one('any and all', [3, 4], (x) =>
    h.where(h.or(h.any(h.greater(x, 1.5), { axes: 1 }), h.all(h.less(x, 1), { axes: 1 })), h.sum(x, { axes: 1 }), 0),
  ),
];

export const productCases: readonly OpCase[] = [
  many(
    'matmul',
    [
      [2, 3],
      [3, 4],
    ],
    (a, b) => h.matmul(a, b),
  ),
  many(
    'matmul Aᵀ',
    [
      [3, 2],
      [3, 4],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true, alpha: 0.5 }),
  ),
  many(
    'matmul Bᵀ',
    [
      [2, 3],
      [4, 3],
    ],
    (a, b) => h.matmul(a, b, { transposeB: true }),
  ),
  many(
    'matmul AᵀBᵀ',
    [
      [3, 2],
      [4, 3],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true, transposeB: true, alpha: 2 }),
  ),
  many(
    'matmul of batches',
    [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    (a, b) => h.matmul(a, b),
  ),
  many(
    'matmul of batches, transposed',
    [
      [2, 3, 2],
      [2, 4, 3],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true, transposeB: true, alpha: 0.3 }),
  ),
  many(
    'matmul with shared weights',
    [
      [2, 2, 3],
      [3, 2],
    ],
    (a, b) => h.matmul(a, b),
  ),
  many(
    'matmul with shared transposed weights',
    [
      [2, 2, 3],
      [2, 3],
    ],
    (a, b) => h.matmul(a, b, { transposeB: true }),
  ),
  many(
    'matmul of one matrix with several, transposed',
    [
      [3, 2],
      [4, 3, 2],
    ],
    (a, b) => h.matmul(a, b, { transposeA: true }),
  ),
];

export const shapingCases: readonly OpCase[] = [
  one('reshape', [2, 6], (x) => h.reshape(x, [3, -1])),
  one('broadcastTo', [2, 1], (x) => h.broadcastTo(x, [3, 2, 2])),
  one('transpose', [2, 3, 4], (x) => h.transpose(x, [2, 0, 1])),
  many(
    'concat',
    [
      [2, 1],
      [2, 3],
    ],
    (a, b) => h.concat([a, b, a], 1),
  ),
  many(
    'stack',
    [
      [2, 2],
      [2, 2],
    ],
    (a, b) => h.stack([a, b], 1),
  ),
  one('slice', [4, 5], (x) => h.slice(h.slice(x, 0, { start: 1, end: -1 }), 1, { step: 2 })),
  one('slice with a step that leaves a rest', [6], (x) => h.slice(x, 0, { start: 1, end: 5, step: 3 })),
  one('reverse', [2, 3], (x) => h.reverse(x, [0, 1])),
  one('split', [2, 6], (x) => h.split(x, [1, 2, 3], 1)),
  one('pad', [2, 3], (x) =>
    h.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      0.5,
    ),
  ),
  one('tile', [2, 3], (x) => h.tile(x, 2, 1)),
  one('squeeze', [2, 1, 3], (x) => h.squeeze(x, 1)),
];

export const indexingCases: readonly OpCase[] = [
  indexed('gather', [4, 3], [2, 0, 2, 3], [2, 2], (x, i) => h.gather(x, i)),
  indexed('gather along the last', [2, 4], [2, 0, 2], [3], (x, i) => h.gather(x, i, 1)),
  indexed('gatherAlong', [2, 4], [2, 0, 1, 3, 3, 0], [2, 3], (x, i) => h.gatherAlong(x, i)),
  indexed('scatterAdd', [4, 2], [2, 0, 2], [3], (x, i) => h.scatterAdd(x, i, h.square(h.slice(x, 0, { end: 3 })))),
  indexed('scatterAdd along the last', [3, 4], [2, 0, 2], [3], (x, i) =>
    h.scatterAdd(x, i, h.square(h.slice(x, 1, { end: 3 })), 1),
  ),
  indexed('scatterAddAlong', [2, 3], [2, 0, 2, 1], [2, 2], (x, i) =>
    h.scatterAddAlong(x, i, h.exp(h.slice(x, 1, { end: 2 }))),
  ),
  indexed('oneHot', [2, 4], [1, 3], [2], (x, i) => h.mul(h.oneHot(i, 4), x)),
  one('topK', [3, 5], (x) => {
    const { values, indices } = h.topK(x, 2);
    return [h.square(values), indices];
  }),
  one('sort', [4, 3], (x) => {
    const { values, indices } = h.sort(x, { axis: 0 });
    return [h.square(values), indices];
  }),
];

export const normalisingCases: readonly OpCase[] = [
  one('softmax', [2, 4], (x) => h.softmax(x)),
  one('softmax along the first', [3, 2], (x) => h.softmax(x, 0)),
  one('logSoftmax', [2, 4], (x) => h.logSoftmax(x)),
  many('layerNorm', [[2, 3, 4], [4], [4]], (x, s, b) => h.layerNorm(x, s, b)),
  many('rmsNorm', [[2, 3, 4], [4]], (x, s) => h.rmsNorm(x, s)),
  many('groupNorm', [[2, 4, 3], [4], [4]], (x, s, b) => h.groupNorm(x, 2, s, b)),
  many(
    'rotary',
    [
      [2, 3, 4, 6],
      [4, 3],
      [4, 3],
    ],
    (x, cosines, sines) => h.rotate(x, { cosines, sines }),
  ),
  many(
    'rotary in each batch',
    [
      [2, 1, 2, 4],
      [2, 1, 2, 2],
      [2, 1, 2, 2],
    ],
    (x, cosines, sines) => h.rotate(x, { cosines, sines }),
  ),
];

export const convolutionCases: readonly OpCase[] = [
  many(
    'conv1d',
    [
      [2, 3, 7],
      [4, 3, 3],
    ],
    (x, w) => h.conv(x, w),
  ),
  many(
    'conv, stride and padding',
    [
      [2, 2, 8],
      [2, 2, 3],
    ],
    (x, w) => h.conv(x, w, { stride: 2, padding: 1 }),
  ),
  many(
    'conv, dilation and groups',
    [
      [2, 4, 7],
      [6, 2, 2],
    ],
    (x, w) => h.conv(x, w, { dilation: 2, groups: 2, padding: 'same' }),
  ),
  many(
    'conv2d',
    [
      [1, 2, 5, 4],
      [3, 2, 3, 2],
    ],
    (x, w) => h.conv(x, w, { stride: [2, 1], padding: 1 }),
  ),
  many(
    'convTranspose',
    [
      [2, 3, 4],
      [3, 2, 3],
    ],
    (x, w) => h.convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 }),
  ),
  many(
    'convTranspose 2-D, groups',
    [
      [1, 4, 2, 3],
      [4, 1, 2, 2],
    ],
    (x, w) => h.convTranspose(x, w, { stride: 2, groups: 2 }),
  ),
  one('maxPool', [1, 2, 6], (x) => h.maxPool(x, { size: 3, stride: 2, padding: 1 })),
  one('maxPool 2-D', [1, 2, 4, 5], (x) => h.maxPool(x, { size: [2, 3], stride: [2, 1] })),
  one('averagePool', [1, 1, 4, 4], (x) => h.averagePool(x, { size: 2 })),
];

const recurrent = (rematerialise: boolean, reverse: boolean): OpCase =>
  many(
    `scan${rematerialise ? ', rematerialised' : ''}${reverse ? ', reversed' : ''}`,
    [[5, 2, 3], [2, 4], [3, 4], [4, 4], [4]],
    (xs, h0, w, u, b) => {
      const { carry, ys } = h.scan(
        (state: h.Tensor, x: h.Tensor) => {
          const next = h.tanh(h.add(h.add(h.matmul(x, w), h.matmul(state, u)), b));
          return { carry: next, y: h.mul(next, state) };
        },
        h0,
        xs,
        { rematerialise, reverse },
      );
      return [carry, ys];
    },
  );

export const scanCases: readonly OpCase[] = [
  recurrent(false, false),
  recurrent(true, false),
  recurrent(false, true),
  many('scan with several carries', [[3], [], [2]], (xs, a, c) => {
    const { carry, ys } = h.scan(
      (state: { a: h.Tensor; n: h.Tensor }, x: h.Tensor) => ({
        carry: { a: h.mul(h.add(state.a, x), h.sum(c)), n: h.add(state.n, 1) },
        y: { y: h.mul(x, h.sin(h.mul(state.a, c))) },
      }),
      { a, n: h.scalar(0, 'int64') },
      xs,
    );
    return [carry.a, h.mul(h.cast(carry.n, 'float32'), carry.a), ys.y];
  }),
];

export const allCases: readonly OpCase[] = [
  ...elementwiseCases,
  ...reductionCases,
  ...productCases,
  ...shapingCases,
  ...indexingCases,
  ...normalisingCases,
  ...convolutionCases,
  ...scanCases,
];
