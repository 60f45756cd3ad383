import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chiSquareTail, createRandom } from '../../math/index.ts';
import { switchingCostsFormat } from '../../policy/index.ts';
import type { Experience, LoopConfiguration } from '../../spec/index.ts';
import { configurationWith, experienceOf, learnerContract, storedAndRead } from '../testing.ts';
import { batchBounds } from './batched-descent.ts';
import { switchingCostsLearner } from './learner.ts';
import type { SwitchingCostsState } from './learner.ts';
import { scheduleOf, switchingCosts } from './options.ts';

const items = ['a', 'b', 'c'];
const full = switchingCosts({ actions: 3, horizon: 30, feedback: 'full', budget: 30 });
const flexible = switchingCosts({ actions: 3, horizon: 30, feedback: 'flexible', observe: 2, budget: 20 });
const bandit = switchingCosts({ actions: 3, horizon: 30, feedback: 'bandit', budget: 10 });
const configure = (learner: LoopConfiguration['learner']) => configurationWith({ learner });
const start = (learner: LoopConfiguration['learner'], seed = 'seed'): SwitchingCostsState =>
  switchingCostsLearner.init(configure(learner), seed);

/** One round: the item chosen with its reward, and what others would have paid. */
function round(
  decision: string,
  item: string,
  reward: number,
  others: Readonly<Record<string, number>> = {},
  more: { readonly probability?: number; readonly items?: readonly string[] } = {},
): Experience[] {
  const there = more.items ?? items;
  return [
    ...Object.entries(others).map(([other, worth]): Experience => ({
      ...experienceOf(other, worth, { items: there }),
      decision,
      taken: false,
    })),
    { ...experienceOf(item, reward, { items: there, probability: more.probability ?? 1 / 3 }), decision },
  ];
}

const worths: Readonly<Record<string, number>> = { a: 0.2, b: 0.9, c: 0.4 };
const rounds = (count: number): Experience[] =>
  Array.from({ length: count }, (_, at) =>
    round(`d${at}`, items[at % 3] ?? 'a', worths[items[at % 3] ?? ''] ?? 0, worths),
  ).flat();

describe('the contract of learners', () => {
  learnerContract('full', switchingCostsLearner, configure(full), rounds(24));
  learnerContract('flexible', switchingCostsLearner, configure(flexible), rounds(24));
  learnerContract('bandit', switchingCostsLearner, configure(bandit), rounds(24));
});

test('by hand: of a batch of one full round the weights fall by exp(−η loss)', () => {
  const learner = switchingCosts({ actions: 3, horizon: 2, feedback: 'full', budget: 6, learningRate: Math.log(2) });
  const state = switchingCostsLearner.update(start(learner), round('d', 'a', 0, { b: 1, c: 0.5 }));
  // Losses 1, 0 and ½: W = ½, 1 and 1/√2.
  expect([...state.logWeights].map((log) => Math.exp(log))).toEqual(
    [0.5, 1, Math.SQRT1_2].map((weight) => expect.closeTo(weight, 12)),
  );
  expect(state.totals).toMatchObject({ observations: 3, unobserved: 0 });
});

test('by hand: bandit feedback counts by the probability that its decision told', () => {
  const learner = switchingCosts({ actions: 3, horizon: 2, feedback: 'bandit', budget: 2, learningRate: 1 });
  const state = switchingCostsLearner.update(start(learner), round('d', 'c', 0.5, {}, { probability: 0.25 }));
  expect([...state.logWeights]).toEqual([0, 0, expect.closeTo(-0.5 / 0.25, 12)]);
  expect(switchingCostsLearner.needs(configure(learner)).propensity).toBe(true);
  expect(switchingCostsLearner.needs(configure(full)).propensity).toBe(false);
});

