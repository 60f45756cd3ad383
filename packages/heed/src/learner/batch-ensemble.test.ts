import { describe, expect, test } from 'vitest';
import { arraysUnder, lastInputsMlp, mlpFromArrays, predictMlp, sigmoid, unpackArrays } from '../math/index.ts';
import { batchEnsembleFormat } from '../policy/index.ts';
import { policyContract } from '../policy/testing.ts';
import type { ArtifactContent, Learner, LoopConfiguration } from '../spec/index.ts';
import { bagging, baggingLearner, onlineCover, onlineCoverLearner, regCb, regCbLearner } from './index.ts';
import { lateReward, randomExperiences } from './testing-simulation.ts';
import { configurationWith, experienceOf, learnerContract, settledArtifact } from './testing.ts';

function narrow(learner: LoopConfiguration['learner']): LoopConfiguration {
  return configurationWith({ learner, features: { ...configurationWith().features, bits: 8 } });
}

const trees = { minLeafRows: 3, maxTrees: 6, learningRate: 0.4 };
const mlp = { hidden: [12], passes: 15, batchRows: 32, learningRate: 0.02 };
const batch = [
  { name: 'bagging of trees', learner: baggingLearner, options: bagging({ oracle: 'trees', models: 3, trees }) },
  { name: 'bagging of networks', learner: baggingLearner, options: bagging({ oracle: 'mlp', models: 2, mlp }) },
  { name: 'cover of trees', learner: onlineCoverLearner, options: onlineCover({ oracle: 'trees', trees }) },
  {
    name: 'cover of networks',
    learner: onlineCoverLearner,
    options: onlineCover({ oracle: 'mlp', policies: 2, mlp }),
  },
  { name: 'RegCB over trees', learner: regCbLearner, options: regCb({ oracle: 'trees', trees }) },
  {
    name: 'RegCB over trees, elimination',
    learner: regCbLearner,
    options: regCb({ oracle: 'trees', rule: 'elimination', trees }),
  },
  { name: 'RegCB over networks', learner: regCbLearner, options: regCb({ oracle: 'mlp', mlp }) },
] as readonly { name: string; learner: Learner<unknown>; options: LoopConfiguration['learner'] }[];

const trained = await Promise.all(
  batch.map(({ learner, options }) => {
    const configuration = narrow(options);
    return settledArtifact(learner, learner.update(learner.init(configuration, 's'), randomExperiences(60)));
  }),
);

describe('over oracles that are fitted to batches', () => {
  batch.forEach(({ name, learner, options }, index) => {
    const { request } = experienceOf('a', 0, { items: ['a', 'b', 'c', 'd', 'new'], context: { hour: 3 } });
    const read = () => batchEnsembleFormat.read('x', trained[index] as ArtifactContent);
    policyContract(name, 'choice', read, { ...request, excluded: new Set(['d']) });
    learnerContract(name, learner, narrow(options), randomExperiences(40));

    test(`${name} earns nearly what the best policy does`, async () => {
      const few = { context: true, batches: 7, batchSize: 120 };
      const configuration = configurationWith({ learner: options });
      // At random 0.35, at best 0.8.
      expect(await lateReward(learner, batchEnsembleFormat, configuration, few, '1')).toBeGreaterThan(0.6);
    });
  });
});

test('RegCB over trees by hand: two rewards of one item make one leaf, which is the base', async () => {
  // No split of two rows: one tree is a leaf that adds nothing, so none is kept, and nothing narrows the bound.
  const configuration = narrow(regCb({ oracle: 'trees', mellowness: 0.02 }));
  const items = ['a', 'b'];
  const judged = [experienceOf('a', 1, { items }), experienceOf('a', 0, { items })];
  const state = regCbLearner.update(regCbLearner.init(configuration, 's'), judged);
  const policy = batchEnsembleFormat.read('x', await settledArtifact(regCbLearner, state));
  const { scores } = policy.decide(experienceOf('a', 0, { items }).request, 's');
  // The base is the logit of 1/2; β = 0.02 log(1 + 2 · 2).
  const bound = 1 / (1 + Math.exp(-Math.sqrt(2 * 0.02 * Math.log(5))));
  expect(scores[0]).toBeCloseTo(bound, 12);
  expect(scores[1]).toBeCloseTo(bound, 12);
});

test('RegCB over a network by hand: one example, and what the last layer is given', async () => {
  const configuration = narrow(regCb({ oracle: 'mlp', mellowness: 0.02, mlp: { hidden: [3], passes: 2 } }));
  const judged = experienceOf('a', 1);
  const content = await settledArtifact(
    regCbLearner,
    regCbLearner.update(regCbLearner.init(configuration, 's'), [judged]),
  );
  const arrays = arraysUnder(unpackArrays(content.files[0]?.bytes ?? new Uint8Array()), 0);
  // The constant and the item, 1 each.
  const network = mlpFromArrays(arrays);
  const norm = lastInputsMlp(network, [1, 1]).reduce((sum, value) => sum + value * value, 1);
  const sum = predictMlp(network, [1, 1]);
  const curve = sigmoid(sum) * (1 - sigmoid(sum));
  // H = 1 + c φ φᵀ, so that φᵀ H⁻¹ φ = |φ|² / (1 + c |φ|²); β = 0.02 log(1 + 1 · 1).
  const bound = sigmoid(sum + Math.sqrt((2 * 0.02 * Math.log(2) * norm) / (1 + curve * norm)));
  const { scores } = batchEnsembleFormat.read('x', content).decide(judged.request, 's');
  expect(scores[0]).toBeCloseTo(bound, 12);
});

test('what combines with what is told: an oracle has no learning rate, and none is a stranger', () => {
  expect(() => regCb({ oracle: 'forest' } as never)).toThrow(/reg-cb.*oracle.*trees.*mlp/);
  expect(() => bagging({ oracle: 'trees', learningRate: 1 } as never)).toThrow(/bagging.*learningRate/);
  expect(() => onlineCover({ oracle: 'forest' } as never)).toThrow(/online-cover.*oracle.*trees.*mlp/);
});

test('where the oracle has become another, training starts anew', () => {
  const before = narrow(bagging({ oracle: 'trees' }));
  const content = baggingLearner.toArtifact(
    baggingLearner.update(baggingLearner.init(before, 's'), randomExperiences(9)),
  );
  expect(baggingLearner.fromArtifact(before, content).counts.examples).toBe(9);
  expect(baggingLearner.fromArtifact(narrow(bagging({ oracle: 'mlp' })), content).counts.examples).toBe(0);
  expect(baggingLearner.fromArtifact(narrow(bagging()), content).counts.examples).toBe(0);
});
