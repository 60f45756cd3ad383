import { describe, expect, test } from 'vitest';
import * as h from '../index.ts';
import type { HostArray } from './rule.ts';
import { expectClose, runOnnx } from './testing.ts';

const valuesOf = (tensor: h.Tensor): number[] => [...(h.evaluate([tensor], new Map())[0] as HostArray).data];

/** In TypeScript and in ONNX Runtime. */
async function everywhere(outputs: readonly h.Tensor[], feeds = new Map<h.Tensor, HostArray>()): Promise<number[][]> {
  const expected = h.evaluate(outputs, feeds);
  const actual = await runOnnx(outputs, feeds);
  for (const [index, array] of actual.entries())
    expectClose(array, expected[index] as HostArray, 1e-5, `output ${index}`);
  return expected.map((array) => [...array.data]);
}

describe('hand-worked values', () => {
  const m = h.constant([
    [1, 2],
    [3, 4],
  ]);

  test('arithmetic, products and reductions', () => {
    expect(valuesOf(h.matmul(m, m))).toEqual([7, 10, 15, 22]);
    expect(valuesOf(h.matmul(m, m, { transposeA: true, alpha: 2 }))).toEqual([20, 28, 28, 40]);
    expect(valuesOf(h.sum(m, { axes: 0 }))).toEqual([4, 6]);
    expect(valuesOf(h.mean(m))).toEqual([2.5]);
    expect(valuesOf(h.variance(m))).toEqual([1.25]);
    expect(valuesOf(h.cumulativeSum(m, 1, { exclusive: true }))).toEqual([0, 1, 0, 3]);
    expect(valuesOf(h.round(h.constant([0.5, 1.5, 2.5, -0.5])))).toEqual([0, 2, 2, 0]);
  });

  test('products, and their gradients where elements are 0', async () => {
    const x = h.parameter('x', [4, 3]);
    const rows = [2, 3, 4, 0, 3, 4, 0, 0, 4, 0, 0, 0];
    const feeds = new Map([[x, h.hostArray([4, 3], rows)]]);
    const product = h.prod(x, { axes: 1 });
    const [slope] = h.gradients(h.sum(product), [x]);
    // How much the first row of slopes changes with each element: the element that is neither.
    const [curvature] = h.gradients(h.sum(h.slice(slope as h.Tensor, 1, { end: 1 })), [x]);
    const results = await everywhere([product, slope as h.Tensor, curvature as h.Tensor], feeds);
    expect(results[0]).toEqual([24, 0, 0, 0]);
    expect(results[1]).toEqual([12, 8, 6, 12, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(results[2]).toEqual([0, 4, 3, 0, 4, 3, 0, 4, 0, 0, 0, 0]);
    expect(await everywhere([h.prod(h.ones([2, 0]), { axes: 1 })])).toEqual([[1, 1]]);
  });

  test('products along an axis of open length', () => {
    const x = h.parameter('x', [2, 'N']);
    const feeds = new Map([[x, h.hostArray([2, 3], [2, 0, 5, 1, 2, 3])]]);
    const [slope] = h.gradients(h.sum(h.prod(x, { axes: 1 })), [x]);
    expect([...(h.evaluate([slope as h.Tensor], feeds)[0] as HostArray).data]).toEqual([0, 10, 0, 6, 3, 2]);
  });

  test('shapes and indices', () => {
    expect(valuesOf(h.transpose(m))).toEqual([1, 3, 2, 4]);
    expect(valuesOf(h.reverse(m, 1))).toEqual([2, 1, 4, 3]);
    expect(valuesOf(h.tile(m, 2, 0))).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(valuesOf(h.oneHot(h.constant([1, 5], { dtype: 'int64' }), 3))).toEqual([0, 1, 0, 0, 0, 0]);
    const { values, indices } = h.topK(h.constant([3, 1, 3, 2]), 3);
    expect(valuesOf(values)).toEqual([3, 3, 2]);
    expect(valuesOf(indices)).toEqual([0, 2, 3]);
  });

  test('convolution and pooling', () => {
    const x = h.constant([[[1, 2, 3, 4]]]);
    const w = h.constant([[[1, 0, -1]]]);
    expect(valuesOf(h.conv(x, w))).toEqual([-2, -2]);
    expect(valuesOf(h.convTranspose(h.constant([[[1, 2]]]), h.constant([[[1, 10]]]), { stride: 2 }))).toEqual([
      1, 10, 2, 20,
    ]);
    expect(valuesOf(h.maxPool(x, { size: 2 }))).toEqual([2, 4]);
    expect(valuesOf(h.averagePool(x, { size: 2 }))).toEqual([1.5, 3.5]);
  });

  test('the error function, against tables', () => {
    const [half, two, four] = valuesOf(h.erf(h.constant([0.5, 2, 4])));
    expect(half).toBeCloseTo(0.5204998778130465, 14);
    expect(two).toBeCloseTo(0.9953222650189527, 14);
    expect(four).toBeCloseTo(0.9999999845827421, 14);
    expect(valuesOf(h.normalCdf(h.constant([-6])))[0]).toBeCloseTo(9.865876450376981e-10, 22);
  });
});

describe('rows without anything to reduce', () => {
  const x = h.parameter('x', [2, 3]);
  const mask = h.parameter('mask', [2, 3], 'bool');
  const feeds = new Map([
    [x, h.hostArray([2, 3], [1, 2, 3, 4, 5, 6])],
    [mask, h.hostArray([2, 3], [1, 0, 1, 0, 0, 0], 'bool')],
  ]);

  test('masked reductions', async () => {
    const results = await everywhere(
      [
        h.maskedSum(x, mask, { axes: 1 }),
        h.maskedMean(x, mask, { axes: 1 }),
        h.maskedMax(x, mask, { axes: 1, empty: -1 }),
        h.maskedMin(x, mask, { axes: 1, empty: 9 }),
        h.maskedLogsumexp(x, mask, { axes: 1 }),
        h.sum(h.maskedSoftmax(x, mask), { axes: 1 }),
      ],
      feeds,
    );
    expect(results.slice(0, 4)).toEqual([
      [4, 0],
      [2, 0],
      [3, -1],
      [1, 9],
    ]);
    expect(results[4]?.[0]).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(3)), 12);
    expect(results[4]?.[1]).toBe(-Infinity);
    expect(results[5]?.[0]).toBeCloseTo(1, 12);
    expect(results[5]?.[1]).toBe(0);
  });

  test('their gradients are finite', async () => {
    const loss = h.sum(
      h.add(
        h.add(h.maskedMean(x, mask, { axes: 1 }), h.maskedMax(x, mask, { axes: 1, empty: 0 })),
        h.add(h.sum(h.square(h.maskedSoftmax(x, mask)), { axes: 1 }), h.exp(h.maskedLogsumexp(x, mask, { axes: 1 }))),
      ),
    );
    const [slope] = await everywhere([h.gradients(loss, [x])[0] as h.Tensor], feeds);
    expect(slope?.every(Number.isFinite)).toBe(true);
    expect(slope?.slice(3)).toEqual([0, 0, 0]);
  });
});

