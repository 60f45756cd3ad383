import { expect, test } from 'vitest';
import type { Action, Policy, PolicyRequest } from '../../spec/index.ts';
import { prefixOf } from './acted.ts';
import { asksOf, cascadeColumns, createSlateModel } from './slate-model.ts';

/** Plackett and Luce: each place goes to one of those that are left, in proportion to its share. */
function policyOf(shares: Readonly<Record<string, number>>): Policy {
  return {
    logProbability({ excluded }: PolicyRequest, action: Action) {
      let left = Object.entries(shares).reduce((sum, [item, share]) => sum + (excluded.has(item) ? 0 : share), 0);
      let log = 0;
      for (const item of action.type === 'slate' ? action.items : []) {
        log += Math.log((shares[item] ?? 0) / left);
        left -= shares[item] ?? 0;
      }
      return log;
    },
  } as Pick<Policy, 'logProbability'> as Policy;
}

const candidates = ['a', 'b', 'c'].map((item) => ({ item, features: {} }));
const request = { subject: null, context: {}, candidates, excluded: new Set<string>(), size: 2, subjectState: null };
/** Whatever a model says: the item's number, less at the second place. */
const numbers: Readonly<Record<string, number>> = { a: 0.9, b: 0.4, c: 0.1 };
const model = {
  learn: () => undefined,
  predict: (_unit: string, _request: PolicyRequest, place: number, of: readonly { item: string }[]) =>
    Float64Array.from(of, ({ item }) => (numbers[item] ?? NaN) * (place === 0 ? 1 : 0.5)),
};

test('what is expected of each place, given the places before, worked by hand', () => {
  const policy = policyOf({ a: 0.5, b: 0.3, c: 0.2 });
  const { predictions, expectations } = cascadeColumns(model, policy, { unit: 'u', request, items: ['a', 'c'] });
  expect(predictions).toEqual([0.9, 0.05]);
  expect(expectations[0]).toBeCloseTo(0.5 * 0.9 + 0.3 * 0.4 + 0.2 * 0.1, 14);
  expect(expectations[1]).toBeCloseTo((0.3 / 0.5) * 0.2 + (0.2 / 0.5) * 0.05, 14);
  // What is excluded is expected nowhere.
  const without = { ...request, excluded: new Set(['b']) };
  const rest = cascadeColumns(model, policy, { unit: 'u', request: without, items: ['a', 'c'] }).expectations;
  expect(rest[0]).toBeCloseTo((0.5 * 0.9 + 0.2 * 0.1) / 0.7, 14);
  expect(rest[1]).toBeCloseTo(0.05, 14);
  expect(asksOf(3, 2)).toBe(3 + 2);
});

test('over all slates the doubly robust terms come to the value of the policy, whatever the model says', () => {
  const [logging, target] = [policyOf({ a: 0.2, b: 0.3, c: 0.5 }), policyOf({ a: 0.5, b: 0.3, c: 0.2 })];
  const chance = (policy: Policy, items: readonly string[], places: number): number =>
    prefixOf(policy, request, items, places);
  let [estimated, value] = [0, 0];
  for (const first of ['a', 'b', 'c'])
    for (const second of ['a', 'b', 'c']) {
      if (first === second) continue;
      const items = [first, second];
      // The second item is worth less below a good one.
      const rewards = [numbers[first] ?? 0, (1 - (numbers[first] ?? 0)) * (numbers[second] ?? 0) + 0.2];
      const { predictions, expectations } = cascadeColumns(model, target, { unit: 'u', request, items });
      let [term, before] = [0, 1];
      rewards.forEach((reward, place) => {
        const weight = chance(target, items, place + 1) / chance(logging, items, place + 1);
        term += weight * (reward - (predictions[place] ?? 0)) + before * (expectations[place] ?? 0);
        before = weight;
      });
      estimated += chance(logging, items, 2) * term;
      value += chance(target, items, 2) * rewards.reduce((sum, reward) => sum + reward, 0);
    }
  expect(estimated).toBeCloseTo(value, 12);
});

test('a policy whose chances of a place do not add up is told of', () => {
  const half = { logProbability: () => Math.log(0.1) } as Pick<Policy, 'logProbability'> as Policy;
  expect(() => cascadeColumns(model, half, { unit: 'u', request, items: ['a', 'b'] })).toThrow('must add up to 1');
});

test('the models of the places learn the reward from there on', () => {
  const features = { namespaces: { item: { from: 'item', normalise: false } }, crosses: [], seed: 1 } as const;
  const fitted = createSlateModel({ features, rewardRange: [0, 1] }, 2);
  for (let row = 0; row < 600; row += 1) fitted.learn(`unit ${row}`, request, ['a', 'b'], [1, row % 2]);
  const at = (place: number, item: string): number =>
    fitted.predict('another', request, place, [{ item, features: {} }])[0] ?? NaN;
  expect(Math.abs(at(0, 'a') - 1.5)).toBeLessThan(0.15);
  expect(Math.abs(at(1, 'b') - 0.5)).toBeLessThan(0.15);
});
