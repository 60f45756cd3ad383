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
  /** Standard errors that the mean weight may lie off 1. */
  meanWeightZ: 4,
  /** Chance that the most suspicious of all actions looks as bad by accident. */
  actionChance: 1e-4,
  /** Skewness of the estimate: above, Student's distribution and percentiles leave the truth out too often. */
  skewness: 0.3,
  /** Clusters, or decisions that the log is worth. */
  leastClusters: 20,
  leastEffective: 20,
  /** Hill's index of the weights. */
  tailIndex: 0.7,
  /** Standard errors that a biased estimate may lie off the one that checks it. */
  referenceZ: 3,
} as const;

/** What a verdict on a whole log looks at. */
export interface LogFindings {
  readonly weights: WeightDiagnostics;
  readonly actions: readonly ActionCalibration[];
}

/** What a verdict on one estimate looks at besides. */
export interface EstimateFindings {
  /** `Σ ψ³ / (Σ ψ²)^1.5` of the interval's own terms. */
  readonly skewness: number;
  readonly clusters: number;
  readonly value: number;
  /** Whether anything says how far a biased estimate is off. */
  readonly checked: boolean;
  readonly method: IntervalMethod;
}

/** Why no estimate from this log is to be trusted; none where nothing speaks against it. */
export function doubtsAboutLog({ weights, actions }: LogFindings): string[] {
  const doubts: string[] = [];
  const { meanWeight, meanWeightZ } = weights;
  if (Math.abs(meanWeightZ) > verdictLimits.meanWeightZ)
    doubts.push(
      meanWeightZ < 0
        ? `the mean weight is ${short(meanWeight)} in place of 1 (${short(meanWeightZ)} standard errors): the evaluated policy does what the log has not, or logged probabilities are too large`
        : `the mean weight is ${short(meanWeight)} in place of 1 (${short(meanWeightZ)} standard errors): logged probabilities are too small`,
    );
  const [worst] = actions;
  if (worst !== undefined && Math.abs(worst.zScore) > bonferroni(actions.length))
    doubts.push(
      `action ${worst.action} was taken ${short(worst.mean)} times as often as its logged probabilities say (${short(worst.zScore)} standard errors)`,
    );
  return doubts;
}

/** `√(2 log(2 k / chance))`: a bound that the largest of k normal scores passes with that chance at most. */
function bonferroni(count: number): number {
  return Math.sqrt(2 * Math.log((2 * count) / verdictLimits.actionChance));
}

/** Why one estimate's interval is not to be trusted, beside what speaks against the log. */
export function doubtsAboutEstimate({ weights }: LogFindings, findings: EstimateFindings): string[] {
  const { skewness, clusters, value, checked, method } = findings;
  const doubts: string[] = [];
  if (!Number.isFinite(value)) return ['nothing in the log bears on it'];
  if (!checked) doubts.push('nothing in the log says how far its model is off');
  // The others hold at every size and shape of the log.
  if (method !== 'student' && method !== 'bootstrap') return doubts;
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
  if (weights.tailIndex > verdictLimits.tailIndex)
    doubts.push(
      `the largest weights grow so fast (Hill's index ${short(weights.tailIndex)}) that their spread cannot be told`,
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
