import { linkReward, sigmoid } from '../../math/index.ts';
import type { FeaturedItem, RewardLink, Situation } from '../../math/index.ts';
import { createCrossFitted } from './cross-fitted.ts';
import type { CrossFittedDefinition } from './cross-fitted.ts';

export interface RewardModelDefinition extends RewardLink, CrossFittedDefinition {}

/** A linear or logistic model of the reward over hashed features, fitted across folds. */
export interface RewardModel {
  /** Learns from one decision, in every model but its fold's own. `unit`: its subject, or its id; units stay in one fold. */
  learn(unit: string, situation: Situation, taken: FeaturedItem, reward: number): void;
  /** Predictions for all candidates by the model that has not seen the unit, on the scale of the rewards and within it. */
  predict(unit: string, situation: Situation, candidates: readonly FeaturedItem[]): Float64Array;
}

/**
 * Makes a reward model for doubly robust estimates.
 *
 * @throws RangeError where folds are fewer than 2.
 */
export function createRewardModel(definition: RewardModelDefinition): RewardModel {
  const models = createCrossFitted(definition);
  const [least, largest] = definition.rewardRange;
  return {
    learn(unit, situation, taken, reward) {
      const label = (reward - least) / (largest - least);
      models.learn(unit, situation, taken, (sum) => (definition.loss === 'logistic' ? sigmoid(sum) : sum) - label);
    },
    predict: (unit, situation, candidates) =>
      models.sums(unit, situation, candidates).map((sum) => {
        const linked = linkReward(definition, sum);
        return Math.min(largest, Math.max(least, definition.loss === 'squared' ? least + linked : linked));
      }),
  };
}
