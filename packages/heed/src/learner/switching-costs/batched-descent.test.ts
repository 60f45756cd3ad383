import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chiSquareTail, createRandom } from '../../math/index.ts';
import { lazyLeader } from './baselines.ts';
import { batchBounds, chooseObservation, descend, estimateLosses, startDescent } from './batched-descent.ts';
import type { BatchedDescentOptions } from './batched-descent.ts';
import {
  banditFeedback,
  flexibleFeedback,
  fullFeedback,
  observationsUsed,
  plainBandit,
  withExtraObservations,
  withTotalObservations,
} from './instances.ts';

const options: BatchedDescentOptions = {
  actions: 2,
  horizon: 10,
  batches: 5,
  learningRate: Math.log(2),
  observed: { kind: 'full' },
  dartboard: true,
};

test('by hand: losses 1 and 0 at η = log 2 halve the first weight', () => {
  const random = createRandom('hand');
  const state = { ...startDescent(options, random), action: 1 };
  const estimate = estimateLosses(options, state, [0, 1], [1, 0]);
  expect(estimate).toEqual(Float64Array.of(1, 0));
  const next = descend(options, state, estimate, random);
  expect(next.weights[0]).toBeCloseTo(1 / 3, 12);
  expect(next.weights[1]).toBeCloseTo(2 / 3, 12);
  // Its loss was 0, so the dartboard keeps it for sure.
  expect(next.action).toBe(1);
  expect(state.logWeights).toEqual(new Float64Array(2));
});

test('by hand: one of four actions seen counts four times, and an action taken with probability 1/2 twice', () => {
  const flexible: BatchedDescentOptions = { ...options, actions: 4, observed: { kind: 'flexible', count: 1 } };
  const state = startDescent(flexible, createRandom('a'));
  expect(estimateLosses(flexible, state, [2], [0.5])).toEqual(Float64Array.of(0, 0, 2, 0));
  const bandit: BatchedDescentOptions = { ...options, observed: { kind: 'bandit' }, dartboard: false };
  expect(estimateLosses(bandit, startDescent(bandit, createRandom('a')), [1], [0.25])).toEqual(Float64Array.of(0, 0.5));
});

test('batches cover the rounds once, also where they do not divide them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (horizon, batches) => {
      fc.pre(batches <= horizon);
      const bounds = Array.from({ length: batches }, (_, batch) =>
        batchBounds({ ...options, horizon, batches }, batch),
      );
      const rounds = bounds.map(([from, to]) => to - from);
      expect(rounds.reduce((sum, each) => sum + each, 0)).toBe(horizon);
      expect(Math.min(...rounds)).toBeGreaterThanOrEqual(1);
      expect(bounds.slice(1).map(([from]) => from)).toEqual(bounds.slice(0, -1).map(([, to]) => to));
    }),
  );
});

/** p of the last actions of many games against the distributions that the learner reports for them. */
function marginal(given: BatchedDescentOptions, games: number): number {
  const random = createRandom('marginal');
  const losses = [0.05, 0.9, 0.3, 0.7, 0.1, 0.8, 0.2, 0.9, 0.02, 0.6];
  let [difference, variance] = [0, 0];
  for (let game = 0; game < games; game += 1) {
    let state = startDescent(given, random);
    for (let round = 0; round < 5; round += 1) {
      const { actions } = chooseObservation(given, state, 1, random);
      const seen = actions.map((action) => losses[2 * round + action] ?? NaN);
      state = descend(given, state, estimateLosses(given, state, actions, seen), random);
    }
    const [first = NaN] = state.weights;
    difference += (state.action === 0 ? 1 : 0) - first;
    variance += first * (1 - first);
  }
  return chiSquareTail(difference ** 2 / variance, 1);
}

test('the reported distribution is that of the action: with the dartboard on full and flexible feedback, without it on bandit feedback', () => {
  const flexible: BatchedDescentOptions = { ...options, observed: { kind: 'flexible', count: 1 } };
  const bandit: BatchedDescentOptions = {
    ...options,
    learningRate: 0.3,
    observed: { kind: 'bandit' },
    dartboard: false,
  };
  for (const each of [options, flexible, bandit]) expect(marginal(each, 20_000)).toBeGreaterThan(0.001);
});

test('it is not with the dartboard on bandit feedback', () => {
  expect(
    marginal({ ...options, learningRate: 0.3, observed: { kind: 'bandit' }, dartboard: true }, 20_000),
  ).toBeLessThan(1e-6);
});

test('no instance spends more than its budget', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 16 }),
      fc.integer({ min: 16, max: 4_000 }),
      fc.integer({ min: 16, max: 20_000 }),
      (actions, horizon, budget) => {
        const situation = { actions, horizon };
        for (const each of [
          fullFeedback(situation, budget),
          flexibleFeedback(situation, budget, 2),
          banditFeedback(situation, budget),
          withTotalObservations(situation, budget),
        ])
          expect(observationsUsed(each)).toBeLessThanOrEqual(budget);
      },
    ),
  );
});

test('extra observations are used from the budget on at which they are worth more', () => {
  const situation = { actions: 4, horizon: 2 ** 17 };
  expect(withExtraObservations(situation, 0)).toEqual(plainBandit(situation));
  expect(withExtraObservations(situation, 1_000).observed.kind).toBe('bandit');
  expect(withExtraObservations(situation, 2_000).observed.kind).toBe('full');
});

test('a budget that buys nothing, more batches than rounds and a loss of 2 are refused', () => {
  expect(() => banditFeedback({ actions: 2, horizon: 10 }, 0)).toThrow(
    'must buy one observed round of 1 actions: it is 0',
  );
  expect(() => fullFeedback({ actions: 4, horizon: 10 }, 3)).toThrow(RangeError);
  expect(() => startDescent({ ...options, batches: 11 }, createRandom('a'))).toThrow(
    'from 1 to the horizon, 10: it is 11',
  );
  expect(() => startDescent({ ...options, learningRate: NaN }, createRandom('a'))).toThrow('learningRate');
  expect(() => startDescent({ ...options, observed: { kind: 'flexible', count: 3 } }, createRandom('a'))).toThrow(
    'from 1 to 2',
  );
  expect(() => estimateLosses(options, startDescent(options, createRandom('a')), [0], [2])).toThrow(
    'in [0, 1]: it is 2',
  );
});

test('the lazy leader: rarely moves, and follows the better action', () => {
  const horizon = 4_000;
  const random = createRandom('lazy');
  const losses = Float64Array.from({ length: 2 * horizon }, (_, at) =>
    random.uniform() < (at % 2 === 0 ? 0.6 : 0.4) ? 1 : 0,
  );
  const taken = lazyLeader({ actions: 2, horizon }, losses, random);
  const switches = taken.filter((action, at) => at > 0 && action !== taken[at - 1]).length;
  expect(switches).toBeLessThan(2 * Math.sqrt(horizon));
  expect(taken.slice(horizon / 2).filter((action) => action === 1).length).toBeGreaterThan(0.95 * (horizon / 2));
});
