import { bernsteinInterval } from '../../math/index.ts';
import type { ActionCalibration } from './actions.ts';
import type { WeightDiagnostics } from './weights.ts';

export const intervalMethods = ['student', 'bootstrap', 'bernstein', 'sequence'] as const;
export type IntervalMethod = (typeof intervalMethods)[number];

export interface Verdict {
  readonly outcome: 'trust' | 'do not trust';
  readonly because: string;
}

/** Bounds of a verdict; `benchmarks/ope/truth.ts` measures what they let through and what they stop. */
export const verdictLimits = {
  /** Standard errors that the mean weight may lie off 1 … */
  meanWeightZ: 4,
  /** … and the level of its empirical-Bernstein interval, where weights have a declared bound. */
  meanWeightLevel: 0.95,
  /** Chance that the most suspicious of all actions looks as bad by accident. */
  actionChance: 1e-4,
  /** Skewness of the estimate, as the log shows it or foresees it: that of one decision that earned something, among many. */
  skewness: 1,
  /** Skewness of the weights alone: that of two large ones. */
  weightSkewness: 0.7,
  /** Clusters, or decisions that the log is worth. */
  leastClusters: 20,
  leastEffective: 5,
} as const;

/** What a verdict on a whole log looks at. */
export interface LogFindings {
  readonly weights: WeightDiagnostics;
  readonly actions: readonly ActionCalibration[];
  /** A declared bound of the weights; `null`: none but the largest one seen. */
  readonly weightBound: number | null;
}

/** What a verdict on one estimate looks at besides. */
export interface EstimateFindings {
  /** `Σ ψ³ / (Σ ψ²)^1.5` of the interval's own terms, or what is foreseen of it. */
  readonly skewness: number;
  /** Of the weights that the estimate goes by, whatever they happened to earn. */
  readonly weightSkewness: number;
  readonly clusters: number;
  readonly value: number;
  /** Whether anything says how far a biased estimate is off. */
  readonly checked: boolean;
  readonly method: IntervalMethod;
  /** Whether the method's promise rests on a bound of the weights. */
  readonly needsBound: boolean;
}

/** Whether a method holds at every size and shape of the log, as far as weights are bounded. */
export function isExact(method: IntervalMethod): boolean {
  return method === 'bernstein' || method === 'sequence';
}

/**
 * Why no estimate from this log is to be trusted; none where nothing speaks against it.
 *
 * @param exact judges for intervals that foresee weights which the log has not shown: means are then measured by the largest
 * standard error that the declared bound allows, `√((bound − 1) / n)`, and the mean weight by its empirical-Bernstein interval.
 */
export function doubtsAboutLog({ weights, actions, weightBound }: LogFindings, exact = false): string[] {
  const doubts: string[] = [];
  const { meanWeight, count } = weights;
  const zOf = (mean: number, usual: number): number =>
    exact && weightBound !== null ? (mean - 1) / Math.sqrt(Math.max(weightBound - 1, Number.MIN_VALUE) / count) : usual;
  const z = zOf(meanWeight, weights.meanWeightZ);
  if (Math.abs(z) > verdictLimits.meanWeightZ || (exact && weightBound !== null && !mayBeOne(weights, weightBound)))
    doubts.push(
      `the mean weight is ${short(meanWeight)} in place of 1 (${short(z)} standard errors): ${z < 0 ? 'the evaluated policy does what the log has not, or logged probabilities are too large' : 'logged probabilities are too small'}`,
    );
  for (const { name, mean, zScore } of actions.slice(0, 1)) {
    const actionZ = zOf(mean, zScore);
    if (Math.abs(actionZ) > bonferroni(actions.length))
      doubts.push(
        `action ${name} was taken ${short(mean)} times as often as its logged probabilities say (${short(actionZ)} standard errors)`,
      );
  }
  return doubts;
}

/** Whether a mean weight of 1 is within what weights up to the bound allow, at this size of the log. */
function mayBeOne({ meanWeight, count, effectiveSampleSize }: WeightDiagnostics, weightBound: number): boolean {
  const squares = effectiveSampleSize === 0 ? 0 : (meanWeight ** 2 * count) / effectiveSampleSize;
  const variance = (Math.max(0, squares - meanWeight ** 2) * count) / Math.max(count - 1, 1);
  const { lower, upper } = bernsteinInterval(
    { mean: meanWeight, variance, count },
    weightBound,
    verdictLimits.meanWeightLevel,
  );
  return lower <= 1 && 1 <= upper;
}

/** `√(2 log(2 k / chance))`: a bound that the largest of k normal scores passes with that chance at most. */
function bonferroni(count: number): number {
  return Math.sqrt(2 * Math.log((2 * count) / verdictLimits.actionChance));
}

/** Why one estimate's interval is not to be trusted, beside what speaks against the log. */
export function doubtsAboutEstimate({ weights, weightBound }: LogFindings, findings: EstimateFindings): string[] {
  const { skewness, weightSkewness, clusters, value, checked, method, needsBound } = findings;
  if (!Number.isFinite(value)) return ['nothing in the log bears on it'];
  const doubts: string[] = [];
  if (!checked) doubts.push('nothing in the log says how far its model is off');
  if (isExact(method) && !(needsBound && weightBound === null)) return doubts;
  if (clusters < verdictLimits.leastClusters)
    doubts.push(`there are ${clusters} independent clusters, fewer than ${verdictLimits.leastClusters}`);
  if (weights.effectiveSampleSize < verdictLimits.leastEffective)
    doubts.push(
      `the log is worth ${short(weights.effectiveSampleSize)} decisions of the evaluated policy, fewer than ${verdictLimits.leastEffective}`,
    );
  if (!(Math.abs(skewness) <= verdictLimits.skewness))
    doubts.push(
      Number.isNaN(skewness)
        ? 'all terms are the same, so that their spread says nothing'
        : `a few clusters decide it: the estimate is skewed by ${short(skewness)}, more than ${verdictLimits.skewness}`,
    );
  else if (weightSkewness > verdictLimits.weightSkewness)
    doubts.push(
      `a few weights decide it, whatever they happened to earn here: their mean is skewed by ${short(weightSkewness)}, more than ${verdictLimits.weightSkewness}`,
    );
  return doubts;
}

/** One sentence of all doubts. */
export function verdictOf(doubts: readonly string[], calm: string): Verdict {
  return doubts.length === 0
    ? { outcome: 'trust', because: calm }
    : { outcome: 'do not trust', because: doubts.join('; ') };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
