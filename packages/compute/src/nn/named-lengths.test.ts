import { expect, test } from 'vitest';
import { gradients } from '../grad/reverse.ts';
import { mean } from '../graph/build/reductions.ts';
import { parameter } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { fill, runOnnx } from '../graph/testing.ts';
import { leavesOf, type Tree } from '../graph/tree.ts';
import { key } from '../random/host.ts';
import { keyTensor } from '../random/keys.ts';
import { evaluate } from '../reference/evaluate.ts';
import { applyAttention, initAttention } from './attention.ts';
import { applyConvolutionBlock, initConvolutionBlock } from './convolution.ts';
import { applyDropout } from './dropout.ts';
import { applyGru, initGru } from './gru.ts';
import { applySwiglu, initSwiglu } from './swiglu.ts';
import { feedsFor, gapBetween } from './testing.ts';
import { parametersFor, type Values } from './values.ts';

/** How far ONNX Runtime is from the reference where batch and places are bound late: value and gradients. */
async function gapAt(values: Values, tree: Tree, x: Tensor, output: Tensor, data: HostArray): Promise<number> {
  const loss = mean(output);
  const slopes = gradients(
    loss,
    leavesOf(tree).map(({ tensor }) => tensor),
  );
  const feeds = feedsFor(values, tree).set(x, data);
  const outputs = [output, ...slopes];
  const flat = (arrays: readonly HostArray[]): number[] => arrays.flatMap((array) => [...array.data]);
  return gapBetween(flat(await runOnnx(outputs, feeds)), flat(evaluate(outputs, feeds)));
}

const x = parameter('x', ['B', 'T', 4]);

test.each([
  [2, 5],
  [1, 3],
  [3, 1],
])('layers of named lengths run at %i × %i', async (batch, places) => {
  const data = fill([batch, places, 4], 3);
  const gru = initGru(key(1), 4, 3);
  const gruTree = parametersFor(gru);
  expect(await gapAt(gru, gruTree, x, applyGru(gruTree, x).states, data)).toBeLessThan(1e-5);

  const gated = initSwiglu(key(2), 4, 6);
  const gatedTree = parametersFor(gated);
  const dropped = applyDropout(applySwiglu(gatedTree, x), 0.5, keyTensor(key(3)));
  expect(await gapAt(gated, gatedTree, x, dropped, data)).toBeLessThan(1e-5);

  const attention = initAttention(key(4), 4, 2, { keyValueHeads: 1 });
  const attentionTree = parametersFor(attention);
  const dropout = { rate: 0.25, key: keyTensor(key(5)) };
  const { output } = applyAttention(attentionTree, x, { heads: 2, keyValueHeads: 1, causal: true, dropout });
  expect(await gapAt(attention, attentionTree, x, output, data)).toBeLessThan(1e-5);
});

test.each([4, 9])('a convolution block of a named length runs at %i', async (length) => {
  const values = initConvolutionBlock(key(6), 3, 4, [3]);
  const tree = parametersFor(values);
  const places = parameter('places', ['B', 3, 'L']);
  const output = applyConvolutionBlock(tree, places, 2);
  expect(await gapAt(values, tree, places, output, fill([2, 3, length], 1))).toBeLessThan(1e-5);
});
