import { studentQuantile } from './student.ts';

/** Two ends of an interval. */
export interface Ends {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Interval by Student's distribution: `value ± t · error`.
 *
 * @param error standard error of the value, see `standardError`.
 * @param degrees of freedom to which that is known: `C − 1` for C alike clusters, see `varianceDegrees`.
 * @param level in (0, 1), as 0.95.
 */
export function studentInterval(value: number, error: number, degrees: number, level: number): Ends {
  const radius = error * studentQuantile(0.5 + level / 2, degrees);
  return { lower: value - radius, upper: value + radius };
}

/**
 * Standard error of an estimate that is a sum of independent contributions: `√(C / (C − 1) Σ ψ_c²)`; NaN for fewer than two.
 *
 * @param squares `Σ ψ_c²`, with one ψ per independent cluster: how much the estimate moved by it; they sum to 0.
 * @source Liang and Zeger 1986, Longitudinal data analysis using generalized linear models; with the usual small-sample factor.
 */
export function standardError(squares: number, clusters: number): number {
  return clusters < 2 ? NaN : Math.sqrt((squares * clusters) / (clusters - 1));
}

/** Sums of the powers of independent contributions to an estimate. */
export interface InfluencePowers {
  readonly squares: number;
  readonly cubes: number;
  readonly fourths: number;
}

/** `Σ ψ²`, `Σ ψ³`, `Σ ψ⁴`. */
export function powersOf(influences: Float64Array): InfluencePowers {
  let [squares, cubes, fourths] = [0, 0, 0];
  for (let index = 0; index < influences.length; index += 1) {
    const influence = influences[index] ?? 0;
    const square = influence * influence;
    squares += square;
    cubes += square * influence;
    fourths += square * square;
  }
  return { squares, cubes, fourths };
}

/**
 * `Σ ψ³ / (Σ ψ²)^1.5`: skewness of an estimate that is a sum of independent contributions, 0 for a normal one.
 * Not a number where all are 0.
 */
export function estimateSkewness({ squares, cubes }: InfluencePowers): number {
  return cubes / squares ** 1.5;
}

/** `Σ ψ⁴ / (Σ ψ²)²`: 1 where one cluster decides everything, about 3 / C for normal ones. Not a number where all are 0. */
export function concentrationOf({ squares, fourths }: InfluencePowers): number {
  return fourths / squares ** 2;
}

/**
 * Degrees of freedom that a variance is known to, `2 / (k − 1 / C)`, from 1 to `C − 1`: those of a χ² distribution with the same
 * mean and variance as the estimate of the variance, which are few where a few clusters decide it.
 *
 * @param concentration `k`, see `concentrationOf`.
 * @source Satterthwaite 1946, An approximate distribution of estimates of variance components; with `σ⁴ (κ + 2) / C` for the
 * variance of a sample's variance, where κ is the excess.
 */
export function varianceDegrees(concentration: number, clusters: number): number {
  const beyond = Math.max(concentration - 1 / clusters, Number.MIN_VALUE);
  return Math.min(Math.max(2 / beyond, 1), Math.max(clusters - 1, 1));
}

/**
 * Empirical-Bernstein interval of a mean of independent bounded observations, without any limit theorem:
 * `mean ± (√(2 V log(4/α) / n) + 7 (b − a) log(4/α) / (3 (n − 1)))`.
 *
 * @param variance the sample's, with n − 1.
 * @param width `b − a`: all that an observation may vary.
 * @source Maurer and Pontil 2009, Empirical Bernstein bounds, theorem 4, both sides together.
 */
export function bernsteinInterval(
  { mean, variance, count }: { readonly mean: number; readonly variance: number; readonly count: number },
  width: number,
  level: number,
): Ends {
  const logarithm = Math.log(4 / (1 - level));
  const radius = Math.sqrt((2 * variance * logarithm) / count) + (7 * width * logarithm) / (3 * (count - 1));
  return count < 2 ? { lower: -Infinity, upper: Infinity } : { lower: mean - radius, upper: mean + radius };
}

/** The middle `level` of samples, between neighbours where it falls between them. NaN ones are left out. */
export function percentileInterval(samples: Float64Array, level: number): Ends {
  const sorted = samples.filter((sample) => !Number.isNaN(sample)).toSorted();
  return { lower: quantileOfSorted(sorted, (1 - level) / 2), upper: quantileOfSorted(sorted, (1 + level) / 2) };
}

/** Linear between the two neighbouring order statistics; NaN for none. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (place - below) * (high - low);
}
