import { expect, test } from 'vitest';
import * as h from '../index.ts';
import type { HostArray } from '../graph/rule.ts';
import { expectClose, fill, mixture } from '../graph/testing.ts';
import { runCompiled } from './testing.ts';

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly weights: readonly number[];
  readonly run: (x: h.Tensor, weights: h.Tensor) => h.Tensor;
}

/** Batches and channels long enough to be unfolded. */
const cases: readonly Case[] = [
  { name: 'conv', x: [8, 3, 7], weights: [4, 3, 3], run: (x, w) => h.conv(x, w) },
  { name: 'padded conv', x: [8, 3, 7], weights: [9, 3, 5], run: (x, w) => h.conv(x, w, { padding: 'same' }) },
  {
    name: 'conv with stride',
    x: [9, 2, 8],
    weights: [4, 2, 3],
    run: (x, w) => h.conv(x, w, { stride: 2, padding: 1 }),
  },
  {
    name: 'conv with a stride that leaves a rest',
    x: [8, 2, 9],
    weights: [3, 2, 2],
    run: (x, w) => h.conv(x, w, { stride: 3 }),
  },
  { name: 'conv with dilation', x: [8, 2, 9], weights: [3, 2, 3], run: (x, w) => h.conv(x, w, { dilation: 2 }) },
  {
    name: 'conv with uneven padding',
    x: [8, 2, 6],
    weights: [3, 2, 4],
    run: (x, w) => h.conv(x, w, { padding: [[3, 0]], stride: 2 }),
  },
  { name: 'conv of one tap', x: [8, 3, 5], weights: [2, 3, 1], run: (x, w) => h.conv(x, w) },
  { name: 'conv of one tap with stride', x: [8, 3, 5], weights: [2, 3, 1], run: (x, w) => h.conv(x, w, { stride: 2 }) },
  {
    name: 'conv in two dimensions',
    x: [8, 2, 6, 5],
    weights: [3, 2, 3, 2],
    run: (x, w) => h.conv(x, w, { stride: [2, 1], padding: 1 }),
  },
  {
    name: 'transposed conv',
    x: [8, 3, 4],
    weights: [3, 2, 4],
    run: (x, w) => h.convTranspose(x, w, { stride: 2, padding: 1 }),
  },
  {
    name: 'transposed conv with a kernel that the stride does not divide',
    x: [8, 3, 4],
    weights: [3, 2, 3],
    run: (x, w) => h.convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1 }),
  },
  {
    name: 'transposed conv with dilation',
    x: [8, 3, 4],
    weights: [3, 2, 3],
    run: (x, w) => h.convTranspose(x, w, { dilation: 2 }),
  },
  {
    name: 'transposed conv in two dimensions',
    x: [8, 2, 3, 2],
    weights: [2, 3, 2, 3],
    run: (x, w) =>
      h.convTranspose(x, w, {
        stride: [2, 3],
        padding: [
          [1, 0],
          [0, 1],
        ],
      }),
  },
  // Many channels over few places: transposed ones give first and add up afterwards.
  {
    name: 'folded conv',
    x: [8, 2, 4],
    weights: [16, 2, 3],
    run: (x, w) => h.conv(x, w, { padding: 'same' }),
  },
  {
    name: 'folded conv with stride',
    x: [8, 2, 7],
    weights: [16, 2, 3],
    run: (x, w) => h.conv(x, w, { stride: 2, padding: 1 }),
  },
  {
    name: 'folded transposed conv',
    x: [8, 16, 4],
    weights: [16, 2, 4],
    run: (x, w) => h.convTranspose(x, w, { stride: 2, padding: 1 }),
  },
  {
    name: 'folded transposed conv with a kernel that the stride does not divide',
    x: [8, 20, 4],
    weights: [20, 2, 5],
    run: (x, w) => h.convTranspose(x, w, { stride: 3, padding: 1, outputPadding: 2 }),
  },
  {
    name: 'folded transposed conv with dilation',
    x: [8, 16, 4],
    weights: [16, 2, 3],
    run: (x, w) => h.convTranspose(x, w, { dilation: 2, padding: [[1, 0]] }),
  },
  {
    name: 'folded transposed conv in two dimensions',
    x: [8, 24, 3, 2],
    weights: [24, 3, 2, 3],
    run: (x, w) =>
      h.convTranspose(x, w, {
        stride: [2, 3],
        padding: [
          [1, 0],
          [0, 1],
        ],
      }),
  },
];

