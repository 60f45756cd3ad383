/** What a learner of rewards counts. */
export interface Counts {
  readonly examples: number;
  /** Experiences that could not be used: the item is not among the candidates, or a number is not finite. */
  readonly skipped: number;
  /** Sums over examples: of the reward, and of its squared difference from the prediction made before learning it. */
  readonly reward: number;
  readonly squaredError: number;
}

/** The counts before the first experience. */
export const noCounts: Counts = { examples: 0, skipped: 0, reward: 0, squaredError: 0 };

/** Counts with one more example. */
export function countExample(counts: Counts, reward: number, prediction: number): Counts {
  return {
    examples: counts.examples + 1,
    skipped: counts.skipped,
    reward: counts.reward + reward,
    squaredError: counts.squaredError + (reward - prediction) ** 2,
  };
}

/** Counts with one more experience that could not be used. */
export function countSkipped(counts: Counts): Counts {
  return { ...counts, skipped: counts.skipped + 1 };
}

/** Counts as numbers to be stored, and read back by `countsFrom`. */
export function countsToNumbers({ examples, skipped, reward, squaredError }: Counts): Float64Array {
  return Float64Array.of(examples, skipped, reward, squaredError);
}

/** Reads back what `countsToNumbers` made. */
export function countsFrom([examples = 0, skipped = 0, reward = 0, squaredError = 0]: ArrayLike<number> &
  Iterable<number>): Counts {
  return { examples, skipped, reward, squaredError };
}

/** An artifact's metrics of these counts. */
export function metricsOf({ examples, skipped, reward, squaredError }: Counts): Record<string, number> {
  return {
    examples,
    skipped,
    ...(examples > 0 && { meanReward: reward / examples, meanSquaredError: squaredError / examples }),
  };
}
