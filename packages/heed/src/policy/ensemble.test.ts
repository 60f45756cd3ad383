import { describe, expect, test } from 'vitest';
import { hashName, packArrays } from '../math/index.ts';
import { ensembleFiles, ensembleFormatName } from '../spec/index.ts';
import type { ArtifactContent, EnsembleConfiguration, JsonObject } from '../spec/index.ts';
import { ensembleFormat } from './index.ts';
import { policyContract, requestFor } from './testing.ts';

type Method = EnsembleConfiguration['method'];

const items = ['a', 'b', 'c', 'd', 'e'];
/** Per model, the weight of each item. */
const votes = [
  [0.1, 0.5, 0.2, 0, 0],
  [0.6, 0.5, 0.2, 0, 0],
  [0.1, 0.5, 0.7, 0, 0],
  [0.1, 0.8, 0.2, 0, 0],
];
const curvatures = [9, 99, 4, 0, 0];

function contentWith(method: Method, changes: Partial<EnsembleConfiguration> = {}): ArtifactContent {
  const configuration: EnsembleConfiguration = {
    action: 'choice',
    features: { namespaces: { item: { from: 'item', normalise: false } }, crosses: [], bits: 10, seed: 0 },
    loss: 'squared',
    rewardRange: [0, 1],
    leastProbability: 0,
    method,
    models: votes.length,
    seed: 's',
    examples: 16,
    learner: { name: method.name, options: {} },
    ...changes,
  };
  const arrays = new Map<string, Float64Array | Uint32Array>([
    ['keys', Uint32Array.from(['constant', ...items.map((item) => `item=${item}`)], (name) => hashName(name, 0))],
    // The constant is as good as known.
    ['curvatures', Float64Array.of(1e15, ...curvatures)],
    ...votes.map((weights, index): [string, Float64Array] => [`${index} weights`, Float64Array.of(0, ...weights)]),
  ]);
  return {
    format: ensembleFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(configuration)) as JsonObject,
    files: [{ name: ensembleFiles.models, bytes: packArrays(arrays) }],
    metrics: {},
  };
}

const methods: readonly Method[] = [
  { name: 'bagging' },
  { name: 'online-cover' },
  { name: 'reg-cb', rule: 'optimistic', mellowness: 0.1 },
  { name: 'reg-cb', rule: 'elimination', mellowness: 0.02 },
];
const request = requestFor(items, { excluded: new Set(['d']) });

describe('the contract of policies', () => {
  for (const method of methods) {
    for (const action of ['choice', 'slate'] as const) {
      for (const [leastProbability, loss] of [
        [0, 'squared'],
        [0.05, 'logistic'],
      ] as const) {
        const asked = { ...request, size: action === 'slate' ? 3 : 1 };
        const make = () => ensembleFormat.read('x', contentWith(method, { action, leastProbability, loss }));
        policyContract(`${JSON.stringify(method)}, ${action}, ${loss}`, action, make, asked);
      }
    }
  }
});

test('bagging by hand: votes b, a, c, b', () => {
  const policy = ensembleFormat.read('x', contentWith({ name: 'bagging' }, { rewardRange: [-1, 1] }));
  expect([...policy.distribution(request)]).toEqual([0.25, 0.5, 0.25, 0, 0]);
  expect(policy.decide(request, 's').scores[1]).toBeCloseTo(-1 + 2 * 0.575, 12);
});

test('online cover by hand: votes a, c, b of the policies, ε = min(1/4, 1/√64)', () => {
  const policy = ensembleFormat.read('x', contentWith({ name: 'online-cover' }));
  const distribution = policy.distribution(request);
  [1 / 6 + 1 / 8, 1 / 6 + 1 / 8, 1 / 6 + 1 / 8, 0, 1 / 8].forEach((p, index) =>
    expect(distribution[index]).toBeCloseTo(p, 12),
  );
  expect(policy.decide(request, 's').scores[0]).toBe(0.1);
});

test('RegCB by hand: bounds of five candidates after 16 examples', () => {
  const beta = 0.02 * Math.log(1 + 5 * 16);
  const radius = (curvature: number): number => Math.sqrt((2 * beta) / (1 + curvature));
  const optimistic = ensembleFormat.read('x', contentWith({ name: 'reg-cb', rule: 'optimistic', mellowness: 0.02 }));
  const { scores } = optimistic.decide(request, 's');
  [0.1 + radius(9), 0.5 + radius(99), 0.2 + radius(4)].forEach((score, index) =>
    expect(scores[index]).toBeCloseTo(score, 7),
  );
  // Lower bounds: the largest is b’s, 0.458; a’s upper bound is 0.233, c’s 0.388, the unseen e’s 0.419.
  const elimination = ensembleFormat.read('x', contentWith({ name: 'reg-cb', rule: 'elimination', mellowness: 0.02 }));
  expect([...elimination.distribution(request)]).toEqual([0, 1, 0, 0, 0]);
  const mellow = ensembleFormat.read('x', contentWith({ name: 'reg-cb', rule: 'elimination', mellowness: 0.03 }));
  [0, 0.5, 0, 0, 0.5].forEach((p, index) => expect(mellow.distribution(request)[index]).toBeCloseTo(p, 12));
});
