import { optimizerDefaults, type OptimizerRule } from '../runtime/optimizer.ts';
import type { Arithmetic } from './arithmetic.ts';

/** One parameter with its gradient, and what the rule keeps beside it, in the order of `optimizerStates`. */
export interface Leaf<Value> {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly state: readonly Value[];
  /** Whether weight decay touches it. */
  readonly decays: boolean;
}

export interface Updated<Value> {
  readonly parameter: Value;
  readonly state: readonly Value[];
}

export type LeafUpdate<Value> = (leaf: Leaf<Value>) => Updated<Value>;

/**
 * One step of an optimiser, as the function that updates each parameter.
 *
 * @param step the number of the step, from 1.
 * @source Sutskever et al. (2013), eq. 1–2, in the form of PyTorch (SGD); Kingma, Ba (2015), algorithm 1 (Adam);
 * Loshchilov, Hutter (2019), algorithm 2 (AdamW); Tieleman, Hinton, lecture 6e (2012) (RMSprop); Duchi, Hazan, Singer
 * (2011), figure 1, diagonal (AdaGrad).
 */
export function leafUpdate<Value>(
  rule: OptimizerRule,
  arithmetic: Arithmetic<Value>,
  learningRate: Value,
  step: Value,
): LeafUpdate<Value> {
  switch (rule.kind) {
    case 'sgd':
      return momentumUpdate(rule, arithmetic, learningRate);
    case 'adam':
      return adamUpdate(rule, arithmetic, learningRate, step);
    case 'rmsprop': {
      const { alpha, epsilon, weightDecay } = { ...optimizerDefaults.rmsprop, ...rule };
      return squareUpdate(arithmetic, learningRate, { keep: alpha, take: 1 - alpha, epsilon, weightDecay });
    }
    case 'adagrad': {
      const { epsilon, weightDecay } = { ...optimizerDefaults.adagrad, ...rule };
      return squareUpdate(arithmetic, learningRate, { keep: 1, take: 1, epsilon, weightDecay });
    }
  }
}

/** `g + λp`: decay as the gradient of a penalty. */
function decayed<Value>(arithmetic: Arithmetic<Value>, weightDecay: number, leaf: Leaf<Value>): Value {
  if (!leaf.decays || weightDecay === 0) return leaf.gradient;
  const { add, mul, scalar } = arithmetic;
  return add(leaf.gradient, mul(scalar(weightDecay), leaf.parameter));
}

/** `keep · old + take · now` */
function blend<Value>(
  arithmetic: Arithmetic<Value>,
  [keep, old]: [number, Value],
  [take, now]: [number, Value],
): Value {
  const { add, mul, scalar } = arithmetic;
  const part = (factor: number, value: Value): Value => (factor === 1 ? value : mul(scalar(factor), value));
  return add(part(keep, old), part(take, now));
}

/** `v ← μv + g; p ← p − η(v, or g + μv with Nesterov)` */
function momentumUpdate<Value>(
  rule: OptimizerRule & { readonly kind: 'sgd' },
  arithmetic: Arithmetic<Value>,
  learningRate: Value,
): LeafUpdate<Value> {
  const { momentum, nesterov, weightDecay } = { ...optimizerDefaults.sgd, ...rule };
  const { sub, mul } = arithmetic;
  return (leaf) => {
    const gradient = decayed(arithmetic, weightDecay, leaf);
    const velocity = blend(arithmetic, [momentum, leaf.state[0] as Value], [1, gradient]);
    const direction = nesterov ? blend(arithmetic, [1, gradient], [momentum, velocity]) : velocity;
    return { parameter: sub(leaf.parameter, mul(learningRate, direction)), state: [velocity] };
  };
}

/** `m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p(1−ηλ) − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)` */
function adamUpdate<Value>(
  rule: OptimizerRule & { readonly kind: 'adam' },
  arithmetic: Arithmetic<Value>,
  learningRate: Value,
  step: Value,
): LeafUpdate<Value> {
  const { beta1, beta2, epsilon, weightDecay, decoupled } = { ...optimizerDefaults.adam, ...rule };
  const { add, sub, mul, div, sqrt, scalar, powerComplement } = arithmetic;
  const stepSize = div(learningRate, powerComplement(beta1, step));
  const rootScale = div(scalar(1), sqrt(powerComplement(beta2, step)));
  const keep = sub(scalar(1), mul(learningRate, scalar(weightDecay)));
  return (leaf) => {
    const gradient = decayed(arithmetic, decoupled ? 0 : weightDecay, leaf);
    const first = blend(arithmetic, [beta1, leaf.state[0] as Value], [1 - beta1, gradient]);
    const second = blend(arithmetic, [beta2, leaf.state[1] as Value], [1 - beta2, mul(gradient, gradient)]);
    const direction = div(first, add(mul(sqrt(second), rootScale), scalar(epsilon)));
    const shrinks = decoupled && leaf.decays && weightDecay !== 0;
    const parameter = shrinks ? mul(leaf.parameter, keep) : leaf.parameter;
    return { parameter: sub(parameter, mul(stepSize, direction)), state: [first, second] };
  };
}

/** `v ← keep · v + take · g²; p ← p − ηg / (√v + ε)` */
function squareUpdate<Value>(
  arithmetic: Arithmetic<Value>,
  learningRate: Value,
  rule: { readonly keep: number; readonly take: number; readonly epsilon: number; readonly weightDecay: number },
): LeafUpdate<Value> {
  const { add, sub, mul, div, sqrt, scalar } = arithmetic;
  return (leaf) => {
    const gradient = decayed(arithmetic, rule.weightDecay, leaf);
    const squares = blend(arithmetic, [rule.keep, leaf.state[0] as Value], [rule.take, mul(gradient, gradient)]);
    const direction = div(gradient, add(sqrt(squares), scalar(rule.epsilon)));
    return { parameter: sub(leaf.parameter, mul(learningRate, direction)), state: [squares] };
  };
}
