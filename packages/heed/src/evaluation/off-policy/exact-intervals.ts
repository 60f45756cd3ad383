import { bernsteinInterval, createLowerSequence } from '../../math/index.ts';
import type { Ends } from '../../math/index.ts';
import { total } from './accumulator.ts';
import type { ClusterSums } from './accumulator.ts';

/** What the intervals without a limit theorem need. */
export interface ExactInput {
  /** `weights`: terms `w r`; `corrected`: terms `Σ π q + w (r − q)`. */
  readonly kind: 'weights' | 'corrected';
  readonly sums: ClusterSums;
  /** Sums of the weights by cluster. */
  readonly weights: Float64Array;
  /** Rows of each cluster. */
  readonly counts: Float64Array;
  /** Whether clusters are subjects; else they are stretches of rows. */
  readonly clustered: boolean;
  readonly rewardRange: readonly [number, number];
  /** No weight is larger. */
  readonly largestWeight: number;
  readonly level: number;
}

/**
 * Empirical-Bernstein interval of the value at this size of the log.
 * For rows that stand alone, Maurer and Pontil's; for subjects, the sequence tuned to their number.
 */
export function bernsteinOf(input: ExactInput): Ends {
  if (input.clustered) return invertedSequence(input, input.counts.length);
  const { kind, sums, counts, rewardRange, largestWeight, level } = input;
  const count = total(counts);
  const mean = total(sums.a) / count;
  const variance = Math.max(0, (sums.rows.squares - count * mean * mean) / (count - 1));
  const [least, largest] = rewardRange;
  const width =
    kind === 'weights'
      ? largestWeight * (Math.max(largest, 0) - Math.min(least, 0))
      : (largest - least) * (1 + 2 * largestWeight);
  return within(bernsteinInterval({ mean, variance, count }, width, level), rewardRange);
}

/**
 * Confidence sequence: it holds at every length of the log at once, so that one may look again whenever rows come in.
 * Nothing is asked of the largest weight for `w r`, as both sides come from terms that are bounded below: `w r` and `w (1 − r)`.
 */
export function sequenceOf(input: ExactInput): Ends {
  return input.clustered ? invertedSequence(input) : plainSequence(input);
}

/** Terms of the reward brought to [0, 1], of one cluster. */
interface UnitTerms {
  /** Sum of the terms. */
  readonly low: (cluster: number) => number;
  /** Sum of the terms of 1 − reward. */
  readonly high: (cluster: number) => number;
  /** No mean of terms is below. */
  readonly least: number;
}

function unitTerms({ kind, sums, weights, counts, rewardRange, largestWeight }: ExactInput): UnitTerms {
  const [least, largest] = rewardRange;
  const range = largest - least;
  const base = kind === 'weights' ? weights : counts;
  return {
    low: (cluster) => ((sums.a[cluster] ?? 0) - least * (base[cluster] ?? 0)) / range,
    high: (cluster) => (largest * (base[cluster] ?? 0) - (sums.a[cluster] ?? 0)) / range,
    least: kind === 'weights' ? 0 : -largestWeight,
  };
}

function plainSequence(input: ExactInput): Ends {
  const { counts, level, rewardRange } = input;
  const { low, high, least } = unitTerms(input);
  const options = { alpha: (1 - level) / 2, from: least, scale: 1 - least };
  const lower = createLowerSequence(options);
  const upper = createLowerSequence(options);
  for (let cluster = 0; cluster < counts.length; cluster += 1) {
    const rows = counts[cluster] ?? 1;
    // Rounding may put a term that is at its least a little below it.
    lower.observe(Math.max(least, low(cluster) / rows));
    upper.observe(Math.max(least, high(cluster) / rows));
  }
  return toRewards(lower.interval().lower, upper.interval().lower, rewardRange);
}

/**
 * For subjects with unlike numbers of decisions the value is a ratio, `E Σ x / E n`: a candidate `v` is refuted
 * where the mean of `(Σ x − v n) / most` is seen to be above 0.
 */
function invertedSequence(input: ExactInput, tightAt?: number): Ends {
  const { counts, level, rewardRange } = input;
  const { low, high, least } = unitTerms(input);
  const most = counts.reduce((largest, count) => Math.max(largest, count), 1);

  function refutes(terms: (cluster: number) => number, v: number): boolean {
    const from = least - v;
    const sequence = createLowerSequence({ alpha: (1 - level) / 2, from, scale: 1 - least, tightAt });
    for (let cluster = 0; cluster < counts.length; cluster += 1)
      sequence.observe(Math.max(from, (terms(cluster) - v * (counts[cluster] ?? 0)) / most));
    return sequence.interval().lower > 0;
  }

  function bound(terms: (cluster: number) => number): number {
    let [refuted, open] = [0, 1];
    if (!refutes(terms, 0)) return 0;
    for (let step = 0; step < 14; step += 1) {
      const middle = (refuted + open) / 2;
      if (refutes(terms, middle)) refuted = middle;
      else open = middle;
    }
    return refuted;
  }

  return toRewards(bound(low), bound(high), rewardRange);
}

/** From the least mean of terms and the least mean of their mirror image. */
function toRewards(low: number, high: number, [least, largest]: readonly [number, number]): Ends {
  const ends = { lower: least + (largest - least) * low, upper: largest - (largest - least) * high };
  return within(ends, [least, largest]);
}

/** A value lies in the range of the rewards. */
function within({ lower, upper }: Ends, [least, largest]: readonly [number, number]): Ends {
  return { lower: Math.min(Math.max(lower, least), largest), upper: Math.max(Math.min(upper, largest), least) };
}
