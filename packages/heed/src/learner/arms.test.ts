import { describe, expect, test } from 'vitest';
import { armsFormat } from '../policy/index.ts';
import { exp3, exp3Learner, klUcb, klUcbLearner, thompson, thompsonLearner, ucb1, ucb1Learner } from './index.ts';
import { lateReward, randomExperiences } from './testing-simulation.ts';
import { configurationWith, experienceOf, learnerContract } from './testing.ts';

const kinds = [
  { name: 'ucb1', learner: ucb1Learner, options: ucb1() },
  { name: 'kl-ucb', learner: klUcbLearner, options: klUcb() },
  { name: 'thompson, beta', learner: thompsonLearner, options: thompson() },
  { name: 'thompson, gaussian', learner: thompsonLearner, options: thompson({ posterior: 'gaussian' }) },
  { name: 'exp3', learner: exp3Learner, options: exp3() },
];

describe('the contract of learners', () => {
  for (const { name, learner, options } of kinds)
    learnerContract(name, learner, configurationWith({ learner: options }), randomExperiences(60));
});

test('statistics by hand: rewards 2 and 0 in [−1, 3], the second with probability ¼', () => {
  const configuration = configurationWith({
    learner: exp3(),
    reward: { ...configurationWith().reward, range: [-1, 3] },
  });
  const items = ['a', 'b'];
  const state = exp3Learner.update(exp3Learner.init(configuration, 's'), [
    experienceOf('a', 2, { items, probability: 0.5 }),
    experienceOf('a', 0, { items, probability: 0.25 }),
  ]);
  // y = ¾ and ¼: L = ¼ · 2 + ¾ · 4.
  expect(state.arms.get('a')).toEqual({ plays: 2, reward: 1, loss: 3.5 });
  expect(state.arms.get('b')).toEqual({ plays: 0, reward: 0, loss: 0 });
  const later = exp3Learner.update(state, [experienceOf('b', 3, { items: ['b', 'a', 'new'], probability: 0.1 })]);
  expect(later.arms.get('new')?.loss).toBe(0);
  const without = exp3Learner.update(state, [experienceOf('a', 3, { items: ['a', 'new'], probability: 0.1 })]);
  expect(without.arms.get('new')?.loss).toBe(3.5);
});

test('EXP3 leaves out what has no probability; the others need none', () => {
  const configuration = configurationWith({ learner: exp3() });
  expect(exp3Learner.needs(configuration).propensity).toBe(true);
  expect(ucb1Learner.needs(configurationWith({ learner: ucb1() })).propensity).toBe(false);
  const state = exp3Learner.update(exp3Learner.init(configuration, 's'), [experienceOf('a', 1)]);
  expect(state.counts).toMatchObject({ examples: 0, skipped: 1 });
});

test.each(kinds)('$name finds the best item', async ({ learner, options }) => {
  const configuration = configurationWith({ learner: options });
  const world = { context: false, batches: 150, batchSize: 10 };
  for (const seed of ['1', '2', '3'])
    // At random 0.35, at best 0.8.
    expect(await lateReward(learner, armsFormat, configuration, world, seed)).toBeGreaterThan(0.6);
});

test('what one rule has learned serves another; another reward range begins anew', () => {
  const configuration = configurationWith({ learner: ucb1() });
  const content = ucb1Learner.toArtifact(
    ucb1Learner.update(ucb1Learner.init(configuration, 's'), randomExperiences(20)),
  );
  const carried = klUcbLearner.fromArtifact(configurationWith({ learner: klUcb() }), content);
  expect(carried.counts.examples).toBe(20);
  const changed = configurationWith({ learner: ucb1(), reward: { ...configuration.reward, range: [0, 2] } });
  expect(ucb1Learner.fromArtifact(changed, content).counts.examples).toBe(0);
});

test('options are refused by name', () => {
  expect(() => exp3({ gamma: 1 } as object)).toThrow(/exp3.*gamma/);
  expect(() => thompson({ posterior: 'cauchy' } as never)).toThrow(/posterior/);
});
