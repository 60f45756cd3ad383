import { describe, expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import { dynamicalLinearFormat } from '../../policy/index.ts';
import type { Experience, Learner, LoopConfiguration, PolicyRequest } from '../../spec/index.ts';
import { configurationWith, learnerContract, storedAndRead } from '../testing.ts';
import { createDiscountedUcb } from './discounted.ts';
import { dLinUcbLearner, dynLinUcbLearner } from './learner.ts';
import type { DynamicalLinearState } from './learner.ts';
import { dLinUcb, dynLinUcb, toDiscountedOptions, toDynamicalOptions } from './options.ts';
import { createDynamicalUcb } from './ucb.ts';
import type { VectorPlayer } from './ucb.ts';

const fields = ['x', 'y', 'z'];
// Of unequal lengths, so that nothing is left to chance.
const vectors = [
  [1, 0.1, 0],
  [0.2, 0.9, 0.1],
  [0, 0.3, 0.8],
];
const request: PolicyRequest = {
  subject: null,
  context: {},
  candidates: vectors.map(([x, y, z], index) => ({ item: `v${index}`, features: { x, y, z } })),
  excluded: new Set(),
  size: 1,
  subjectState: null,
};
const dynamical = dynLinUcb({ fields, bounds: { spectralRadius: 0.5, action: 1.1, noise: 0.05 }, horizon: 500 });
const discounted = dLinUcb({ fields, discount: 0.99, horizon: 500 });
const choice = (learner: LoopConfiguration['learner']) => configurationWith({ learner });

/** What the rewards are after these plays: effects of the first vector come late. */
function rewardOf(plays: readonly number[]): number {
  const [now = 0, before = 0] = plays.toReversed();
  return (now === 1 ? 0.4 : 0.1) + (before === 0 ? 0.5 : 0);
}

/** Plays a learner by its artifacts, a training after every decision. */
function playLearner(learner: Learner<DynamicalLinearState>, configuration: LoopConfiguration, rounds: number) {
  let state = learner.init(configuration, 'seed');
  const plays: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const policy = dynamicalLinearFormat.read('artifact', storedAndRead(learner.toArtifact(state)));
    const { action } = policy.decide(request, `round ${round}`);
    const item = action.type === 'choice' ? action.item : '';
    plays.push(Number(item.slice(1)));
    state = learner.update(state, [{ request, item, probability: 1, reward: rewardOf(plays), weight: 1 }]);
  }
  return { state, plays };
}

function playPlayer(player: VectorPlayer, rounds: number): number[] {
  const plays: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plays.push(player.next());
    player.learn(rewardOf(plays));
  }
  return plays;
}

const experience = (index: number, reward: number): Experience => ({
  request,
  item: `v${index}`,
  probability: 1,
  reward,
  weight: 1,
});
const experiences = Array.from({ length: 60 }, (_, at) =>
  experience([0, 0, 0, 1, 1, 2][at % 6] ?? 0, ((at * 7) % 11) / 10),
);

describe('the contract of learners', () => {
  learnerContract('DynLin-UCB', dynLinUcbLearner, choice(dynamical), experiences);
  learnerContract('D-Lin-UCB', dLinUcbLearner, choice(discounted), experiences);
});

test('with a training after every decision, DynLin-UCB plays as the paper has it, epoch by epoch', () => {
  const { plays } = playLearner(dynLinUcbLearner, choice(dynamical), 300);
  const player = createDynamicalUcb(vectors, toDynamicalOptions(dynamical.options), createRandom('none'));
  expect(plays).toEqual(playPlayer(player, 300));
  expect(new Set(plays).size).toBe(3);
});

test('so it does where every round is learned from', () => {
  const every = dynLinUcb({ ...dynamical.options, learnFrom: 'every' });
  const { plays } = playLearner(dynLinUcbLearner, choice(every), 300);
  const options = { ...toDynamicalOptions(every.options), learnFrom: 'every' } as const;
  expect(plays).toEqual(playPlayer(createDynamicalUcb(vectors, options, createRandom('none')), 300));
  expect(plays).not.toEqual(playLearner(dynLinUcbLearner, choice(dynamical), 300).plays);
});

