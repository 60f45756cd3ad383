import { expect, test } from 'vitest';
import { constant, parameter } from '../graph/build/sources.ts';
import { fill, runOnnx } from '../graph/testing.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { key } from '../random/host.ts';
import { keyTensor } from '../random/keys.ts';
import { applyDropout } from './dropout.ts';
import { applyEmbedding, embeddingLogits, initEmbedding } from './embedding.ts';
import { applyLinear, initLinear } from './linear.ts';
import { applyMlp, initMlp } from './mlp.ts';
import { applyGroupNorm, applyLayerNorm, applyRmsNorm, initGroupNorm, initLayerNorm, initRmsNorm } from './norms.ts';
import { applySwiglu, initSwiglu } from './swiglu.ts';
import { gapBetween, expectSound, numbersOf } from './testing.ts';
import { countValues, mapValues, parametersFor, valuesOf } from './values.ts';

test('a linear map: 1·1 + 2·3 + 10 and 1·2 + 2·4 + 20', () => {
  const params = {
    weight: constant([
      [1, 2],
      [3, 4],
    ]),
    bias: constant([10, 20]),
  };
  expect(numbersOf(applyLinear(params, constant([[1, 2]])))).toEqual([17, 30]);
  expect(numbersOf(applyLinear({ weight: params.weight }, constant([[1, 2]])))).toEqual([7, 10]);
});

test('an MLP bends between its layers, and not after the last', () => {
  const layers = [
    { weight: constant([[1, -1]]), bias: constant([0, 0]) },
    { weight: constant([[2], [-3]]), bias: constant([1]) },
  ];
  // 2 → (2, −2) → (2, 0) → 5; −1 → (−1, 1) → (0, 1) → −2, which no ReLU cuts.
  expect(numbersOf(applyMlp({ layers }, constant([[2], [-1]])))).toEqual([5, -2]);
  expect(() => initMlp(key(0), [3])).toThrow('two widths');
});

test('norms by hand', () => {
  const two = constant([2, 2]);
  const one = constant([1, 1]);
  expect(gapBetween(numbersOf(applyLayerNorm({ scale: two, bias: one }, constant([[1, 3]]), 0)), [-1, 3])).toBeLessThan(
    1e-9,
  );
  const root = Math.sqrt(12.5);
  expect(gapBetween(numbersOf(applyRmsNorm({ scale: two }, constant([[3, 4]]), 0)), [6 / root, 8 / root])).toBeLessThan(
    1e-9,
  );
  const channels = constant([
    [
      [1, 3],
      [10, 30],
    ],
  ]);
  expect(
    gapBetween(
      numbersOf(applyGroupNorm({ scale: constant([1, 2]), bias: constant([0, 5]) }, channels, 2, 0)),
      [-1, 1, 3, 7],
    ),
  ).toBeLessThan(1e-9);
});

test('an embedding looks up rows, and turns vectors into logits by the same table', () => {
  const params = {
    table: constant([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  };
  expect(numbersOf(applyEmbedding(params, constant([[2, 0]], { dtype: 'int64' })))).toEqual([5, 6, 1, 2]);
  expect(numbersOf(embeddingLogits(params, constant([[1, 1]])))).toEqual([3, 7, 11]);
});

test('SwiGLU by hand: silu(1) · 2 · 3', () => {
  const map = (weight: number) => ({ weight: constant([[weight]]) });
  const params = { gate: map(1), up: map(2), down: map(3) };
  expect(gapBetween(numbersOf(applySwiglu(params, constant([[1]]))), [6 / (1 + Math.exp(-1))])).toBeLessThan(1e-9);
});

test('dropout keeps the mean, drops as often as asked, and the same in ONNX Runtime', async () => {
  const x = parameter('x', [4000]);
  const feeds = new Map([[x, hostArray([4000], new Float64Array(4000).fill(3))]]);
  const dropped = applyDropout(x, 0.25, keyTensor(key(7)));
  const [reference] = evaluate([dropped], feeds);
  const [native] = await runOnnx([dropped], feeds);
  const kept = [...(reference?.data ?? [])].filter((value) => value !== 0);
  expect(
    gapBetween(
      kept,
      kept.map(() => 4),
    ),
  ).toBeLessThan(1e-6);
  // Four standard deviations of a share of 4,000 draws are 0.027.
  expect(Math.abs(kept.length / 4000 - 0.75)).toBeLessThan(0.028);
  expect([...(native?.data ?? [])]).toEqual(Array.from(reference?.data ?? [], Math.fround));
});

test('dropout without a key, or at rate 0, is nothing; rates outside [0, 1) are refused', () => {
  const x = parameter('x', [3]);
  expect(applyDropout(x, 0.5)).toBe(x);
  expect(applyDropout(x, 0, keyTensor(key(1)))).toBe(x);
  expect(() => applyDropout(x, 1, keyTensor(key(1)))).toThrow(RangeError);
});

const x23 = fill([2, 3], 1);
test.each([
  ['linear', () => expectSound({ p: initLinear(key(1), 3, 2), x: x23 }, ({ p, x }) => [applyLinear(p, x)], 2)],
  ['mlp', () => expectSound({ p: initMlp(key(2), [3, 5, 2]), x: x23 }, ({ p, x }) => [applyMlp(p, x)])],
  ['layer norm', () => expectSound({ p: initLayerNorm(3), x: x23 }, ({ p, x }) => [applyLayerNorm(p, x)])],
  ['RMS norm', () => expectSound({ p: initRmsNorm(3), x: x23 }, ({ p, x }) => [applyRmsNorm(p, x)])],
  [
    'group norm',
    () => expectSound({ p: initGroupNorm(4), x: fill([2, 4, 3], 5) }, ({ p, x }) => [applyGroupNorm(p, x, 2)]),
  ],
  [
    'embedding',
    () =>
      expectSound({ p: initEmbedding(key(3), 4, 3), x: x23 }, ({ p, x }) => [
        applyEmbedding(p, constant([3, 1, 3], { dtype: 'int64' })),
        embeddingLogits(p, x),
      ]),
  ],
  ['SwiGLU', () => expectSound({ p: initSwiglu(key(4), 3, 4), x: x23 }, ({ p, x }) => [applySwiglu(p, x)], 2)],
])('%s: ONNX Runtime agrees, and gradients equal central differences', async (_name, check) => {
  expect(await check()).toBeGreaterThan(0);
});

test('values are named by their place, counted, and turned into parameters of their shapes', () => {
  const values = initMlp(key(5), [2, 3, 1]);
  expect(valuesOf(values).map(({ path }) => path)).toEqual([
    'layers.0.weight',
    'layers.0.bias',
    'layers.1.weight',
    'layers.1.bias',
  ]);
  expect(countValues(values)).toBe(6 + 3 + 3 + 1);
  expect(parametersFor(values).layers[0]?.weight.shape).toEqual([2, 3]);
  expect(mapValues(values, ({ shape }) => shape).layers[1]?.bias).toEqual([1]);
});
