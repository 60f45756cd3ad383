import { describe, expect, test } from 'vitest';
import { ensembleFormat } from '../policy/index.ts';
import type { LoopConfiguration } from '../spec/index.ts';
import { bagging, baggingLearner, onlineCover, onlineCoverLearner, regCb, regCbLearner } from './index.ts';
import { lateReward, randomExperiences } from './testing-simulation.ts';
import { configurationWith, experienceOf, learnerContract } from './testing.ts';

const world = { context: true, batches: 40, batchSize: 25 };

function narrow(learner: LoopConfiguration['learner']): LoopConfiguration {
  return configurationWith({ learner, features: { ...configurationWith().features, bits: 8 } });
}

describe('the contract of learners', () => {
  const experiences = randomExperiences(60);
  learnerContract('bagging', baggingLearner, narrow(bagging({ models: 3 })), experiences);
  learnerContract('bagging, logistic', baggingLearner, narrow(bagging({ models: 3, loss: 'logistic' })), experiences);
  learnerContract('online cover', onlineCoverLearner, narrow(onlineCover()), experiences);
  learnerContract('RegCB', regCbLearner, narrow(regCb()), experiences);
  learnerContract(
    'RegCB, logistic',
    regCbLearner,
    narrow(regCb({ rule: 'elimination', loss: 'logistic' })),
    experiences,
  );
});

test.each(['1', '2', '3'])('each earns nearly what the best policy does (%s)', async (seed) => {
  // At random 0.35, at best 0.8.
  const late = {
    bagging: await lateReward(baggingLearner, ensembleFormat, configurationWith({ learner: bagging() }), world, seed),
    cover: await lateReward(
      onlineCoverLearner,
      ensembleFormat,
      configurationWith({ learner: onlineCover() }),
      world,
      seed,
    ),
    optimistic: await lateReward(regCbLearner, ensembleFormat, configurationWith({ learner: regCb() }), world, seed),
    elimination: await lateReward(
      regCbLearner,
      ensembleFormat,
      configurationWith({ learner: regCb({ rule: 'elimination', loss: 'logistic' }) }),
      world,
      seed,
    ),
  };
  expect(late.bagging).toBeGreaterThan(0.65);
  expect(late.cover).toBeGreaterThan(0.6);
  expect(late.optimistic).toBeGreaterThan(0.65);
  expect(late.elimination).toBeGreaterThan(0.6);
});

test('bagging: another seed, other models; the same one, the same', () => {
  const configuration = narrow(bagging({ models: 2 }));
  const trained = (seed: string) =>
    baggingLearner.toArtifact(baggingLearner.update(baggingLearner.init(configuration, seed), randomExperiences(20)));
  expect(trained('a')).toEqual(trained('a'));
  expect(trained('a').files).not.toEqual(trained('b').files);
});

test('RegCB’s curvatures by hand: two rewards of one item', () => {
  // Constant and item have curvature 1 + 2 each; β = 0.5 log(1 + 2 · 2): ŷ+ − ŷ = √(2 β (1/3 + 1/3)), 1 at most.
  const configuration = narrow(regCb({ mellowness: 0.02 }));
  const items = ['a', 'b'];
  const state = regCbLearner.update(regCbLearner.init(configuration, 's'), [
    experienceOf('a', 0, { items }),
    experienceOf('a', 0, { items }),
  ]);
  const policy = ensembleFormat.read('x', regCbLearner.toArtifact(state));
  const { scores } = policy.decide(experienceOf('a', 0, { items }).request, 's');
  const beta = 0.02 * Math.log(5);
  expect(scores[0]).toBeCloseTo(Math.sqrt(2 * beta * (2 / 3)), 12);
  expect(scores[1]).toBeCloseTo(Math.sqrt(2 * beta * (1 / 3 + 1)), 12);
});

test('online cover needs probabilities, and leaves out what has none', () => {
  const configuration = narrow(onlineCover());
  expect(onlineCoverLearner.needs(configuration).propensity).toBe(true);
  const state = onlineCoverLearner.update(onlineCoverLearner.init(configuration, 's'), [experienceOf('a', 1)]);
  expect(state.counts).toMatchObject({ examples: 0, skipped: 1 });
});

test('where method, models, slots or reward range have become others, training starts anew', () => {
  const configuration = narrow(bagging({ models: 3 }));
  const content = baggingLearner.toArtifact(
    baggingLearner.update(baggingLearner.init(configuration, 's'), randomExperiences(9)),
  );
  expect(baggingLearner.fromArtifact(configuration, content).counts.examples).toBe(9);
  expect(baggingLearner.fromArtifact(narrow(bagging({ models: 4 })), content).counts.examples).toBe(0);
  expect(
    baggingLearner.fromArtifact(configurationWith({ learner: bagging({ models: 3 }) }), content).counts.examples,
  ).toBe(0);
  expect(regCbLearner.fromArtifact(narrow(regCb()), content).counts.examples).toBe(0);
});

test('options are refused by name', () => {
  expect(() => bagging({ models: 1 })).toThrow(/bagging.*models/);
  expect(() => onlineCover({ epsilon: 1 } as object)).toThrow(/online-cover.*epsilon/);
  expect(() => regCb({ rule: 'pessimistic' } as never)).toThrow(/reg-cb.*rule/);
});
