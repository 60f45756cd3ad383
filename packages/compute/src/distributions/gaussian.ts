import { add, clip, exp, log1p, mul, neg, softplus, square, sub, tanh } from '../graph/build/elementwise.ts';
import { sum } from '../graph/build/reductions.ts';
import type { Tensor } from '../graph/tensor.ts';
import { normal } from '../random/keys.ts';
import type { ClosedDistribution, Distribution } from './distribution.ts';

export interface DiagonalGaussian extends ClosedDistribution<DiagonalGaussian> {
  readonly mean: Tensor;
  readonly logDeviation: Tensor;
}

const overFeatures = (terms: Tensor): Tensor => sum(terms, { axes: -1 });

/**
 * Independent normal features: one draw is a vector along the last axis.
 *
 * Samples are `mean + exp(logDeviation) · noise`, so gradients flow to both.
 *
 * @param mean [..., features].
 * @param logDeviation the logarithm of the standard deviation, of a shape that broadcasts to that of the mean.
 * @source Kingma, Welling, "Auto-encoding variational Bayes" (2014), section 2.4 (samples) and appendix B (divergence).
 */
export function diagonalGaussian(mean: Tensor, logDeviation: Tensor): DiagonalGaussian {
  const standardised = (value: Tensor): Tensor => mul(sub(value, mean), exp(neg(logDeviation)));
  // Deviations that features share are counted for each feature.
  const logDeviations = add(mul(mean, 0), logDeviation);
  return {
    isReparameterised: true,
    mean,
    logDeviation,
    sample: (key) => add(mean, mul(exp(logDeviation), normal(key, mean.shape))),
    logProbability: (value) =>
      overFeatures(sub(mul(square(standardised(value)), -0.5), add(logDeviation, 0.5 * Math.log(2 * Math.PI)))),
    entropy: () => overFeatures(add(logDeviations, 0.5 * Math.log(2 * Math.PI * Math.E))),
    divergence: (other) => {
      const widening = sub(logDeviations, other.logDeviation);
      const distance = mul(sub(mean, other.mean), exp(neg(other.logDeviation)));
      const squares = add(exp(mul(widening, 2)), square(distance));
      return overFeatures(sub(mul(sub(squares, 1), 0.5), widening));
    },
  };
}

export interface TanhGaussian extends Distribution {
  /** The normal distribution before it is squashed. */
  readonly base: DiagonalGaussian;
  /** A draw with its log-density, which is exact however close to ±1 the draw is. */
  readonly sampleWithLogProbability: (key: Tensor) => { readonly sample: Tensor; readonly logProbability: Tensor };
  /** An estimate of the entropy from one draw: it has no closed form. */
  readonly estimateEntropy: (key: Tensor) => Tensor;
  readonly divergence: (other: TanhGaussian) => Tensor;
}

// Values are held so far inside of ±1: atanh of what float32 holds is finite.
const margin = 1e-6;

/**
 * The hyperbolic tangent of independent normal features: vectors within (−1, 1).
 *
 * The density is that of the normal, less `Σ ln(1 − tanh²(u))`, written `2 (ln 2 − u − softplus(−2u))`.
 * As squashing can be undone, divergences are those of the normal distributions.
 *
 * @param mean and logDeviation are those before squashing, as for `diagonalGaussian`.
 * @source Haarnoja et al., "Soft actor-critic" (2018), appendix C, eq. 20–21; `logProbability` of a value within 10⁻⁶ of
 * ±1 is that of the value 10⁻⁶ inside.
 * @example
 * const policy = tanhGaussian(parameter('mean', ['B', 6]), parameter('logDeviation', ['B', 6]));
 * const { sample, logProbability } = policy.sampleWithLogProbability(keyTensor(key(1)));
 */
export function tanhGaussian(mean: Tensor, logDeviation: Tensor): TanhGaussian {
  const base = diagonalGaussian(mean, logDeviation);
  const logProbabilityBefore = (u: Tensor): Tensor => {
    const slopes = mul(sub(Math.LN2, add(u, softplus(mul(u, -2)))), 2);
    return sub(base.logProbability(u), overFeatures(slopes));
  };
  const sampleWithLogProbability: TanhGaussian['sampleWithLogProbability'] = (key) => {
    const u = base.sample(key);
    return { sample: tanh(u), logProbability: logProbabilityBefore(u) };
  };
  return {
    isReparameterised: true,
    base,
    sampleWithLogProbability,
    sample: (key) => tanh(base.sample(key)),
    logProbability: (value) => {
      const inside = clip(value, -1 + margin, 1 - margin);
      return logProbabilityBefore(mul(sub(log1p(inside), log1p(neg(inside))), 0.5));
    },
    estimateEntropy: (key) => neg(sampleWithLogProbability(key).logProbability),
    divergence: (other) => base.divergence(other.base),
  };
}
