import {
  concentrationOf,
  estimateSkewness,
  normalQuantile,
  powersOf,
  standardError,
  studentInterval,
  studentQuantile,
  varianceDegrees,
} from '../../math/index.ts';
import type { Ends } from '../../math/index.ts';
import type { ForeseenMoments } from './foresight.ts';

/** How far an estimate may be off, and how well that is known. */
export interface Spread {
  /** `√(C / (C − 1) Σ ψ²)`: from the log's own terms alone. */
  readonly error: number;
  /** With what is foreseen: what an interval goes by. */
  readonly foreseenError: number;
  /** Degrees of freedom of that error. */
  readonly degrees: number;
  /** Of the estimate; of what the log shows and what is foreseen the larger one. */
  readonly skewness: number;
}

/** Degrees of freedom that the foreseen variance counts as, beside the log's own. */
const foreseenDegrees = 2;

/**
 * Puts together what the log's own terms and what is foreseen say of an estimate's spread.
 *
 * The variance is `(ν s² + 2 max(s², v)) / (ν + 2)` with the log's own s², the foreseen v, and ν degrees of freedom, which are
 * few where few clusters decide it, in the log or as foreseen (`varianceDegrees`).
 *
 * @param influences `ψ_c` of each cluster.
 * @param foreseen `null`: nothing is foreseen.
 * @param scale what the sum of the foreseen terms is divided by.
 */
export function spreadOf(influences: Float64Array, foreseen: ForeseenMoments | null, scale: number): Spread {
  const clusters = influences.length;
  const powers = powersOf(influences);
  const error = standardError(powers.squares, clusters);
  const own = { concentration: concentrationOf(powers), skewness: estimateSkewness(powers) };
  if (foreseen === null)
    return {
      error,
      foreseenError: error,
      degrees: varianceDegrees(own.concentration, clusters),
      skewness: own.skewness,
    };
  const squares = powers.squares * scale ** 2;
  // What subjects have in common, and what a model says of each, is added to what is foreseen of single rows.
  const variance = Math.max(0, squares - foreseen.seen) + foreseen.second;
  const excess = foreseen.fourth - (3 * foreseen.second ** 2) / foreseen.rows;
  const concentration = larger(own.concentration, excess / variance ** 2 + 3 / clusters);
  const degrees = varianceDegrees(concentration, clusters);
  const ownShare = degrees / (degrees + foreseenDegrees);
  const blended = ownShare * squares + (1 - ownShare) * Math.max(squares, variance);
  return {
    error,
    foreseenError: standardError(blended, clusters) / scale,
    degrees,
    skewness: larger(own.skewness, foreseen.third / variance ** 1.5),
  };
}

/** Student's interval by the foreseen error and its degrees of freedom. */
export function studentEnds(value: number, { foreseenError, degrees }: Spread, level: number): Ends {
  return studentInterval(value, foreseenError, degrees, level);
}

/**
 * Percentiles of the bootstrap, each as many times further from the value as Student's interval is wider than one by the log's own
 * error and the normal distribution: a resample knows no more of what the log lacks than the log.
 *
 * @source after the expanded percentiles of Hesterberg 2015, What teachers should know about the bootstrap; here by distance.
 */
export function expanded({ lower, upper }: Ends, value: number, spread: Spread, level: number): Ends {
  if (!(spread.error > 0)) return studentEnds(value, spread, level);
  const share = 0.5 + level / 2;
  const factor =
    (studentQuantile(share, spread.degrees) * spread.foreseenError) / (normalQuantile(share) * spread.error);
  return { lower: value - (value - lower) * factor, upper: value + (upper - value) * factor };
}

/** The one further from 0; the other one where one is not a number. */
function larger(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? y : x;
  return Math.abs(y) > Math.abs(x) ? y : x;
}
