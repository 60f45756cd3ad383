import type { WeightedRounds } from './rounds.ts';

/** How an estimate uses its weights: the mean of `w r`, or of `w (r − q)` beside a model; divided by `n`, or by `Σ w`. */
interface WeightUse {
  readonly corrected: boolean;
  /** `null`: by `n`; else the quotient that is divided by `Σ w`. */
  readonly ratio: number | null;
}

/** Adds up how far the errors of Monte-Carlo probabilities may have moved the estimates. */
export interface MonteCarloWatch {
  add(rounds: WeightedRounds): void;
  /** Whether any probability was an estimate. */
  readonly any: boolean;
  errorOf(use: WeightUse): number;
}

/**
 * Follows the standard errors of probabilities into the estimates.
 *
 * `σ_w² = (σ_target / p)² + (w σ_logged / p)²` for one weight. Policies draw with the same seeds at every decision, so that their
 * errors may all go the same way: those of the rows are added, not their squares. What comes out is no less than the standard
 * error of the estimate, whatever the errors have to do with one another: `Σ |r| σ_w / n` for the mean of `w r`,
 * `(Σ |r| σ_w + |V| Σ σ_w) / Σ w` for the self-normalised one.
 */
export function createMonteCarloWatch(): MonteCarloWatch {
  let any = false;
  let [count, weights, plain, rewards, residuals, expectations] = [0, 0, 0, 0, 0, 0];
  return {
    get any() {
      return any;
    },
    add({ count: rows, weight, reward, loggedProbability, predictedTaken, ...errors }) {
      const { targetError, loggedError, expectationError } = errors;
      count += rows;
      for (let row = 0; row < rows; row += 1) weights += weight[row] ?? 0;
      if (!targetError && !loggedError && !expectationError) return;
      any = true;
      for (let row = 0; row < rows; row += 1) {
        const probability = loggedProbability[row] ?? 1;
        const error = Math.hypot(
          (targetError?.[row] ?? 0) / probability,
          ((weight[row] ?? 0) * (loggedError?.[row] ?? 0)) / probability,
        );
        const got = reward[row] ?? 0;
        plain += error;
        rewards += Math.abs(got) * error;
        residuals += Math.abs(got - (predictedTaken?.[row] ?? 0)) * error;
        expectations += expectationError?.[row] ?? 0;
      }
    },
    errorOf({ corrected, ratio }) {
      const moved = corrected ? residuals : rewards;
      const model = corrected ? expectations / count : 0;
      return model + (ratio === null ? moved / count : (moved + Math.abs(ratio) * plain) / weights);
    },
  };
}
