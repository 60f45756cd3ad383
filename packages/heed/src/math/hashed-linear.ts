import { createFeatureEncoder } from './features.ts';
import type { FeatureDefinition, FeatureEncoder, FeatureRows, FeaturedItem, Situation } from './features.ts';
import { sigmoid } from './log-domain.ts';
import type { SparseTable } from './sparse-table.ts';

/**
 * How a linear sum becomes a score on the scale of the rewards.
 * `squared`: `(r_max − r_min) · sum`; `logistic`: `r_min + (r_max − r_min) · σ(sum)`.
 */
export interface RewardLink {
  readonly loss: 'squared' | 'logistic';
  readonly rewardRange: readonly [number, number];
}

export interface HashedLinearDefinition extends RewardLink {
  readonly features: FeatureDefinition & { readonly bits: number };
}

/** A linear model over hashed features. */
export interface HashedLinear {
  readonly encoder: FeatureEncoder;
  /** Scores on the scale of the rewards, in the order of the candidates. */
  scores(situation: Situation, candidates: readonly FeaturedItem[]): Float64Array;
  /** The weight that a feature's hash leads to. */
  weight(hash: number): number;
}

/** The score of a linear sum. */
export function linkReward({ loss, rewardRange: [least, largest] }: RewardLink, sum: number): number {
  return loss === 'squared' ? (largest - least) * sum : least + (largest - least) * sigmoid(sum);
}

/**
 * Makes the model from its weights.
 *
 * @param table keys are 32-bit hashes, of which the lowest `bits` bits are the slot; the first column has the weights.
 */
export function createHashedLinear(definition: HashedLinearDefinition, table: SparseTable): HashedLinear {
  const { features } = definition;
  const encoder = createFeatureEncoder(features);
  const mask = 2 ** features.bits - 1;
  const weights = new Float64Array(mask + 1);
  table.keys.forEach((key, row) => {
    weights[key & mask] = table.columns[0]?.[row] ?? 0;
  });
  return {
    encoder,
    weight: (hash) => weights[hash & mask] ?? 0,
    scores(situation, candidates) {
      const rows = encoder.rows(situation, candidates);
      return Float64Array.from(linearSums(rows, weights, mask), (sum) => linkReward(definition, sum));
    },
  };
}

/** A linear sum as a part of the reward range: the sum itself, or its logistic. */
export function linkReward01(loss: RewardLink['loss'], sum: number): number {
  return loss === 'squared' ? sum : sigmoid(sum);
}

/** The sum `Σ w_slot · value²` of every row. */
export function quadraticSums(rows: FeatureRows, weights: Float64Array, mask: number): Float64Array {
  const values = rows.values.slice(0, rows.starts.at(-1) ?? 0).map((value) => value * value);
  return linearSums({ ...rows, values }, weights, mask);
}

/** The sum `Σ w_slot · value` of every row, slot = hash & mask. What all rows share is added once, before the rest. */
export function linearSums(
  { hashes, values, sharedEnd, starts }: FeatureRows,
  weights: Float64Array,
  mask: number,
): Float64Array {
  let shared = 0;
  for (let at = 0; at < sharedEnd; at += 1) shared += (weights[(hashes[at] ?? 0) & mask] ?? 0) * (values[at] ?? 0);
  const sums = new Float64Array(starts.length - 1);
  for (let row = 0; row < sums.length; row += 1) {
    let sum = shared;
    const to = starts[row + 1] ?? 0;
    for (let at = starts[row] ?? 0; at < to; at += 1)
      sum += (weights[(hashes[at] ?? 0) & mask] ?? 0) * (values[at] ?? 0);
    sums[row] = sum;
  }
  return sums;
}
