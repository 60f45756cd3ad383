import {
  add,
  and,
  cast,
  clip,
  div,
  exp,
  greater,
  less,
  log,
  log1p,
  maximum,
  mul,
  neg,
  rsqrt,
  softplus,
  square,
  stopGradient,
  sub,
  where,
} from '../graph/build/elementwise.ts';
import { gatherAlong } from '../graph/build/indexing.ts';
import { argMax } from '../graph/build/reductions.ts';
import { slice, squeeze } from '../graph/build/shaping.ts';
import type { Tensor } from '../graph/tensor.ts';
import { normal, splitKeyTensor, uniform } from '../random/keys.ts';
import type { ClosedDistribution } from './distribution.ts';
import { digamma, logBeta } from './special.ts';

export interface Beta extends ClosedDistribution<Beta> {
  readonly alpha: Tensor;
  readonly beta: Tensor;
  readonly mean: () => Tensor;
}

// Each proposal is taken with probability above 0.95, so that all are refused less than once in 10¹⁰ draws.
const proposals = 8;
const leastUniform = 2 ** -25;

const keysFrom = (key: Tensor, count: number): Tensor[] => {
  const keys = splitKeyTensor(key, count);
  return Array.from({ length: count }, (_, index) => squeeze(slice(keys, 0, { start: index, end: index + 1 }), 0));
};

/**
 * The logarithm of a gamma variate with scale 1: the first of eight proposals that is accepted.
 *
 * @source Marsaglia, Tsang, "A simple method for generating gamma variables" (2000), section 2, and section 6 for
 * shapes below 1, in logarithms so that small shapes do not vanish.
 */
function sampleLogGamma(key: Tensor, concentration: Tensor): Tensor {
  const [normalKey, uniformKey, boostKey] = keysFrom(key, 3) as [Tensor, Tensor, Tensor];
  const isSmall = less(concentration, 1);
  const raised = where(isSmall, add(concentration, 1), concentration);
  const d = sub(raised, 1 / 3);
  const many = [proposals, ...concentration.shape];
  const noise = normal(normalKey, many);
  const root = add(mul(noise, rsqrt(mul(d, 9))), 1);
  const logCube = mul(log(maximum(root, 1e-12)), 3);
  const cube = mul(root, square(root));
  const bound = add(mul(square(noise), 0.5), mul(d, add(sub(1, cube), logCube)));
  const draws = log(maximum(uniform(uniformKey, many), leastUniform));
  const accepted = and(greater(root, 0), less(draws, bound));
  const first = argMax(cast(accepted, 'int32'), 0, { keepDims: true });
  const logDraw = add(log(d), squeeze(gatherAlong(logCube, first, 0), 0));
  const boost = div(log(maximum(uniform(boostKey, concentration.shape), leastUniform)), concentration);
  return add(logDraw, where(isSmall, boost, 0));
}

/**
 * A number within (0, 1) with density `x^(α−1) (1−x)^(β−1) / B(α, β)`; each element by itself.
 *
 * Samples are `X / (X + Y)` of two gamma variates, and constants: no gradient flows through them.
 *
 * @param alpha and beta have one shape; above 0.
 */
export function betaDistribution(alpha: Tensor, beta: Tensor): Beta {
  const total = add(alpha, beta);
  return {
    isReparameterised: false,
    alpha,
    beta,
    mean: () => div(alpha, total),
    sample: (key) => {
      const [first, second] = keysFrom(key, 2) as [Tensor, Tensor];
      const odds = sub(sampleLogGamma(first, alpha), sampleLogGamma(second, beta));
      // This form of sigmoid(odds) keeps small values, which ONNX Runtime's own does not below 1.5e-8; and the sample is
      // held inside (0, 1), so that both logarithms of the density are finite.
      return stopGradient(clip(exp(neg(softplus(neg(odds)))), 1e-30, 1 - 2 ** -24));
    },
    logProbability: (value) =>
      sub(add(mul(sub(alpha, 1), log(value)), mul(sub(beta, 1), log1p(neg(value)))), logBeta(alpha, beta)),
    entropy: () => {
      const parts = add(mul(sub(alpha, 1), digamma(alpha)), mul(sub(beta, 1), digamma(beta)));
      return add(sub(logBeta(alpha, beta), parts), mul(sub(total, 2), digamma(total)));
    },
    divergence: (other) => {
      const [moreAlpha, moreBeta] = [sub(alpha, other.alpha), sub(beta, other.beta)];
      const constants = sub(logBeta(other.alpha, other.beta), logBeta(alpha, beta));
      const parts = add(mul(moreAlpha, digamma(alpha)), mul(moreBeta, digamma(beta)));
      return sub(add(constants, parts), mul(add(moreAlpha, moreBeta), digamma(total)));
    },
  };
}
