import { expect, test } from 'vitest';
import { constant, parameter } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { runOnnx, waves } from '../graph/testing.ts';
import { leavesOf } from '../graph/tree.ts';
import { gapBetween, numbersOf, tensorOf } from '../nn/testing.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { createOptimizer, optimizerStates, type OptimizerRule } from '../runtime/optimizer.ts';
import { createArena, type SharedTensor } from '../runtime/shared-tensor.ts';
import { initOptimizerState, optimizerStep, optimizerStepOnHost } from './step.ts';

/** Two steps of p = 1 with gradients 0.5, then −1, at learning rate 0.1, in a graph. */
function twoSteps(rule: OptimizerRule): { parameters: number[]; state: Record<string, number> } {
  const trees = { parameters: { p: constant([1]) }, state: {} as Record<string, { p: Tensor }> };
  for (const name of optimizerStates[rule.kind]) trees.state[name] = { p: constant([0]) };
  const parameters: number[] = [];
  for (const [index, slope] of [0.5, -1].entries()) {
    const gradients = { p: constant([slope]) };
    const result = optimizerStep(rule, { ...trees, gradients, learningRate: 0.1, step: index + 1 });
    trees.parameters = result.parameters;
    trees.state = result.state;
    parameters.push(numbersOf(result.parameters.p)[0] ?? NaN);
  }
  const state = Object.entries(trees.state).map(([name, { p }]) => [name, numbersOf(p)[0] ?? NaN]);
  return { parameters, state: Object.fromEntries(state) as Record<string, number> };
}

test.each<[string, OptimizerRule, number[], Record<string, number>]>([
  // v = 0.5, p = 0.95; v = 0.45 − 1 = −0.55, p = 1.005
  ['SGD with momentum 0.9', { kind: 'sgd', momentum: 0.9 }, [0.95, 1.005], { velocity: -0.55 }],
  // p −= 0.1 · (0.5 + 0.45) = 0.095; then p −= 0.1 · (−1 − 0.495) = −0.1495
  ['Nesterov', { kind: 'sgd', momentum: 0.9, nesterov: true }, [0.905, 1.0545], { velocity: -0.55 }],
  // g = 0.5 + 0.1 · 1 = 0.6, p = 0.94; g = −1 + 0.094 = −0.906, p = 1.0306
  ['SGD with decay', { kind: 'sgd', weightDecay: 0.1 }, [0.94, 1.0306], { velocity: -0.906 }],
  // v = 0.025, g/√v = √10; v = 0.0225 + 0.1 = 0.1225, √v = 0.35
  [
    'RMSprop',
    { kind: 'rmsprop', alpha: 0.9, epsilon: 0 },
    [1 - 0.1 / Math.sqrt(0.1), 1 - 0.1 / Math.sqrt(0.1) + 0.1 / 0.35],
    { square: 0.1225 },
  ],
  // v = 0.25, p = 0.9; v = 1.25, p = 0.9 + 0.1/√1.25
  ['AdaGrad', { kind: 'adagrad', epsilon: 0 }, [0.9, 0.9 + 0.1 / Math.sqrt(1.25)], { square: 1.25 }],
  // Both corrections cancel at step 1: p = 0.9. m = 0.045 − 0.1 = −0.055, v = 0.01 · (0.2475 + 1) = 0.012475;
  // p += 0.1 · (0.055/0.19) / √(0.012475/0.0199)
  [
    'Adam',
    { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 0 },
    [0.9, 0.9 + (0.1 * (0.055 / 0.19)) / Math.sqrt(0.012_475 / 0.0199)],
    { first: -0.055, second: 0.012_475 },
  ],
  // The same steps, each after p · (1 − 0.1 · 0.5)
  [
    'AdamW',
    { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 0, weightDecay: 0.5 },
    [0.85, 0.85 * 0.95 + (0.1 * (0.055 / 0.19)) / Math.sqrt(0.012_475 / 0.0199)],
    { first: -0.055, second: 0.012_475 },
  ],
])('%s by hand', (_name, rule, parameters, state) => {
  const result = twoSteps(rule);
  expect(gapBetween(result.parameters, parameters)).toBeLessThan(1e-6);
  expect(Object.keys(result.state)).toEqual(Object.keys(state));
  expect(gapBetween(Object.values(result.state), Object.values(state))).toBeLessThan(1e-6);
});

