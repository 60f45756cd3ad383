import { largestBet, requireAlpha } from './confidence-sequence.ts';
import type { BoundedOptions, ConfidenceSequence } from './confidence-sequence.ts';

/**
 * Confidence sequence of the mean of bounded observations by hedged bets; narrower than the empirical-Bernstein one, and exact.
 *
 * For each `m` of a grid two gamblers bet on `y − m`: `K±(m) = Π (1 ± λ_i (y_i − m))` with the `λ_i ≤ 1/2` of
 * `createBoundedSequence`: larger bets, which would not lose everything either, made wider intervals of a thousand
 * coins. What has not made either of them `2/α` times as rich stays in the interval; its ends are widened by one step
 * of the grid. Costs `points` steps an observation.
 *
 * @throws RangeError as `createBoundedSequence`; `points` must be 10 or more.
 * @example
 * const sequence = createBettingSequence({ range: [0, 5], points: 500 });
 * for (const stars of [4, 5, 3]) sequence.observe(stars);
 * const { lower, upper } = sequence.interval();
 * @source Waudby-Smith and Ramdas 2023, Estimating means of bounded random variables by betting, theorem 3, equations 26 to 28.
 */
export function createBettingSequence({
  alpha = 0.05,
  sides = 'both',
  tightAt,
  range: [from, to] = [0, 1],
  points = 1_000,
}: BoundedOptions & { readonly points?: number | undefined } = {}): ConfidenceSequence {
  requireAlpha(alpha);
  if (!(from < to)) throw new RangeError(`cannot bound a mean, as its range must not be empty: it is ${from} to ${to}`);
  if (!(points >= 10)) throw new RangeError(`cannot lay a grid, as points must be 10 or more: it is ${points}`);
  const threshold = Math.log((sides === 'both' ? 2 : 1) / alpha);
  const scale = to - from;
  const above = new Float64Array(points + 1);
  const below = new Float64Array(points + 1);
  let [count, sum, squares, variance] = [0, 0, 0, 0.25];
  let [first, last] = [0, points];

  function bet(y: number, amount: number): void {
    for (let at = first; at <= last; at += 1) {
      const m = at / points;
      above[at] = (above[at] ?? 0) + Math.log1p(amount * (y - m));
      below[at] = (below[at] ?? 0) + Math.log1p(-amount * (y - m));
    }
    // Those at the left are refuted by who bets that the mean is above them.
    if (sides !== 'upper') while (first < last && (above[first] ?? 0) >= threshold) first += 1;
    if (sides !== 'lower') while (last > first && (below[last] ?? 0) >= threshold) last -= 1;
  }

  return {
    get count() {
      return count;
    },
    observe(value) {
      if (!(value >= from && value <= to))
        throw new RangeError(`cannot take an observation, as it must lie in ${from} to ${to}: it is ${value}`);
      const y = (value - from) / scale;
      count += 1;
      const horizon = tightAt ?? count * Math.log(1 + count);
      bet(y, Math.min(Math.sqrt((2 * threshold) / (variance * horizon)), largestBet));
      sum += y;
      squares += (y - (0.5 + sum) / (count + 1)) ** 2;
      variance = (0.25 + squares) / (count + 1);
    },
    interval: () => ({
      estimate: count === 0 ? NaN : from + (scale * sum) / count,
      lower: sides === 'upper' ? -Infinity : from + (scale * Math.max(0, first - 1)) / points,
      upper: sides === 'lower' ? Infinity : from + (scale * Math.min(points, last + 1)) / points,
    }),
  };
}
