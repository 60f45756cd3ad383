import { describe, expect, test } from 'vitest';
import { linearPosteriorFormat } from '../policy/index.ts';
import { explorationOfChoices } from '../spec/index.ts';
import type { Experience } from '../spec/index.ts';
import { linUcb, linUcbLearner, linearThompson, linearThompsonLearner } from './index.ts';
import { lateReward, randomExperiences } from './testing-simulation.ts';
import { configurationWith, experienceOf, learnerContract } from './testing.ts';

const kinds = [
  { learner: linUcbLearner, options: linUcb() },
  { learner: linUcbLearner, options: linUcb({ model: 'shared' }) },
  { learner: linearThompsonLearner, options: linearThompson() },
  { learner: linearThompsonLearner, options: linearThompson({ model: 'shared' }) },
].map(({ learner, options }) => ({ learner, options, name: `${options.name} ${options.options.model}` }));

describe('the contract of learners', () => {
  for (const { name, learner, options } of kinds)
    learnerContract(name, learner, configurationWith({ learner: options }), randomExperiences(60));
});

test('LinUCB by hand: one reward 2 in [−1, 3] on a constant alone', () => {
  // y = ¾, A = 1 + 1: μ = 3/8, A⁻¹ = ½; the score of a is −1 + 4 (3/8 + ½ √½); that of b, never met, −1 + 4 · ½.
  const configuration = configurationWith({
    learner: linUcb({ alpha: 0.5 }),
    reward: { ...configurationWith().reward, range: [-1, 3] },
  });
  const state = linUcbLearner.update(linUcbLearner.init(configuration, 's'), [experienceOf('a', 2)]);
  const content = linUcbLearner.toArtifact(state);
  const request = experienceOf('a', 0, { items: ['a', 'b'] }).request;
  const { scores } = linearPosteriorFormat.read('x', content).decide(request, 's');
  expect(scores[0]).toBeCloseTo(-1 + 4 * (3 / 8 + Math.SQRT1_2 / 2), 12);
  expect(scores[1]).toBeCloseTo(1, 12);
  expect(content.metrics).toEqual({
    examples: 1,
    skipped: 0,
    meanReward: 2,
    meanSquaredError: 9,
    regressions: 1,
    features: 1,
  });
});

test.each(kinds)('$name earns nearly what the best policy does', async ({ learner, options }) => {
  const configuration = configurationWith({ learner: options });
  const world = { context: true, batches: 40, batchSize: 25 };
  for (const seed of ['1', '2', '3'])
    // At random 0.35, at best 0.8.
    expect(await lateReward(learner, linearPosteriorFormat, configuration, world, seed)).toBeGreaterThan(0.65);
});

test('experiences that cannot be used are counted and leave no trace', () => {
  const configuration = configurationWith({ learner: linUcb() });
  const bad: Experience[] = [
    { ...experienceOf('a', 1), item: 'nobody' },
    experienceOf('a', NaN),
    experienceOf('a', 1, { context: { hour: Infinity } }),
    experienceOf('a', 1, { weight: 0 }),
  ];
  const clean = linUcbLearner.toArtifact(
    linUcbLearner.update(linUcbLearner.init(configuration, 's'), randomExperiences(9)),
  );
  const mixed = linUcbLearner.toArtifact(
    linUcbLearner.update(linUcbLearner.init(configuration, 's'), [...bad, ...randomExperiences(9)]),
  );
  expect(mixed.metrics).toEqual({ ...clean.metrics, skipped: 4 });
  expect(mixed.files[0]).toEqual(clean.files[0]);
});

test('where λ, the model or the reward range have become others, or another learner wrote it, training starts anew', () => {
  const configuration = configurationWith({ learner: linUcb() });
  const content = linUcbLearner.toArtifact(
    linUcbLearner.update(linUcbLearner.init(configuration, 's'), randomExperiences(9)),
  );
  const carried = linUcbLearner.fromArtifact(configurationWith({ learner: linUcb({ alpha: 3 }) }), content);
  expect(carried.counts.examples).toBe(9);
  for (const changed of [
    configurationWith({ learner: linUcb({ ridge: 2 }) }),
    configurationWith({ learner: linUcb({ model: 'shared' }) }),
    configurationWith({ learner: linUcb(), reward: { ...configuration.reward, range: [0, 2] } }),
  ])
    expect(linUcbLearner.fromArtifact(changed, content).counts.examples).toBe(0);
  const foreign = { ...content, format: 'contextual-bandit', configuration: {} };
  expect(linUcbLearner.fromArtifact(configuration, foreign).counts.examples).toBe(0);
});

test('options are refused by name, and so is an exploration that would have no effect', () => {
  expect(() => linUcb({ alfa: 1 } as object)).toThrow(/lin-ucb.*alfa/);
  expect(() => linearThompson({ scale: -1 })).toThrow(/scale/);
  const explored = configurationWith({ learner: linUcb(), exploration: { name: 'boltzmann', options: {} } });
  expect(() => linUcbLearner.needs(explored)).toThrow(/lin-ucb explores in its own way.*it is boltzmann/);
  // What a loop has that names none was asked for by nobody; another scale was.
  const named = (gammaScale: number) =>
    configurationWith({
      learner: linUcb(),
      exploration: { ...explorationOfChoices, options: { ...explorationOfChoices.options, gammaScale } },
    });
  expect(linUcbLearner.needs(named(explorationOfChoices.options.gammaScale)).propensity).toBe(false);
  expect(() => linUcbLearner.needs(named(10))).toThrow(/it is square-cb/);
});
