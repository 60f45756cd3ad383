import { normalQuantile } from '../../math/index.ts';
import { generationDefaults } from './defaults.ts';

/** Whether values go up and down from one generation to the next. */
export interface Oscillation {
  /** Generations whose values were used. */
  readonly generations: number;
  /** Lag-1 autocorrelation of the values; `null` of fewer generations than are asked for, or where all are equal. */
  readonly autocorrelation: number | null;
  /** Interval of it, free of the bias that few values have. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly level: number;
  readonly oscillating: boolean;
}

/**
 * Tells whether the newest values go up and down: whether their lag-1 autocorrelation
 * `r = Σ (v_t − v̄)(v_{t+1} − v̄) / Σ (v_t − v̄)²` lies below what n independent values have, which is `−1/n` in the mean.
 * The levels count, not their differences: those of independent values have −1/2 already.
 *
 * @param values of each generation, oldest first.
 * @source Dufour and Roy 1985, Some robust exact results on sample autocorrelations and tests of randomness: the variance of r.
 */
export function oscillationOf(values: readonly number[]): Oscillation {
  const { oscillationLevel: level, leastGenerations, mostGenerations } = generationDefaults;
  const used = values.slice(-mostGenerations);
  const n = used.length;
  const r = n < leastGenerations ? NaN : lagOne(used);
  if (Number.isNaN(r))
    return { generations: n, autocorrelation: null, lower: null, upper: null, level, oscillating: false };
  const radius = normalQuantile(0.5 + level / 2) * Math.sqrt(varianceOfLagOne(n));
  const [lower, upper] = [r + 1 / n - radius, r + 1 / n + radius];
  return { generations: n, autocorrelation: r, lower, upper, level, oscillating: upper < 0 };
}

function lagOne(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [squares, products] = [0, 0];
  values.forEach((value, place) => {
    squares += (value - mean) ** 2;
    const next = values[place + 1];
    if (next !== undefined) products += (value - mean) * (next - mean);
  });
  // Equal values differ from their mean by rounding alone.
  return squares <= values.length * (1e-12 * mean) ** 2 ? NaN : products / squares;
}

/** Of the lag-1 autocorrelation of n independent normal values. */
function varianceOfLagOne(n: number): number {
  return (n ** 4 - 4 * n ** 3 + 3 * n ** 2 + 4 * n - 4) / ((n + 1) * n ** 2 * (n - 1) ** 2);
}
