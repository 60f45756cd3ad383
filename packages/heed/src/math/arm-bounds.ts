/**
 * UCB1's bonus: `c √(2 log t / n)`.
 *
 * @param plays n, of this arm, above 0.
 * @param total t, of all arms, at least 1.
 * @source Auer, Cesa-Bianchi, Fischer 2002, Finite-time analysis of the multiarmed bandit problem, figure 1.
 */
export function ucb1Bonus(plays: number, total: number, scale: number): number {
  return scale * Math.sqrt((2 * Math.log(Math.max(1, total))) / plays);
}

/** Relative entropy of two coins, in nats: `p log(p/q) + (1 − p) log((1 − p)/(1 − q))`. */
export function coinEntropy(p: number, q: number): number {
  return Math.max(0, entropyPart(p, q) + entropyPart(1 - p, 1 - q));
}

function entropyPart(p: number, q: number): number {
  if (p === 0) return 0;
  return q === 0 ? Infinity : p * Math.log(p / q);
}

/**
 * KL-UCB's index: the largest q in [mean, 1] with `n · kl(mean, q) ≤ level`.
 *
 * @param mean in [0, 1].
 * @param plays n, above 0.
 * @param level `log t + c log log t`, not negative.
 * @source Garivier, Cappé 2011, The KL-UCB algorithm for bounded stochastic bandits and beyond, algorithm 1.
 */
export function klUpperBound(mean: number, plays: number, level: number): number {
  let [low, high] = [mean, 1];
  for (let turn = 0; turn < 50; turn += 1) {
    const middle = (low + high) / 2;
    if (plays * coinEntropy(mean, middle) <= level) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * EXP3's probabilities from estimated cumulative losses: `p_a ∝ exp(−η L_a)`.
 * @param rate η, not negative.
 */
export function expWeights(losses: Float64Array, rate: number): Float64Array {
  const least = losses.reduce((smallest, loss) => Math.min(smallest, loss), Infinity);
  const weights = losses.map((loss) => Math.exp(-rate * (loss - least)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