test('sums over no elements, and tensors without any', async () => {
  const x = h.parameter('x', [0, 3]);
  const w = h.parameter('w', [3, 2]);
  const s = h.parameter('s', [3]);
  const product = h.matmul(x, w);
  const outputs = [
    h.sum(x, { axes: 0 }),
    product,
    h.softmax(x),
    h.layerNorm(x, s, s),
    h.reshape(x, [3, 0]),
    h.concat([x, h.ones([1, 3])], 0),
    h.gather(w, h.zeros([0], 'int64')),
    ...h.gradients(h.sum(h.square(h.tanh(product))), [w, x]),
  ];
  const results = await everywhere(
    outputs,
    new Map([
      [x, h.hostArray([0, 3], [])],
      [w, h.hostArray([3, 2], [1, 2, 3, 4, 5, 6])],
      [s, h.hostArray([3], [1, 1, 1])],
    ]),
  );
  expect(results[0]).toEqual([0, 0, 0]);
  expect(results[7]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('large and infinite numbers overflow nowhere', async () => {
  const big = h.constant([1000, -1000, 0]);
  const lows = h.constant([-Infinity, -Infinity]);
  const results = await everywhere([
    h.softmax(big),
    h.logsumexp(big),
    h.softplus(big),
    h.sigmoid(big),
    h.logsumexp(lows),
    h.logaddexp(lows, h.constant([-Infinity, 2])),
  ]);
  expect(results[0]).toEqual([1, 0, 0]);
  expect(results[1]).toEqual([1000]);
  expect(results[4]).toEqual([-Infinity]);
  expect(results[5]).toEqual([-Infinity, 2]);
});

test('whole numbers and storage types are cast', async () => {
  const x = h.constant([1.75, -2.5, 300]);
  const results = await everywhere([
    h.cast(h.cast(x, 'int32'), 'float32'),
    h.cast(h.cast(x, 'float16'), 'float32'),
    h.cast(h.cast(x, 'bfloat16'), 'float32'),
    h.cast(h.cast(h.constant([1.75, -2.5, 100]), 'int8'), 'float32'),
    h.cast(h.cast(h.constant([1.75, 255, 100]), 'uint8'), 'float32'),
    h.add(h.constant([1, 2], { dtype: 'int64' }), 5),
  ]);
  expect(results).toEqual([
    [1, -2, 300],
    [1.75, -2.5, 300],
    [1.75, -2.5, 300],
    [1, -2, 100],
    [1, 255, 100],
    [6, 7],
  ]);
});

describe('what does not fit is refused while building', () => {
  const a = h.parameter('a', [2, 3]);
  const b = h.parameter('b', ['B', 4]);

  test('naming the op, the shapes and the line', () => {
    expect(() => h.add(a, b)).toThrow(
      /cannot add\(float32\[2, 3\], float32\[B, 4\]\), as lengths must be equal or 1.*\(at .*edges\.test\.ts:\d+:\d+\)/u,
    );
    expect(() => h.matmul(a, b)).toThrow(/cannot matmul\(.*inner lengths must be equal: they are 3 and B/u);
    expect(() => h.reshape(a, [4, -1])).toThrow(/cannot reshape/u);
    expect(() => h.gather(a, a)).toThrow(/indices must be int64 or int32/u);
    expect(() => h.add(a, h.cast(a, 'int32'))).toThrow(/element types must be equal/u);
    expect(() => h.sum(a, { axes: 2 })).toThrow(/the axis must be within -2 to 1: it is 2/u);
    expect(() =>
      h.scan((s: h.Tensor, x: h.Tensor) => ({ carry: h.concat([s, x]), y: s }), a, h.parameter('x', [5, 1, 3])),
    ).toThrow(/carry 0 must stay float32\[2, 3\]: it becomes float32\[3, 3\]/u);
  });

  test('lengths that are none', () => {
    const from = (length: unknown) => () => h.parameter('x', [2, length as number]);
    expect(from(1.5)).toThrow('cannot use a length, as it must be a whole number or a name: it is 1.5');
    expect(from(undefined)).toThrow('it is undefined');
    expect(from(Number.NaN)).toThrow('it is NaN');
    expect(from(-1)).toThrow('cannot use a length, as it must be from 0: it is -1');
    expect(from('a b')).toThrow('its name must be letters, digits and _');
    expect(() => h.zeros([-2])).toThrow('it is -2');
    expect(() => h.oneHot(h.constant([1], { dtype: 'int64' }), -3)).toThrow('it is -3');
    expect(() => h.broadcastTo(a, [-1, 2, 3])).toThrow('it is -1');
  });

  test('a loss that is no scalar has no gradient', () => {
    expect(() => h.gradients(a, [a])).toThrow(/the loss must be a floating scalar/u);
  });

  test.each([9, 3, -4])(
    'index %i in three is an error while it runs, in ONNX Runtime as in the reference',
    async (index) => {
      const x = h.parameter('x', [3, 2]);
      const places = h.parameter('places', [1], 'int64');
      const elements = h.reshape(places, [1, 1]);
      const one = h.ones([1, 2]);
      const feeds = new Map([
        [x, h.hostArray([3, 2], [1, 2, 3, 4, 5, 6])],
        [places, h.hostArray([1], [index], 'int64')],
      ]);
      for (const output of [
        h.gather(x, places),
        h.gatherAlong(x, h.concat([elements, elements], 1), 0),
        h.scatterAdd(x, places, one),
        h.scatterAddAlong(x, h.concat([elements, elements], 1), one, 0),
      ]) {
        await expect(runOnnx([output], feeds)).rejects.toThrow(/ind(ex|ice)/iu);
        expect(() => h.evaluate([output], feeds)).toThrow('an index must be');
      }
    },
  );

  test('an index out of range is an error of the reference', () => {
    expect(() => valuesOf(h.gather(h.constant([1, 2]), h.constant([2], { dtype: 'int64' })))).toThrow(
      /must be below 2: it is 2/u,
    );
  });
});
