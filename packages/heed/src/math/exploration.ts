/**
 * SquareCB over the items not yet taken: `p_a = 1 / (n + γ (s_max − s_a))`, the rest to the first of the best.
 *
 * @param scores in units of the declared reward range.
 * @param gamma 0 is uniform; the larger, the greedier.
 * @param taken 1 where the item is out of play.
 * @source Foster, Rakhlin 2020, Beyond UCB, algorithm 1 (with μ = number of actions); Abe, Long 1999.
 */
export function squareCbNext(scores: Float64Array, gamma: number, taken: Uint8Array): Float64Array {
  const { best, left } = bestOf(scores, taken);
  const probabilities = new Float64Array(scores.length);
  let others = 0;
  for (let index = 0; index < scores.length; index += 1) {
    if (taken[index] === 1 || index === best) continue;
    const probability = 1 / (left + gamma * ((scores[best] ?? 0) - (scores[index] ?? 0)));
    probabilities[index] = probability;
    others += probability;
  }
  if (best >= 0) probabilities[best] = 1 - others;
  return probabilities;
}

/** The two rules that go by the name of FastCB: by the least loss, or by the largest reward. */
export type FastCbForm = 'loss' | 'reward';

/** FastCB takes expected rewards to lie this far within [0, 1]. */
const fastCbMargin = 1e-6;

/**
 * FastCB over the items not yet taken, the rest to the first of the best, b. With f the rewards cut to
 * [10⁻⁶, 1 − 10⁻⁶]:
 *
 *     loss:    y = 1 − f,  p_a = y_b / (n y_b + γ (y_a − y_b))
 *     reward:              p_a = f_b / (n f_b + γ (f_b − f_a))
 *
 * The first explores little where the best item is nearly sure to please; the second where even the best seldom does.
 *
 * @param rewards expected rewards, in widths of the declared range above its lower end.
 * @param gamma 0 is uniform; the larger, the greedier.
 * @param taken 1 where the item is out of play.
 * @source Foster, Krishnamurthy 2021, Efficient first-order contextual bandits, algorithm 1 (loss).
 */
export function fastCbNext(
  rewards: Float64Array,
  gamma: number,
  taken: Uint8Array,
  form: FastCbForm = 'loss',
): Float64Array {
  const clamped = rewards.map((reward) => Math.min(1 - fastCbMargin, Math.max(fastCbMargin, reward)));
  // The best is found before the cut, which may make several equal.
  const { best, left } = bestOf(rewards, taken);
  const top = clamped[best] ?? 0;
  const scale = form === 'loss' ? 1 - top : top;
  const probabilities = new Float64Array(rewards.length);
  let others = 0;
  for (let index = 0; index < rewards.length; index += 1) {
    if (taken[index] === 1 || index === best) continue;
    const probability = scale / (left * scale + gamma * (top - (clamped[index] ?? 0)));
    probabilities[index] = probability;
    others += probability;
  }
  if (best >= 0) probabilities[best] = 1 - others;
  return probabilities;
}

/** The best of the items not yet taken has probability 1; equals share it. */
export function greedyNext(scores: Float64Array, taken: Uint8Array): Float64Array {
  const { best } = bestOf(scores, taken);
  const isBest = scores.map((score, index) => (taken[index] !== 1 && score === scores[best] ? 1 : 0));
  const ties = isBest.reduce((count, flag) => count + flag, 0);
  return isBest.map((flag) => flag / ties);
}

/**
 * SquareCB's γ after `examples` examples: `scale · examples^exponent`.
 *
 * @source Foster, Rakhlin 2020, Beyond UCB, theorem 1: exponent 1/2 for a finite class of models.
 */
export function squareCbGamma(scale: number, exponent: number, examples: number): number {
  return scale * examples ** exponent;
}

/**
 * What online cover gives to every action at least: `min(1/K, 1/√(K t))` after t − 1 examples.
 * @source Bietti, Agarwal, Langford 2021, A contextual bandit bake-off, algorithm 6.
 */
export function coverLeast(count: number, examples: number): number {
  return Math.min(1 / count, 1 / Math.sqrt(count * Math.max(1, examples)));
}

/**
 * The uniform branch's share in a mixture, so that each of `count` items has at least the probability `least`:
 * `min(1, max(own, count · least))`. A share u gives every item u/count, and `(1 − u) p + u/count` overall.
 */
export function uniformShare(own: number, least: number, count: number): number {
  return Math.min(1, Math.max(own, count * least));
}

function bestOf(scores: Float64Array, taken: Uint8Array): { best: number; left: number } {
  let best = -1;
  let left = 0;
  for (let index = 0; index < scores.length; index += 1) {
    if (taken[index] === 1) continue;
    left += 1;
    if (best < 0 || (scores[index] ?? 0) > (scores[best] ?? 0)) best = index;
  }
  return { best, left };
}
