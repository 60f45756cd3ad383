import { describe, expect, test } from 'vitest';
import { batchErmFormat, boltzmann, epsilonGreedy, fastCb, squareCb } from '../policy/index.ts';
import { policyContract } from '../policy/testing.ts';
import { batchErm, batchErmLearner as learner } from './index.ts';
import { lateReward, randomExperiences } from './testing-simulation.ts';
import { configurationWith, experienceOf, learnerContract, settledArtifact } from './testing.ts';

const small = { trees: { minLeafRows: 3, maxTrees: 20 } };
const oracles = {
  'logistic': batchErm({ oracle: 'logistic' }),
  'logistic per item': batchErm({ oracle: 'logistic-per-item' }),
  'trees': batchErm({ oracle: 'trees', ...small }),
  'trees, weighed': batchErm({ oracle: 'trees', importance: 'inverse', ...small }),
  'network': batchErm({ oracle: 'mlp' }),
};

/** Each oracle under some explorations, trained; a policy's contract needs its artifact before its tests are collected. */
const policies = await Promise.all(
  Object.entries(oracles).flatMap(([name, kind]) =>
    [squareCb(), fastCb(), boltzmann(), epsilonGreedy()].map(async (exploration) => {
      const configuration = configurationWith({ learner: kind, exploration });
      const state = learner.update(learner.init(configuration, 's'), randomExperiences(60));
      return { name: `${name}, ${exploration.name}`, content: await settledArtifact(learner, state) };
    }),
  ),
);

describe('the contracts of learners and policies', () => {
  for (const [name, kind] of Object.entries(oracles))
    learnerContract(name, learner, configurationWith({ learner: kind }), randomExperiences(60));
  for (const { name, content } of policies) {
    const { request } = experienceOf('a', 0, { items: ['a', 'b', 'c', 'd', 'new'], context: { hour: 3 } });
    policyContract(name, 'choice', () => batchErmFormat.read('x', content), { ...request, excluded: new Set(['d']) });
  }
});

test.each(Object.entries(oracles))('%s earns nearly what the best policy does', async (_, kind) => {
  const configuration = configurationWith({ learner: kind });
  const world = { context: true, batches: 20, batchSize: 50 };
  // At random 0.35, at best 0.8.
  expect(await lateReward(learner, batchErmFormat, configuration, world, '1')).toBeGreaterThan(0.6);
});

test('per item by hand: one success on a constant alone, an item that was never seen scores a half', () => {
  const configuration = configurationWith({ learner: batchErm({ oracle: 'logistic-per-item' }) });
  const state = learner.update(learner.init(configuration, 's'), [experienceOf('a', 1)]);
  const { request } = experienceOf('a', 0, { items: ['a', 'b'] });
  const { scores } = batchErmFormat.read('x', learner.toArtifact(state)).decide(request, 's');
  // θ = 1 − σ(θ).
  expect(scores[0]).toBeCloseTo(1 - 0.401_058_138, 8);
  expect(scores[1]).toBe(0.5);
});

test('only the window is remembered: what fell out of it has no effect', () => {
  const configuration = configurationWith({ learner: batchErm({ batches: 2, batchExamples: 10 }) });
  const all = randomExperiences(60);
  const model = (of: typeof all) => learner.toArtifact(learner.update(learner.init(configuration, 's'), of)).files;
  expect(model(all)).not.toEqual(model(all.slice(0, 40)));
  const [whole] = model(all);
  const [end] = model(all.slice(40));
  expect(whole).toEqual(end);
});

test('γ is constant within an artifact and counts all examples, remembered or not', () => {
  const configuration = configurationWith({ learner: batchErm({ batches: 1, batchExamples: 10 }) });
  const state = learner.update(learner.init(configuration, 's'), randomExperiences(60));
  expect(learner.toArtifact(state).metrics).toMatchObject({ examples: 60, remembered: 10 });
});

test('with inverse importance probabilities are needed, and cut', () => {
  const configuration = configurationWith({ learner: batchErm({ importance: 'inverse', importanceCap: 5 }) });
  expect(learner.needs(configuration).propensity).toBe(true);
  const state = learner.update(learner.init(configuration, 's'), [
    experienceOf('a', 1),
    experienceOf('a', 1, { probability: 0.5 }),
    experienceOf('a', 1, { probability: 0.01, weight: 2 }),
  ]);
  expect(state.memory.map(({ weight }) => weight)).toEqual([2, 10]);
  expect(state.skipped).toBe(1);
});

test('a network acts by what was settled last, and before that scores all half way', async () => {
  const configuration = configurationWith({ learner: batchErm({ oracle: 'mlp' }) });
  const state = learner.update(learner.init(configuration, 's'), randomExperiences(60));
  const { request } = experienceOf('a', 0, { items: ['a', 'b', 'c'], context: { hour: 3, device: 'phone' } });
  const scores = (of: typeof state) => batchErmFormat.read('x', learner.toArtifact(of)).decide(request, 's').scores;
  expect([...scores(state)]).toEqual([0.5, 0.5, 0.5]);
  const settled = await learner.settle?.(state);
  if (settled === undefined) throw new Error('cannot test the network, as the learner must settle: it does not');
  expect(new Set(scores(settled)).size).toBe(3);
  expect(scores(learner.update(settled, randomExperiences(10)))).toEqual(scores(settled));
});

test('what a network leaves out is filled in only where there is one', () => {
  expect(batchErm().options).not.toHaveProperty('mlp');
  expect(batchErm({ oracle: 'mlp', mlp: { hidden: [8] } }).options).toMatchObject({ mlp: { hidden: [8], passes: 20 } });
});

test('options are refused by name', () => {
  expect(() => batchErm({ window: 1 } as object)).toThrow(/batch-erm.*window/);
  expect(() => batchErm({ trees: { maxLeaves: 1 } })).toThrow(/trees.maxLeaves/);
});
