import { createFeatureEncoder, hashName, linearSums, linkReward, sigmoid } from '../../math/index.ts';
import type { FeatureDefinition, FeatureRows, FeaturedItem, RewardLink, Situation } from '../../math/index.ts';

export interface RewardModelDefinition extends RewardLink {
  readonly features: FeatureDefinition;
  /** Each model has 2^bits weights. Default 16. */
  readonly bits?: number | undefined;
  /** Models, each of which never saw the rows that it predicts. Default 3. */
  readonly folds?: number | undefined;
  /** Step of AdaGrad. Default 0.3. */
  readonly step?: number | undefined;
}

export const rewardModelDefaults = { bits: 16, folds: 3, step: 0.3 } as const;

/** A linear or logistic model of the reward over hashed features, fitted across folds. */
export interface RewardModel {
  /** Learns from one decision, in every model but its fold's own. `unit`: its subject, or its id; units stay in one fold. */
  learn(unit: string, situation: Situation, taken: FeaturedItem, reward: number): void;
  /** Predictions for all candidates by the model that has not seen the unit, on the scale of the rewards and within it. */
  predict(unit: string, situation: Situation, candidates: readonly FeaturedItem[]): Float64Array;
}

/**
 * Makes a reward model for doubly robust estimates. As it never predicts what it learned from, its errors do not go with those
 * of the rewards that it corrects.
 *
 * @throws RangeError where folds are fewer than 2.
 * @source Chernozhukov et al. 2018, Double/debiased machine learning, definition 3.1; Duchi, Hazan and Singer 2011 for the steps.
 */
export function createRewardModel(definition: RewardModelDefinition): RewardModel {
  const {
    bits = rewardModelDefaults.bits,
    folds = rewardModelDefaults.folds,
    step = rewardModelDefaults.step,
  } = definition;
  if (!(folds >= 2)) throw new RangeError(`cannot fit across folds, as there must be 2 or more: there are ${folds}`);
  const encoder = createFeatureEncoder(definition.features);
  const mask = 2 ** bits - 1;
  const models = Array.from({ length: folds }, () => ({
    weights: new Float64Array(mask + 1),
    squares: new Float64Array(mask + 1),
  }));
  const [least, largest] = definition.rewardRange;
  const foldOf = (unit: string): number => hashName(unit, 0x0ddba11) % folds;

  return {
    learn(unit, situation, taken, reward) {
      const rows = encoder.rows(situation, [taken]);
      const own = foldOf(unit);
      const label = (reward - least) / (largest - least);
      models.forEach(({ weights, squares }, fold) => {
        if (fold === own) return;
        const sum = linearSums(rows, weights, mask)[0] ?? 0;
        descend(rows, (definition.loss === 'logistic' ? sigmoid(sum) : sum) - label, { weights, squares, mask, step });
      });
    },
    predict(unit, situation, candidates) {
      const { weights } = models[foldOf(unit)] ?? { weights: new Float64Array(mask + 1) };
      const sums = linearSums(encoder.rows(situation, candidates), weights, mask);
      return sums.map((sum) => {
        const linked = linkReward(definition, sum);
        return Math.min(largest, Math.max(least, definition.loss === 'squared' ? least + linked : linked));
      });
    },
  };
}

interface Steps {
  readonly weights: Float64Array;
  readonly squares: Float64Array;
  readonly mask: number;
  readonly step: number;
}

/** One step of AdaGrad along `error · x`, for a single row. */
function descend({ hashes, values, sharedEnd, starts }: FeatureRows, error: number, steps: Steps): void {
  for (let at = 0; at < sharedEnd; at += 1) move(hashes[at] ?? 0, error * (values[at] ?? 0), steps);
  for (let at = starts[0] ?? 0; at < (starts[1] ?? 0); at += 1) move(hashes[at] ?? 0, error * (values[at] ?? 0), steps);
}

function move(hash: number, slope: number, { weights, squares, mask, step }: Steps): void {
  if (slope === 0) return;
  const slot = hash & mask;
  squares[slot] = (squares[slot] ?? 0) + slope * slope;
  weights[slot] = (weights[slot] ?? 0) - (step * slope) / Math.sqrt(squares[slot] ?? 1);
}
