/** Are the probabilities that were logged those of the sampler that acted? */
export interface Calibration {
  readonly count: number;
  /** Mean of the probabilities that the chosen actions had. */
  readonly observed: number;
  /** What that mean would be if actions were drawn by the distributions: mean of `Σ p²`. */
  readonly expected: number;
  /** Their difference in standard errors; beyond ±4 the log does not tell how actions were drawn. `0` where nothing was random. */
  readonly zScore: number;
}

/**
 * Compares the probabilities of chosen actions with the distributions they were drawn from.
 * A draw from p has in the mean the probability `Σ p²`, with variance `Σ p³ − (Σ p²)²`.
 *
 * @param draws for each decision, its whole distribution and the probability of what was chosen.
 */
export function calibrate(
  draws: Iterable<{ readonly chosen: number; readonly distribution: ArrayLike<number> }>,
): Calibration {
  let count = 0;
  let observed = 0;
  let expected = 0;
  let variance = 0;
  for (const { chosen, distribution } of draws) {
    let squares = 0;
    let cubes = 0;
    for (let index = 0; index < distribution.length; index += 1) {
      const probability = distribution[index] ?? 0;
      squares += probability ** 2;
      cubes += probability ** 3;
    }
    count += 1;
    observed += chosen;
    expected += squares;
    variance += Math.max(0, cubes - squares ** 2);
  }
  const difference = observed - expected;
  // Uniform draws have no variance: then any difference beyond rounding is one too many.
  const zScore =
    variance > 1e-12 * count
      ? difference / Math.sqrt(variance)
      : Math.abs(difference) > 1e-9 * count
        ? Math.sign(difference) * Infinity
        : 0;
  return { count, observed: count === 0 ? 0 : observed / count, expected: count === 0 ? 0 : expected / count, zScore };
}
