import { chiSquareTail } from '../../math/index.ts';
import { logGamma } from '../../math/student.ts';

/** How much the prior of the sequential check trusts the declared weights, in units. */
const concentration = 1_000;

/** Below it, whoever runs an experiment should look for a fault before looking at its result. */
export const sampleRatioAlpha = 0.001;

export interface SampleRatio {
  /** Valid whenever one looks. */
  readonly pValue: number;
  /** Of the chi-square test, valid for one look that was planned beforehand. */
  readonly fixedPValue: number;
  readonly suspicious: boolean;
}

/**
 * Checks whether arms got their shares of the units: where they did not, assignment or logging is at fault.
 *
 * The sequential p-value is `1 / K` with `K = Γ(κ) / Γ(κ + n) · Π Γ(κ w_i + n_i) / Γ(κ w_i) / Π w_i^{n_i}`: the
 * Dirichlet-multinomial likelihood over the multinomial one, of expectation 1 at every count where the shares are right.
 *
 * @param counts units per arm.
 * @param weights the arms' weights, in the same order; any scale.
 * @throws RangeError where there are fewer than two arms, a weight is not above 0, or a count is not a natural number.
 * @example
 * const { suspicious } = checkSampleRatio([505_000, 495_000], [1, 1]);
 * @source Lindon and Malek 2022, Anytime-valid inference for multinomial count data, equation 6.
 */
export function checkSampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio {
  if (counts.length < 2 || counts.length !== weights.length)
    throw new RangeError(
      `cannot check a sample ratio, as there must be two or more arms with a weight each: there are ${counts.length} with ${weights.length}`,
    );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const units = counts.reduce((sum, count) => sum + count, 0);
  let log = logGamma(concentration) - logGamma(concentration + units);
  let chiSquare = 0;
  counts.forEach((count, arm) => {
    const weight = weights[arm] ?? 0;
    if (!(weight > 0))
      throw new RangeError(`cannot check a sample ratio, as weights must be above 0: one is ${weight}`);
    if (!(Number.isInteger(count) && count >= 0))
      throw new RangeError(`cannot check a sample ratio, as counts must be natural numbers: one is ${count}`);
    const expected = weight / total;
    const prior = concentration * expected;
    log += logGamma(prior + count) - logGamma(prior) - count * Math.log(expected);
    if (units > 0) chiSquare += (count - units * expected) ** 2 / (units * expected);
  });
  const pValue = Math.min(1, Math.exp(-log));
  return {
    pValue,
    fixedPValue: chiSquareTail(chiSquare, counts.length - 1),
    suspicious: pValue < sampleRatioAlpha,
  };
}
