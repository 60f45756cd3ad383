import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { leavesOf, withLeaves, type Tree } from '../graph/tree.ts';
import { changeValues, valuesOf, type Values } from '../nn/values.ts';
import { optimizerStates, type OptimizerRule } from '../runtime/optimizer.ts';
import { graphArithmetic, hostArithmetic, hostScalar } from './arithmetic.ts';
import { leafUpdate } from './rules.ts';

/** What a rule keeps beside the parameters: trees of their form, by the names in `optimizerStates`. */
export type OptimizerState<Params> = Readonly<Record<string, Params>>;

/** The state before the first step: zeros. */
export function initOptimizerState<T extends Values>(rule: OptimizerRule, parameters: T): OptimizerState<T> {
  const zeros = (): T => changeValues(parameters, (value) => ({ ...value, data: new Float64Array(value.data.length) }));
  return Object.fromEntries(optimizerStates[rule.kind].map((name) => [name, zeros()]));
}

export interface OptimizerInput<Params, Scalar> {
  readonly parameters: Params;
  readonly gradients: Params;
  readonly state: OptimizerState<Params>;
  readonly learningRate: Scalar;
  /** The number of the step, from 1: Adam corrects its averages by it. */
  readonly step: Scalar;
  /** Which parameters weight decay touches, by their paths; by default all. */
  readonly decays?: (path: string) => boolean;
}

export interface OptimizerOutput<Params> {
  readonly parameters: Params;
  readonly state: OptimizerState<Params>;
}

/**
 * One step of an optimiser in a graph: new parameters and new state, nothing being changed.
 *
 * - sgd: `g ← g + λp; v ← μv + g; p ← p − η(v, or g + μv with Nesterov)`
 * - adam: `m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p(1−ηλ) − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`
 * - rmsprop: `v ← αv + (1−α)g²; p ← p − ηg / (√v + ε)`
 * - adagrad: `v ← v + g²; p ← p − ηg / (√v + ε)`
 *
 * @param input `learningRate` and `step` are float32 without axes, or numbers.
 * @source Sutskever et al. (2013), eq. 1–2, in the form of PyTorch (SGD); Kingma, Ba (2015), algorithm 1 (Adam);
 * Loshchilov, Hutter (2019), algorithm 2 (AdamW); Tieleman, Hinton, lecture 6e (2012) (RMSprop); Duchi, Hazan, Singer
 * (2011), figure 1, diagonal (AdaGrad).
 * @example
 * const values = initMlp(key(1), [2, 8, 1]);
 * const rule = { kind: 'adam' } as const;
 * const parameters = parametersFor(values);
 * const state = { first: parametersFor(values, 'first'), second: parametersFor(values, 'second') };
 * const gradients = grad((p: typeof parameters) => mean(square(applyMlp(p, parameter('x', ['B', 2])))))(parameters);
 * const next = optimizerStep(rule, { parameters, gradients, state, learningRate: 0.001, step: parameter('step', []) });
 */
export function optimizerStep<Params extends Tree>(
  rule: OptimizerRule,
  input: OptimizerInput<Params, Tensor | number>,
): OptimizerOutput<Params> {
  const { decays = () => true } = input;
  const update = leafUpdate(rule, graphArithmetic, input.learningRate, input.step);
  const names = optimizerStates[rule.kind];
  const gradients = leavesOf(input.gradients);
  const states = names.map((name) => leavesOf(input.state[name] as Params));
  const updated = leavesOf(input.parameters).map(({ path, tensor }, index) =>
    update({
      parameter: tensor,
      gradient: gradients[index]?.tensor as Tensor,
      state: states.map((leaves) => leaves[index]?.tensor as Tensor),
      decays: decays(path),
    }),
  );
  const rebuilt = (pick: (leaf: (typeof updated)[number]) => Tensor | number | undefined): Params =>
    withLeaves(
      input.parameters,
      updated.map((leaf) => pick(leaf) as Tensor),
    );
  const state = Object.fromEntries(names.map((name, slot) => [name, rebuilt((leaf) => leaf.state[slot])]));
  return { parameters: rebuilt((leaf) => leaf.parameter), state };
}

/**
 * The same step on arrays in memory, in float32 arithmetic: slow, for tests and for tiny models.
 */
export function optimizerStepOnHost<T extends Values>(
  rule: OptimizerRule,
  input: OptimizerInput<T, number>,
): OptimizerOutput<T> {
  const { decays = () => true } = input;
  const update = leafUpdate(rule, hostArithmetic, hostScalar(input.learningRate), hostScalar(input.step));
  const names = optimizerStates[rule.kind];
  const gradients = valuesOf(input.gradients);
  const states = names.map((name) => valuesOf(input.state[name] as T));
  const updated = new Map(
    valuesOf(input.parameters).map(({ path, value }, index) => [
      path,
      update({
        parameter: value,
        gradient: gradients[index]?.value as HostArray,
        state: states.map((leaves) => leaves[index]?.value as HostArray),
        decays: decays(path),
      }),
    ]),
  );
  const rebuilt = (pick: (path: string) => HostArray | undefined): T =>
    changeValues(input.parameters, (_, path) => pick(path) as HostArray);
  const state = Object.fromEntries(
    names.map((name, slot) => [name, rebuilt((path) => updated.get(path)?.state[slot])]),
  );
  return { parameters: rebuilt((path) => updated.get(path)?.parameter), state };
}