test('a batch of which no round was observed whole leaves everything as it is', () => {
  const state = switchingCostsLearner.update(start(full), round('d', 'a', 1, { b: 1 }));
  const later = switchingCostsLearner.update(state, [...round('e', 'a', 1), ...round('f', 'a', NaN, { b: 1, c: 1 })]);
  expect(later.batch).toBe(1);
  expect(later.held).toBe(state.held);
  expect([...later.logWeights]).toEqual([0, 0, 0]);
  expect(later.totals).toEqual({ switches: 0, observations: 0, unobserved: 1 });
});

test('what others would have paid may come before or after the decision’s own reward', () => {
  const parts = round('d', 'a', 0, { b: 1, c: 0.5 });
  const weightsOf = (order: readonly (Experience | undefined)[]): number[] => {
    const learner = switchingCosts({ actions: 3, horizon: 1, feedback: 'full', budget: 3 });
    const said = order.flatMap((part) => part ?? []);
    // The rest comes after the batch of one round where its own reward comes first.
    return [...switchingCostsLearner.update(start(learner), said).logWeights];
  };
  expect(weightsOf([parts[0], parts[1], parts[2]])).toEqual(weightsOf([parts[1], parts[0], parts[2]]));
  expect(weightsOf([parts[2], parts[0], parts[1]])).toEqual([0, 0, 0]);
  const longer = switchingCosts({ actions: 3, horizon: 2, feedback: 'full', budget: 3 });
  const late = switchingCostsLearner.update(start(longer), [...parts.toReversed(), ...round('e', 'a', 0)]);
  expect(late.totals.observations).toBe(3);
});

test('the plan names the items that are wanted, and asks no more once they came', () => {
  const state = switchingCostsLearner.update(start(flexible), round('d', 'a', 1));
  const plan = switchingCostsLearner.toArtifact(state).configuration['plan'] as {
    items: string[];
    observations: number;
  };
  expect(plan).toMatchObject({ batch: 0, rounds: 2, observations: 2 });
  const told = Object.fromEntries(plan.items.filter((item) => item !== 'a').map((item) => [item, 0.5]));
  const observed = switchingCostsLearner.update(state, round('e', 'a', 1, told));
  expect(switchingCostsLearner.toArtifact(observed).metrics).toMatchObject({ observationsWanted: 0, roundsLeft: 1 });
});

test('the budget is never exceeded, whatever is told, and holds anew for each horizon', () => {
  const options = fc.record({
    actions: fc.integer({ min: 2, max: 3 }),
    horizon: fc.integer({ min: 3, max: 40 }),
    feedback: fc.constantFrom('full', 'flexible', 'bandit', 'total', 'extra'),
    observe: fc.integer({ min: 1, max: 2 }),
    budget: fc.integer({ min: 3, max: 60 }),
  } as const);
  fc.assert(
    fc.property(options, (given) => {
      const state = switchingCostsLearner.update(start(switchingCosts(given)), rounds(2 * given.horizon));
      const { batches } = scheduleOf(given);
      expect(state.batch).toBe(2 * batches);
      // Where bandit feedback is worth more than the extra observations, those it comes with are no part of their budget.
      const allowed = given.feedback === 'extra' ? Math.max(given.budget, batches) : given.budget;
      // Three items are there, whatever the options say.
      expect(state.totals.observations).toBeLessThanOrEqual((2 * allowed * 3) / given.actions);
    }),
    { numRuns: 60 },
  );
});

test('items that come are met at the end of a batch, those that go are let go, and the held one is one of those there', () => {
  const first = switchingCostsLearner.update(start(full), rounds(3));
  expect(first.items).toEqual(items);
  const others = ['b', 'c', 'x'];
  const next = switchingCostsLearner.update(
    first,
    [0, 1, 2].flatMap((at) => round(`n${at}`, 'b', 1, {}, { items: others })),
  );
  expect(next.items).toEqual(others);
  expect(others).toContain(next.held);
  expect(next.logWeights[2]).toBe(Math.max(...next.logWeights));
});

