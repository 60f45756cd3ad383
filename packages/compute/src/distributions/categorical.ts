import { add, exp, log, maximum, mul, neg, sub } from '../graph/build/elementwise.ts';
import { gatherAlong } from '../graph/build/indexing.ts';
import { logSoftmax } from '../graph/build/normalising.ts';
import { argMax, sum } from '../graph/build/reductions.ts';
import { expandDims, squeeze } from '../graph/build/shaping.ts';
import type { Tensor } from '../graph/tensor.ts';
import { uniform } from '../random/keys.ts';
import type { ClosedDistribution } from './distribution.ts';

export interface Categorical extends ClosedDistribution<Categorical> {
  /** `ln p` of every choice: [..., choices]. */
  readonly logProbabilities: Tensor;
  /** The likeliest choice, the first of equals: int64 [...]. */
  readonly mode: () => Tensor;
}

const overChoices = (terms: Tensor): Tensor => sum(terms, { axes: -1 });

// The least draw that is not 0: ln of it is finite.
const least = 2 ** -25;

/**
 * A choice of one among several: `p = softmax(logits)`.
 *
 * Samples are int64 [...], drawn as `argmax(logits − ln(−ln u))`; draws `u` have 24 bits, so that choices rarer than
 * about 10⁻⁷ come too seldom.
 *
 * @param logits [..., choices]; one far below the others, such as −10³⁰, is never chosen.
 * @source Gumbel (1954), as in Maddison, Tarlow, Minka, "A* sampling" (2014), section 2.
 */
export function categorical(logits: Tensor): Categorical {
  const logProbabilities = logSoftmax(logits);
  return {
    isReparameterised: false,
    logProbabilities,
    mode: () => argMax(logits),
    sample: (key) => {
      const draws = maximum(uniform(key, logits.shape), least);
      return argMax(add(logits, neg(log(neg(log(draws))))));
    },
    logProbability: (choice) => squeeze(gatherAlong(logProbabilities, expandDims(choice, -1)), -1),
    entropy: () => neg(overChoices(mul(exp(logProbabilities), logProbabilities))),
    divergence: (other) => overChoices(mul(exp(logProbabilities), sub(logProbabilities, other.logProbabilities))),
  };
}
