import { add, cast, less, mul, neg, sigmoid, softplus, sub } from '../graph/build/elementwise.ts';
import type { Tensor } from '../graph/tensor.ts';
import { uniform } from '../random/keys.ts';
import type { ClosedDistribution } from './distribution.ts';

export interface Bernoulli extends ClosedDistribution<Bernoulli> {
  /** The logarithm of the odds of 1. */
  readonly logits: Tensor;
  /** The probability of 1. */
  readonly mean: () => Tensor;
}

/**
 * 1 with probability `sigmoid(logits)`, else 0; each element by itself.
 *
 * @param logits of any shape; samples have the same shape and element type.
 */
export function bernoulli(logits: Tensor): Bernoulli {
  const mean = (): Tensor => sigmoid(logits);
  return {
    isReparameterised: false,
    logits,
    mean,
    sample: (key) => cast(less(uniform(key, logits.shape), mean()), logits.dtype),
    // x ln p + (1 − x) ln(1 − p) = x · logit − ln(1 + exp(logit))
    logProbability: (value) => sub(mul(value, logits), softplus(logits)),
    entropy: () => sub(softplus(logits), mul(mean(), logits)),
    divergence: (other) =>
      add(mul(mean(), sub(logits, other.logits)), add(neg(softplus(logits)), softplus(other.logits))),
  };
}
