import { sigmoid } from '../../math/index.ts';
import type { FeaturedItem, Situation } from '../../math/index.ts';
import { createCrossFitted } from './cross-fitted.ts';
import type { CrossFittedDefinition } from './cross-fitted.ts';

/** What the evaluated policy may do at a decision, and how likely that is; of numbers, one draw or more. */
export interface WeighedItem {
  readonly item: FeaturedItem;
  readonly share: number;
}

/** Weights by a classifier that tells what the evaluated policy does from what was done. */
export interface BalancedWeights {
  /** Learns from one decision, in every model but its fold's own. The shares add up to 1. */
  learn(unit: string, situation: Situation, taken: FeaturedItem, evaluated: readonly WeighedItem[]): void;
  /** The weight of what was done, by the model that has not seen the unit. */
  weight(unit: string, situation: Situation, taken: FeaturedItem): number;
}

/** Weights above it say no more than that the classifier is sure. */
const largestWeight = 1e6;

/**
 * Estimates importance weights where nobody knows how likely what was done was, or where actions are numbers and densities are far
 * from one another: a classifier of the evaluated policy's actions (label 1) against the logged ones (label 0), as many of each, has
 * `P(1 | x, a) = π / (π + π_logged)`, so that `w = P / (1 − P)`. A logistic one over hashed features has `w = exp(sum)`.
 *
 * @throws RangeError where folds are fewer than 2.
 * @source Sondhi, Arbour and Dimmery 2020, Balanced off-policy evaluation in general action spaces, section 3; fitted across folds.
 */
export function createBalancedWeights(definition: CrossFittedDefinition): BalancedWeights {
  const models = createCrossFitted(definition);
  return {
    learn(unit, situation, taken, evaluated) {
      models.learn(unit, situation, taken, sigmoid);
      for (const { item, share } of evaluated)
        if (share > 0) models.learn(unit, situation, item, (sum) => share * (sigmoid(sum) - 1));
    },
    weight: (unit, situation, taken) =>
      Math.min(largestWeight, Math.exp(models.sums(unit, situation, [taken])[0] ?? 0)),
  };
}