test.each(cases)('$name: values, gradients and second gradients are those of the reference', async (given) => {
  const x = h.parameter('x', given.x);
  const weights = h.parameter('weights', given.weights);
  const y = given.run(x, weights);
  const slopes = h.gradients(mixture([h.square(y)]), [x, weights]);
  const curves = h.gradients(mixture(slopes.map((slope) => h.square(slope))), [x, weights]);
  const wanted = [y, ...slopes, ...curves];
  const feeds = new Map([
    [x, fill(given.x, 1)],
    [weights, fill(given.weights, 2)],
  ]);
  const { model } = h.compile({ inputs: { x, weights }, outputs: { y, slope: slopes[0] as h.Tensor } });
  const types = new Set(model.graph.nodes.map(({ opType }) => opType));
  expect(types).not.toContain('Conv');
  expect(types).not.toContain('ConvTranspose');
  const expected = h.evaluate(wanted, feeds);
  const unfolded = h.evaluate(h.passes.unfoldConvolutions(wanted), feeds);
  for (const [index, array] of unfolded.entries())
    expectClose(array, expected[index] as HostArray, 1e-11, `output ${index} in float64`);
  const actual = await runCompiled([y, ...slopes], feeds);
  for (const [index, array] of actual.entries())
    // In float32, where gradients by the weights add up hundreds of products.
    expectClose(array, expected[index] as HostArray, 1e-4, `output ${index}`);
});

test('a convolution and its gradient by the weights share what they read', () => {
  const x = h.parameter('x', [16, 3, 8]);
  const weights = h.parameter('weights', [4, 3, 5]);
  const y = h.conv(x, weights, { padding: 'same' });
  const [slope] = h.gradients(mixture([y]), [weights]) as [h.Tensor];
  const { model } = h.compile({ inputs: { x, weights }, outputs: { y, slope } });
  expect(model.graph.nodes.filter(({ opType }) => opType === 'Gather')).toHaveLength(1);
});

test.each([
  ['conv', h.conv],
  ['transposed conv', h.convTranspose],
] as const)('the bias of a %s is part of the product', async (_, run) => {
  const x = h.parameter('x', [8, 3, 6]);
  const weights = h.parameter('weights', [3, 3, 3]);
  const bias = h.parameter('bias', [3]);
  const y = h.add(run(x, weights, { stride: 2, padding: 1 }), h.reshape(bias, [3, 1]));
  const feeds = new Map([x, weights, bias].map((tensor, phase) => [tensor, fill(tensor.shape.map(Number), phase)]));
  const { model } = h.compile({ inputs: { x, weights, bias }, outputs: { y } });
  expect(model.graph.nodes.map(({ opType }) => opType)).not.toContain('Add');
  expectClose((await runCompiled([y], feeds))[0] as HostArray, h.evaluate([y], feeds)[0] as HostArray, 1e-5);
});

test('few examples, groups and long kernels stay convolutions', () => {
  const typesOf = (x: h.Tensor, weights: h.Tensor, groups = 1): string[] =>
    h
      .compile({ inputs: { x, weights }, outputs: { y: h.conv(x, weights, { groups, padding: 'same' }) } })
      .model.graph.nodes.map(({ opType }) => opType);
  expect(typesOf(h.parameter('x', [2, 4, 8]), h.parameter('w', [4, 4, 3]))).toEqual(['Conv']);
  expect(typesOf(h.parameter('x', [8, 4, 8]), h.parameter('w', [4, 2, 3]), 2)).toEqual(['Conv']);
  expect(typesOf(h.parameter('x', [8, 4, 60]), h.parameter('w', [4, 4, 40]))).toEqual(['Conv']);
});
