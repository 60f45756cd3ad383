import { requireAlpha } from './confidence-sequence.ts';
import type { BoundedOptions, ConfidenceSequence } from './confidence-sequence.ts';

/** Bets 1/2, 1/4, … of equal weight: between two of them the interval is at most 2 % wider than at the best bet. */
const bets = Float64Array.from({ length: 14 }, (_, place) => 2 ** -(place + 1));
const costs = bets.map((bet) => -Math.log1p(-bet) - bet);
const logWeight = -Math.log(bets.length);

/**
 * Evidence that a mean is above what was supposed, of expectation at most 1 where it is not:
 * `log Σ_k w_k exp(λ_k S − ψ(λ_k) V)`, with `ψ(λ) = −log(1 − λ) − λ`, in nats.
 *
 * @param sum `S`: what was observed less what was supposed, summed; no observation is below its prediction by more than 1.
 * @param squares `V`: squared distances of the observations from predictions made before them, summed.
 * @source Howard, Ramdas, McAuliffe and Sekhon 2021, Time-uniform, nonparametric, nonasymptotic confidence sequences,
 *   theorem 4 with a discrete mixture; Fan, Grama and Liu 2015 for the inequality.
 */
export function boundedLogEvidence(sum: number, squares: number): number {
  let largest = -Infinity;
  for (let place = 0; place < bets.length; place += 1)
    largest = Math.max(largest, (bets[place] ?? 0) * sum - (costs[place] ?? 0) * squares);
  let total = 0;
  for (let place = 0; place < bets.length; place += 1)
    total += Math.exp((bets[place] ?? 0) * sum - (costs[place] ?? 0) * squares - largest);
  return largest + Math.log(total) + logWeight;
}

/**
 * The sum that `boundedLogEvidence` makes `log(1/α)` of: a sum of that many squares ever passes it with probability `α` at most.
 *
 * @throws RangeError where `alpha` is not in (0, 1).
 */
export function boundedBoundary(squares: number, alpha: number): number {
  requireAlpha(alpha);
  const threshold = Math.log(1 / alpha);
  let sum = Infinity;
  for (let place = 0; place < bets.length; place += 1)
    sum = Math.min(sum, (threshold - logWeight + (costs[place] ?? 0) * squares) / (bets[place] ?? 1));
  // Evidence is convex and grows with the sum, and one bet alone is enough here: Newton's steps come down to the boundary.
  for (let step = 0; step < 60; step += 1) {
    const { excess, slope } = above(sum, squares, threshold);
    const next = sum - excess / slope;
    if (!(next < sum) || sum - next < 1e-12 * sum) return sum;
    sum = next;
  }
  return sum;
}

function above(sum: number, squares: number, threshold: number): { readonly excess: number; readonly slope: number } {
  let largest = -Infinity;
  for (let place = 0; place < bets.length; place += 1)
    largest = Math.max(largest, (bets[place] ?? 0) * sum - (costs[place] ?? 0) * squares);
  let [total, weighted] = [0, 0];
  for (let place = 0; place < bets.length; place += 1) {
    const bet = bets[place] ?? 0;
    const share = Math.exp(bet * sum - (costs[place] ?? 0) * squares - largest);
    total += share;
    weighted += bet * share;
  }
  return { excess: largest + Math.log(total) + logWeight - threshold, slope: weighted / total };
}

/** A sequence that tells as well how much there is against one value of the mean. */
export interface TestingSequence extends ConfidenceSequence {
  /** Valid at whatever count one stops: two-sided, `min(1, 1 / (½ (M₊ + M₋)))`, from what is known now. */
  pValue(mean: number): number;
}

/**
 * Exact confidence sequence of the mean of bounded observations by a mixture of bets; narrow at every count without tuning.
 *
 * The interval is `Σ y / n ± u(V) / n` in units of the range, with `u` of `boundedBoundary` and `V = Σ (y_i − μ̂_{i−1})²`.
 * An observation costs four operations; the boundary is computed where the interval is asked for.
 *
 * @throws RangeError where `alpha` is not in (0, 1), or the range is empty; on `observe`, where a value lies outside it.
 * @example
 * const sequence = createBoundedMixture({ range: [-1, 1] });
 * for (const difference of [0.5, -0.25, 1]) sequence.observe(difference);
 * const { lower, upper } = sequence.interval();
 */
export function createBoundedMixture({
  alpha = 0.05,
  sides = 'both',
  range: [from, to] = [0, 1],
}: Omit<BoundedOptions, 'tightAt'> = {}): TestingSequence {
  requireAlpha(alpha);
  if (!(from < to)) throw new RangeError(`cannot bound a mean, as its range must not be empty: it is ${from} to ${to}`);
  const scale = to - from;
  const spent = sides === 'both' ? alpha / 2 : alpha;
  let [count, sum, squares] = [0, 0, 0];
  let lower = sides === 'upper' ? -Infinity : from;
  let upper = sides === 'lower' ? Infinity : to;
  return {
    get count() {
      return count;
    },
    observe(value) {
      if (!(value >= from && value <= to))
        throw new RangeError(`cannot take an observation, as it must lie in ${from} to ${to}: it is ${value}`);
      const y = (value - from) / scale;
      squares += (y - (0.5 + sum) / (count + 1)) ** 2;
      count += 1;
      sum += y;
    },
    interval() {
      if (count === 0) return { estimate: NaN, lower, upper };
      const boundary = boundedBoundary(squares, spent);
      if (sides !== 'upper') lower = Math.max(lower, from + (scale * (sum - boundary)) / count);
      if (sides !== 'lower') upper = Math.min(upper, from + (scale * (sum + boundary)) / count);
      return { estimate: from + (scale * sum) / count, lower, upper };
    },
    pValue(mean) {
      const beyond = sum - (count * (mean - from)) / scale;
      const [high, low] = [boundedLogEvidence(beyond, squares), boundedLogEvidence(-beyond, squares)];
      const largest = Math.max(high, low);
      return Math.min(1, Math.exp(Math.LN2 - largest - Math.log(Math.exp(high - largest) + Math.exp(low - largest))));
    },
  };
}
