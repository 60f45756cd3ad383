import { describe, expect, test } from 'vitest';
import { runCompiled } from '../compile/testing.ts';
import type { HostArray } from '../graph/rule.ts';
import { expectClose, fill } from '../graph/testing.ts';
import * as h from '../index.ts';

interface Network {
  readonly name: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly loss: (p: Readonly<Record<string, h.Tensor>>, x: h.Tensor) => h.Tensor;
  readonly x: readonly number[];
}

type Named = Readonly<Record<string, h.Tensor>>;
const get = (p: Named, name: string): h.Tensor => p[name] as h.Tensor;

function decoderLayer(p: Named, x: h.Tensor, layer: number): h.Tensor {
  const own = (name: string): h.Tensor => get(p, `${name}${layer}`);
  const normal = h.layerNorm(x, own('scale'), own('bias'));
  const [q, k, v] = h.split(h.matmul(normal, own('qkv')), 3, 2) as [h.Tensor, h.Tensor, h.Tensor];
  const causal = h.lessEqual(h.reshape(h.iota(3), [1, 3]), h.reshape(h.iota(3), [3, 1]));
  const weights = h.maskedSoftmax(h.matmul(q, k, { transposeB: true, alpha: 0.5 }), causal);
  const attended = h.add(x, h.matmul(weights, v));
  return h.add(attended, h.matmul(h.gelu(h.matmul(attended, own('up'))), own('up'), { transposeB: true }));
}

const layerShapes = (layer: number): [string, readonly number[]][] => [
  [`scale${layer}`, [4]],
  [`bias${layer}`, [4]],
  [`qkv${layer}`, [4, 12]],
  [`up${layer}`, [4, 6]],
];

const networks: readonly Network[] = [
  {
    name: 'a net of two layers',
    shapes: { w1: [3, 5], b1: [5], w2: [5, 2] },
    x: [4, 3],
    loss: (p, x) => h.mean(h.square(h.matmul(h.tanh(h.add(h.matmul(x, get(p, 'w1')), get(p, 'b1'))), get(p, 'w2')))),
  },
  {
    name: 'a convolutional net',
    shapes: { w1: [3, 1, 3, 3], w2: [2, 3, 2, 2] },
    x: [2, 1, 5, 5],
    loss: (p, x) => {
      const inner = h.silu(h.conv(x, get(p, 'w1'), { padding: 1, stride: 2 }));
      return h.mean(h.logsumexp(h.averagePool(h.conv(inner, get(p, 'w2')), { size: 2 }), { axes: 1 }));
    },
  },
  {
    name: 'a decoder of two layers',
    shapes: Object.fromEntries([...layerShapes(0), ...layerShapes(1)]),
    x: [2, 3, 4],
    loss: (p, x) => h.mean(h.square(h.logSoftmax(decoderLayer(p, decoderLayer(p, x, 0), 1)))),
  },
];

describe.each(networks)('the Hessian-vector product of $name', ({ shapes, loss, x: xShape }) => {
  const x = h.parameter('x', xShape);
  const params = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, h.parameter(name, shape)]));
  const along = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, h.parameter(`v.${name}`, shape)]),
  );
  const feeds = new Map<h.Tensor, HostArray>([
    [x, fill(xShape, 9)],
    ...Object.values(params).map((tensor, index): [h.Tensor, HostArray] => [
      tensor,
      fill(tensor.shape.map(Number), index, (v) => v * 0.6),
    ]),
    ...Object.values(along).map((tensor, index): [h.Tensor, HostArray] => [
      tensor,
      fill(tensor.shape.map(Number), index + 20),
    ]),
  ]);
  const product = Object.values(h.hessianVectorProduct((p: Named) => loss(p, x), params, along));

  test('equals the difference of two gradients in float64', () => {
    const step = 1e-5;
    const slopesAt = (shift: number): h.Tensor[] => {
      const moved = Object.fromEntries(
        Object.entries(params).map(([name, tensor]) => [
          name,
          h.add(tensor, h.mul(get(along, name), h.scalar(shift, 'float32'))),
        ]),
      );
      return Object.values(h.grad((p: Named) => loss(p, x))(moved));
    };
    // A step as float32 holds it, so that the quotient uses the very same.
    const width = 2 * Math.fround(step);
    const after = h.evaluate(slopesAt(step), feeds);
    const before = h.evaluate(slopesAt(-step), feeds);
    const actual = h.evaluate(product, feeds);
    expect(actual).toHaveLength(Object.keys(shapes).length);
    for (const [index, array] of actual.entries()) {
      const data = (after[index]?.data ?? new Float64Array()).map(
        (value, place) => (value - (before[index]?.data[place] ?? 0)) / width,
      );
      expectClose(array, { ...array, data }, 1e-6, `parameter ${index}`);
    }
  });

  test('is what ONNX Runtime computes', async () => {
    const expected = h.evaluate(product, feeds);
    const actual = await runCompiled(product, feeds);
    expect(actual).toHaveLength(expected.length);
    // Second derivatives of a normalisation cancel: float32 loses a digit beyond the 1e-5 of values and gradients.
    for (const [index, array] of actual.entries()) {
      expectClose(array, expected[index] as HostArray, 5e-5, `parameter ${index}`);
    }
  });
});
