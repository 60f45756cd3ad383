import { RowFault, createRewardModel } from '../../evaluation/index.ts';
import type { RewardModel } from '../../evaluation/index.ts';
import type { FeatureDefinition } from '../../math/index.ts';
import type { Candidate, Policy, PolicyRequest } from '../../spec/index.ts';
import { prefixOf } from './acted.ts';

/** A model of the reward that is still to come from each place of a slate on, by the item at that place. */
export interface SlateModel {
  learn(unit: string, request: PolicyRequest, items: readonly string[], rewards: readonly number[]): void;
  /** Of these candidates at a place, by the models that have not seen the unit. */
  predict(unit: string, request: PolicyRequest, place: number, candidates: readonly Candidate[]): Float64Array;
}

/**
 * Fits a model for each place, across folds of units.
 *
 * @param definition the range is that of the reward of one item.
 * @param size places of a slate.
 */
export function createSlateModel(
  {
    features,
    rewardRange: [least, largest],
  }: { readonly features: FeatureDefinition; readonly rewardRange: readonly [number, number] },
  size: number,
): SlateModel {
  const models = Array.from({ length: size }, (_each, place): RewardModel => {
    const left = size - place;
    // A slate may be shorter.
    const rewardRange = [Math.min(0, least) * left, Math.max(0, largest) * left] as const;
    return createRewardModel({ loss: 'logistic', rewardRange, features });
  });
  return {
    learn(unit, request, items, rewards) {
      let left = 0;
      for (let place = items.length - 1; place >= 0; place -= 1) {
        left += rewards[place] ?? 0;
        const taken = request.candidates.find(({ item }) => item === items[place]);
        if (taken !== undefined) models[place]?.learn(unit, request, taken, left);
      }
    },
    predict: (unit, request, place, candidates) =>
      models[place]?.predict(unit, request, candidates) ?? new Float64Array(candidates.length),
  };
}

/** Times that a policy is asked about one slate for what it expects of every place. */
export function asksOf(candidates: number, places: number): number {
  return candidates * places - (places * (places - 1)) / 2;
}

/** What the model says of the items of a slate, and what it expects of each place under the policy, given the places before. */
export function cascadeColumns(
  model: SlateModel,
  policy: Policy,
  {
    unit,
    request,
    items,
  }: { readonly unit: string; readonly request: PolicyRequest; readonly items: readonly string[] },
): { readonly predictions: number[]; readonly expectations: number[] } {
  const predictions: number[] = [];
  const expectations: number[] = [];
  items.forEach((item, place) => {
    const above = items.slice(0, place);
    const left = request.candidates.filter((each) => !request.excluded.has(each.item) && !above.includes(each.item));
    const predicted = model.predict(unit, request, place, left);
    predictions.push(predicted[left.findIndex((each) => each.item === item)] ?? 0);
    const before = place === 0 ? 1 : prefixOf(policy, request, above, place);
    // What the policy never does before this place has the weight 0, and so has what it would expect then.
    if (before === 0) {
      expectations.push(0);
      return;
    }
    let [sum, mean] = [0, 0];
    left.forEach((each, at) => {
      const share = prefixOf(policy, request, [...above, each.item], place + 1) / before;
      sum += share;
      mean += share * (predicted[at] ?? 0);
    });
    if (Math.abs(sum - 1) > 1e-6)
      throw new RowFault('the chances of all items at a place, given those before, must add up to 1', sum);
    expectations.push(mean);
  });
  return { predictions, expectations };
}