test('a state goes on through its artifact with what it waits for; other options keep the weights alone', () => {
  const state = switchingCostsLearner.update(start(full), rounds(10).slice(0, -1));
  const stored = storedAndRead(switchingCostsLearner.toArtifact(state));
  expect(switchingCostsLearner.fromArtifact(configure(full), stored).observations).toEqual(state.observations);
  const other = switchingCostsLearner.fromArtifact(configure(bandit), stored);
  expect(other).toMatchObject({ items, held: state.held, batch: 0, rounds: 0 });
  expect(other.logWeights).toEqual(state.logWeights);
});

test('options that make no sense are refused, and say why', () => {
  const make = (more: object) => () => switchingCosts({ actions: 4, horizon: 100, ...more });
  expect(make({ budget: 0 })).toThrow('budget');
  expect(make({ feedback: 'full', budget: 3 })).toThrow('must buy one observed round of 4 actions: it is 3');
  expect(make({ feedback: 'flexible', observe: 5 })).toThrow(
    'observed.count must be a whole number from 1 to 4: it is 5',
  );
  expect(make({ batches: 101 })).toThrow('from 1 to the horizon, 100: it is 101');
  expect(make({ actions: 1 })).toThrow('actions');
  expect(make({ learningRate: 0 })).toThrow('learningRate');
  const slate = configurationWith({ learner: full, action: { type: 'slate', size: 2 } });
  expect(() => switchingCostsLearner.needs(slate)).toThrow('must be a choice: it is slate');
});

/*
 * Games of three batches, each with a seed of its own; in each the distribution that the artifact tells of its last batch
 * and what it plays. Σ (1{A = k} − w[k]) against its mean covariance, for two of three items: χ² of 2 degrees.
 */
test.each([
  { name: 'full', learner: full },
  { name: 'flexible', learner: flexible },
  { name: 'bandit', learner: bandit },
])('what $name plays is distributed as its artifacts say: p > 0.001 over 2,000 games of fixed seeds', ({ learner }) => {
  const schedule = scheduleOf(learner.options);
  const played = batchBounds(schedule, 3)[0];
  const request = { ...experienceOf('a', 0, { items }).request };
  const [sums, covariance] = [
    [0, 0],
    [0, 0, 0],
  ];
  for (let game = 0; game < 2_000; game += 1) {
    const reward = createRandom(`rewards ${game}`);
    let state = start(learner, `game ${game}`);
    let policy = switchingCostsFormat.read('x', switchingCostsLearner.toArtifact(state));
    for (let at = 0; at < played; at += 1) {
      const { action, behaviour } = policy.decide(request, `${game} ${at}`);
      const item = action.type === 'choice' ? action.item : '';
      const told = Object.fromEntries(items.map((each) => [each, reward.uniform() < (worths[each] ?? 0) ? 1 : 0]));
      state = switchingCostsLearner.update(
        state,
        round(`d${at}`, item, told[item] ?? 0, told, { probability: behaviour.draw?.marginal?.probability ?? NaN }),
      );
      policy = switchingCostsFormat.read('x', switchingCostsLearner.toArtifact(state));
    }
    const [a = NaN, b = NaN] = policy.distribution(request);
    const { action } = policy.decide(request, 'last');
    const item = action.type === 'choice' ? action.item : '';
    sums[0] = (sums[0] ?? 0) + (item === 'a' ? 1 : 0) - a;
    sums[1] = (sums[1] ?? 0) + (item === 'b' ? 1 : 0) - b;
    covariance[0] = (covariance[0] ?? 0) + a * (1 - a);
    covariance[1] = (covariance[1] ?? 0) - a * b;
    covariance[2] = (covariance[2] ?? 0) + b * (1 - b);
  }
  const [x = NaN, y = NaN] = sums;
  const [xx = NaN, xy = NaN, yy = NaN] = covariance;
  const statistic = (yy * x * x - 2 * xy * x * y + xx * y * y) / (xx * yy - xy * xy);
  expect(chiSquareTail(statistic, 2)).toBeGreaterThan(0.001);
});
