import { expect, test } from 'vitest';
import { slice, squeeze, stack } from '../graph/build/shaping.ts';
import { constant, zeros } from '../graph/build/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { fill, waves } from '../graph/testing.ts';
import { key } from '../random/host.ts';
import {
  applyConvolution,
  applyConvolutionBlock,
  applyTransposedConvolution,
  initConvolution,
  initConvolutionBlock,
} from './convolution.ts';
import { applyGru, applyGruCell, initGru } from './gru.ts';
import { gapBetween, expectSound, numbersOf, tensorOf } from './testing.ts';
import { mapValues } from './values.ts';

test('a GRU by hand: gates of 1/2 and a candidate of 1/2 give 3/4, then 5/8', () => {
  const map = (bias: readonly number[]) => ({ weight: constant([[0, 0, 0]]), bias: constant(bias) });
  const params = { input: map([0, 0, Math.atanh(0.5)]), hidden: map([0, 0, 0]) };
  const { states, last } = applyGru(params, constant([[[1], [2]]]), { state: constant([[1]]) });
  expect(gapBetween(numbersOf(states), [0.75, 0.625])).toBeLessThan(1e-7);
  expect(gapBetween(numbersOf(last), [0.625])).toBeLessThan(1e-7);
});

test('the reset gate acts on the state of the candidate alone: tanh(1 + 1/2 · 2)', () => {
  const params = {
    input: { weight: constant([[0, -100, 1]]) },
    hidden: { weight: constant([[0, 0, 2]]) },
  };
  // σ(0) = 1/2 resets, σ(−100) = 0 lets the candidate through.
  expect(gapBetween(numbersOf(applyGruCell(params, constant([[1]]), constant([[1]]))), [Math.tanh(2)])).toBeLessThan(
    1e-9,
  );
});

test('a sequence is its steps one after another', () => {
  const params = mapValues(initGru(key(1), 3, 4), tensorOf);
  const x = constant(waves(2 * 5 * 3, 1), { shape: [2, 5, 3] });
  let state: Tensor = zeros([2, 4]);
  const steps: Tensor[] = [];
  for (let step = 0; step < 5; step += 1) {
    state = applyGruCell(params, squeeze(slice(x, 1, { start: step, end: step + 1 }), 1), state);
    steps.push(state);
  }
  const { states, last } = applyGru(params, x);
  expect(gapBetween(numbersOf(states), numbersOf(stack(steps, 1)))).toBeLessThan(1e-9);
  expect(gapBetween(numbersOf(last), numbersOf(state))).toBeLessThan(1e-9);
});

test.each([false, true])(
  'a GRU: ONNX Runtime agrees, gradients equal differences (rematerialise %s)',
  async (again) => {
    const values = { p: initGru(key(2), 2, 3), x: fill([2, 4, 2], 3), h: fill([2, 3], 4) };
    const checked = await expectSound(values, ({ p, x, h }) => {
      const { states, last } = applyGru(p, x, { state: h, rematerialise: again });
      return [states, last];
    });
    expect(checked).toBe(2);
  },
);

test('a convolution by hand, with its bias for each channel, and its transpose', () => {
  const params = { weight: constant([[[1, 2]], [[0, -1]]]), bias: constant([10, 20]) };
  expect(numbersOf(applyConvolution(params, constant([[[1, 2, 3]]])))).toEqual([15, 18, 18, 17]);
  const up = { weight: constant([[[1, 2]]]), bias: constant([1]) };
  expect(numbersOf(applyTransposedConvolution(up, constant([[[3, 4]]]), { stride: 2 }))).toEqual([4, 7, 5, 9]);
});

test('the shape of a kernel follows groups; a block keeps lengths', () => {
  expect(initConvolution(key(1), 4, 6, [3, 3], { groups: 2 }).weight.shape).toEqual([6, 2, 3, 3]);
  expect(initConvolution(key(1), 4, 6, [3], { bias: false })).not.toHaveProperty('bias');
  const block = mapValues(initConvolutionBlock(key(1), 2, 4, [5]), tensorOf);
  expect(applyConvolutionBlock(block, zeros([3, 2, 7]), 2).shape).toEqual([3, 4, 7]);
});

test.each([
  [[3], [2, 2, 5]],
  [
    [3, 2],
    [1, 2, 3, 4],
  ],
])('a block with kernel %j: ONNX Runtime agrees, gradients equal differences', async (sizes, shape) => {
  const values = { p: initConvolutionBlock(key(3), 2, 4, sizes), x: fill(shape, 2) };
  expect(await expectSound(values, ({ p, x }) => [applyConvolutionBlock(p, x, 2)])).toBe(1);
});
