import { createWeightTail } from './tail.ts';

/** What the weights of a log say about how far it can carry an estimate. */
export interface WeightDiagnostics {
  readonly count: number;
  /** `(Σ w)² / Σ w²`: about how many decisions of the evaluated policy itself the log is worth. */
  readonly effectiveSampleSize: number;
  readonly meanWeight: number;
  /** Weights of true probabilities have the mean 1: how many standard errors this one lies off. */
  readonly meanWeightZ: number;
  /** Skewness of the mean weight, `Σ (w − m)³ / (Σ (w − m)²)^1.5`: large where a few weights decide it. */
  readonly skewness: number;
  readonly largestWeight: number;
  /** Share of Σ w that the largest weight has. */
  readonly largestShare: number;
  /** Share of decisions whose action the evaluated policy would never take. */
  readonly unusedShare: number;
  readonly leastLoggedProbability: number;
  /** Hill's index of the weights: 0 for none, from 1/2 on their variance is not finite. */
  readonly tailIndex: number;
}

export interface WeightWatch {
  add(weight: Float64Array, loggedProbability: Float64Array, count: number): void;
  diagnose(): WeightDiagnostics;
}

/** Watches weights as they stream by. */
export function createWeightWatch(): WeightWatch {
  const tail = createWeightTail();
  let [rows, sum, squares, cubes, largest, unused, least] = [0, 0, 0, 0, 0, 0, Infinity];
  return {
    add(weight, loggedProbability, count) {
      rows += count;
      for (let row = 0; row < count; row += 1) {
        const own = weight[row] ?? 0;
        const probability = loggedProbability[row] ?? 1;
        sum += own;
        squares += own * own;
        cubes += own * own * own;
        if (own > largest) largest = own;
        if (own === 0) unused += 1;
        if (probability < least) least = probability;
      }
      tail.add(weight, count);
    },
    diagnose() {
      const mean = sum / rows;
      // Given what each decision was asked, its weight has the mean 1, whoever it is for: rows need no clusters here.
      const error = errorOfUnitMean(rows, sum, squares);
      return {
        count: rows,
        effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
        meanWeight: mean,
        meanWeightZ: standardised(mean - 1, error),
        skewness: skewnessOf(rows, sum, squares, cubes),
        largestWeight: largest,
        largestShare: sum === 0 ? 0 : largest / sum,
        unusedShare: unused / rows,
        leastLoggedProbability: least,
        tailIndex: tail.index(),
      };
    },
  };
}

/** From the sums of the powers; 0 where all are alike. */
function skewnessOf(count: number, sum: number, squares: number, cubes: number): number {
  const mean = sum / count;
  const second = squares - count * mean * mean;
  if (!(second > 1e-12 * squares)) return 0;
  return (cubes - 3 * mean * squares + 2 * count * mean ** 3) / second ** 1.5;
}

/**
 * Standard error of the mean of numbers not below 0 that is 1 where all is as it should be: `√(max(E x² − m², E x² / m − 1) / n)`.
 * Where large ones are rare and too few have come, their mean m is too low, and so is their spread: the second of the two makes up
 * for that, as if the log had as many more of all.
 */
export function errorOfUnitMean(count: number, sum: number, squares: number): number {
  const mean = sum / count;
  const variance = Math.max(0, squares / count - mean * mean, sum > 0 ? squares / sum - 1 : 0);
  return Math.sqrt(variance / count);
}

/** A difference in standard errors; without any chance in it, any difference beyond rounding is one too many. */
export function standardised(difference: number, error: number): number {
  if (error > 1e-12) return difference / error;
  return Math.abs(difference) > 1e-9 ? Math.sign(difference) * Infinity : 0;
}