test('Adam with decay in the gradient: g = 0.5 + 0.5 · 1 = 1 at step 1', () => {
  const { state } = twoSteps({ kind: 'adam', weightDecay: 0.5, decoupled: false });
  // p = 0.9 after step 1, so the second gradient is −1 + 0.45 = −0.55: m = 0.09 − 0.055
  expect(state.first).toBeCloseTo(0.035, 6);
});

const rules: OptimizerRule[] = [
  { kind: 'sgd', momentum: 0.8, nesterov: true, weightDecay: 0.01 },
  { kind: 'adam', weightDecay: 0.1 },
  { kind: 'adam', weightDecay: 0.1, decoupled: false },
  { kind: 'rmsprop', weightDecay: 0.01 },
  { kind: 'adagrad' },
];

/** Gradients of step `step` for two parameters, of which the second does not decay. */
const gradientsAt = (step: number): { w: HostArray; b: HostArray } => ({
  w: hostArray([2, 3], waves(6, step).map(Math.fround)),
  b: hostArray([5], waves(5, step + 50).map(Math.fround)),
});

test.each(rules)('five steps on the host are those of the in-place kernel: %j', (rule) => {
  const start = gradientsAt(99);
  const arena = createArena(8192);
  const slots = Object.values(start).map((value, index) => {
    const take = (): SharedTensor => arena.allocate('float32', value.shape);
    const slot = { parameter: take(), gradient: take(), state: optimizerStates[rule.kind].map(take) };
    slot.parameter.data.set(value.data as never);
    return { ...slot, decays: index === 0 };
  });
  const kernel = createOptimizer(arena.memory, rule, slots);
  let parameters = start;
  let state = initOptimizerState(rule, start);
  for (let step = 1; step <= 5; step += 1) {
    const gradients = gradientsAt(step);
    const given = { parameters, gradients, state, learningRate: 0.05, step, decays: (path: string) => path === 'w' };
    ({ parameters, state } = optimizerStepOnHost(rule, given));
    for (const [index, value] of Object.values(gradients).entries())
      slots[index]?.gradient.data.set(value.data as never);
    kernel.step({ learningRate: 0.05, step });
  }
  for (const [index, value] of Object.values(parameters).entries()) {
    const inPlace = Array.from(slots[index]?.parameter.data ?? [], Number);
    expect(gapBetween([...value.data], inPlace)).toBeLessThan(1e-6);
  }
});

test.each(rules)('a step in a graph is a step on the host, by ONNX Runtime too: %j', async (rule) => {
  const parameters = gradientsAt(1);
  const gradients = gradientsAt(2);
  const warm = optimizerStepOnHost(rule, {
    parameters,
    gradients: gradientsAt(3),
    state: initOptimizerState(rule, parameters),
    learningRate: 0.1,
    step: 1,
  });
  const host = optimizerStepOnHost(rule, { ...warm, gradients, learningRate: 0.1, step: 2 });
  const asTensors = ({ w, b }: typeof parameters) => ({ w: tensorOf(w), b: tensorOf(b) });
  const learningRate = parameter('learningRate', []);
  const step = parameter('step', []);
  const graph = optimizerStep(rule, {
    parameters: asTensors(warm.parameters),
    gradients: asTensors(gradients),
    state: Object.fromEntries(Object.entries(warm.state).map(([name, tree]) => [name, asTensors(tree)])),
    learningRate,
    step,
  });
  const outputs = leavesOf({ ...graph }).map(({ tensor }) => tensor);
  const feeds = new Map([
    [learningRate, hostArray([], [0.1])],
    [step, hostArray([], [2])],
  ]);
  const expected = [host.parameters, ...Object.values(host.state)].flatMap(({ w, b }) => [...w.data, ...b.data]);
  const flat = (arrays: readonly HostArray[]): number[] => arrays.flatMap(({ data }) => [...data]);
  expect(gapBetween(flat(evaluate(outputs, feeds)), expected)).toBeLessThan(1e-6);
  expect(gapBetween(flat(await runOnnx(outputs, feeds)), expected)).toBeLessThan(1e-6);
});