test('so does D-Lin-UCB', () => {
  const { plays } = playLearner(dLinUcbLearner, choice(discounted), 300);
  const player = createDiscountedUcb(vectors, toDiscountedOptions(discounted.options), createRandom('none'));
  expect(plays).toEqual(playPlayer(player, 300));
});

test('what is held is held until its own rounds are over, whatever older decisions still come in', () => {
  // Epochs 1 to 4 last 1, 2, 2 and 3 rounds.
  let state = dynLinUcbLearner.update(dynLinUcbLearner.init(choice(dynamical), 's'), [experience(0, 1)]);
  const { held } = state;
  expect(held).not.toBeNull();
  const other = held?.item === 'v0' ? 1 : 0;
  state = dynLinUcbLearner.update(state, [experience(other, 0), experience(other, 0)]);
  expect(state.epoch).toBe(3);
  expect(state.held).toEqual(held);
  const own = Number(held?.item.slice(1));
  state = dynLinUcbLearner.update(state, [experience(own, 0.5)]);
  expect(state.held).toEqual(held);
  state = dynLinUcbLearner.update(state, [experience(own, 0.5)]);
  expect(state.epoch).toBe(4);
});

test('what is held and no longer there is let go', () => {
  const state = dynLinUcbLearner.update(dynLinUcbLearner.init(choice(dynamical), 's'), [experience(0, 1)]);
  const without = { ...request, excluded: new Set([state.held?.item ?? '']) };
  const item = request.candidates.find((each) => each.item !== state.held?.item)?.item ?? '';
  expect(dynLinUcbLearner.update(state, [{ ...experience(0, 0), request: without, item }]).held).toBeNull();
});

test('rewards that are no numbers and candidates without the fields are counted and left out', () => {
  const state = dynLinUcbLearner.update(dynLinUcbLearner.init(choice(dynamical), 's'), [
    experience(0, NaN),
    experience(0, 1),
    { ...experience(0, 1), request: { ...request, candidates: [{ item: 'v0', features: { x: 1 } }] } },
  ]);
  expect(state.counts).toMatchObject({ examples: 1, skipped: 2 });
  expect([...(state.statistics['estimate'] ?? [])].every(Number.isFinite)).toBe(true);
  // The round without a number was played all the same.
  expect(state.round).toBe(2);
});

test('other fields, another ridge and another rule begin anew; other bounds go on', () => {
  const content = dynLinUcbLearner.toArtifact(
    dynLinUcbLearner.update(dynLinUcbLearner.init(choice(dynamical), 's'), experiences),
  );
  const roundsWith = (learner: typeof dynamical): number =>
    dynLinUcbLearner.fromArtifact(choice(learner), storedAndRead(content)).round;
  const bounds = { spectralRadius: 0.4 };
  expect(roundsWith(dynLinUcb({ fields, bounds, horizon: 500 }))).toBe(60);
  expect(roundsWith(dynLinUcb({ fields: ['x', 'y'], bounds, horizon: 500 }))).toBe(0);
  expect(roundsWith(dynLinUcb({ fields, bounds, horizon: 500, ridge: 2 }))).toBe(0);
  expect(dLinUcbLearner.fromArtifact(choice(discounted), storedAndRead(content)).round).toBe(0);
});

test('options and loops that make no sense are refused, and say why', () => {
  expect(() => dynLinUcb({ fields: [], bounds: { spectralRadius: 0.5 } })).toThrow('fields');
  expect(() => dynLinUcb({ fields, bounds: { spectralRadius: 1 } })).toThrow('bounds.spectralRadius');
  expect(() => dynLinUcb({ fields, bounds: { spectralRadius: 0.5 }, horizon: 1 })).toThrow('horizon');
  expect(() => dynLinUcb({ fields, bounds: { spectralRadius: 0.5 }, ridge: 0 })).toThrow('ridge');
  expect(() => dLinUcb({ fields, discount: 0 })).toThrow('discount');
  const slate = configurationWith({ learner: dynamical, action: { type: 'slate', size: 2 } });
  expect(() => dynLinUcbLearner.needs(slate)).toThrow('must be a choice: it is slate');
  const exploring = configurationWith({
    learner: dynamical,
    exploration: { name: 'epsilon-greedy', options: { epsilon: 0.1 } },
  });
  expect(() => dynLinUcbLearner.needs(exploring)).toThrow('explores in its own way');
});
