import { describe, expect, test } from 'vitest';
import { createRandom, drawNormal } from '../../math/index.ts';
import { autoregressiveFormat } from '../../policy/index.ts';
import type { Experience, LoopConfiguration, PastDecisions } from '../../spec/index.ts';
import { configurationWith, experienceOf, learnerContract, storedAndRead } from '../testing.ts';
import { ar2, autoregressiveLearner } from './ar2.ts';
import type { AutoregressiveState } from './ar2.ts';
import { createAutoregressive } from './baselines.ts';

const items = ['v0', 'v1', 'v2', 'v3'];
const learner = ar2({ memory: 0.9, noise: 0.05, epoch: 90, radiusScale: 0.05 });
const configure = (named: LoopConfiguration['learner'] = learner) => configurationWith({ learner: named });
const start = (named?: LoopConfiguration['learner']): AutoregressiveState =>
  autoregressiveLearner.init(configure(named), 'seed');

function experience(item: string, reward: number, past?: PastDecisions): Experience {
  const plain = experienceOf(item, reward, { items });
  return past === undefined ? plain : { ...plain, request: { ...plain.request, past } };
}

/** Worths in [0, 1] that wander around ½, round by round. */
function wander(seed: string, rounds: number): number[][] {
  const random = createRandom(seed);
  let now = items.map(() => 0);
  return Array.from({ length: rounds }, () => {
    now = now.map((each) => 0.9 * each + 0.1 * drawNormal(random));
    return now.map((each) => Math.min(1, Math.max(0, 0.5 + each)));
  });
}

/** Plays by artifacts, with a training after so many decisions; decisions know what came before them. */
function play(worths: readonly (readonly number[])[], trainEvery: number) {
  let state = start();
  let policy = autoregressiveFormat.read('x', storedAndRead(autoregressiveLearner.toArtifact(state)));
  const plays: number[] = [];
  let waiting: Experience[] = [];
  for (const [round, worth] of worths.entries()) {
    const past = {
      round,
      items: plays
        .map((index) => items[index] ?? '')
        .toReversed()
        .slice(0, 8),
    };
    const { request } = experience('v0', 0, past);
    const { action } = policy.decide(request, `round ${round}`);
    const index = items.indexOf(action.type === 'choice' ? action.item : '');
    plays.push(index);
    waiting.push(experience(items[index] ?? '', worth[index] ?? NaN, past));
    if (waiting.length < trainEvery) continue;
    state = autoregressiveLearner.update(state, waiting);
    waiting = [];
    policy = autoregressiveFormat.read('x', storedAndRead(autoregressiveLearner.toArtifact(state)));
  }
  return { state, plays };
}

const worths = wander('worths', 400);
const experiences = worths
  .slice(0, 60)
  .map((row, round) => experience(items[round % 4] ?? '', row[round % 4] ?? NaN, { round, items: [] }));

describe('the contract of learners', () => {
  learnerContract('AR2', autoregressiveLearner, configure(), experiences);
});

test('with a training after every decision, AR2 plays as the paper has it, epoch by epoch', () => {
  const { plays } = play(worths, 1);
  const player = createAutoregressive({
    count: 4,
    memory: 0.9,
    noise: 0.05,
    largest: 0.5,
    epoch: 90,
    radiusScale: 0.05,
  });
  const expected = worths.map((worth) => {
    const index = player.next();
    player.learn((worth[index] ?? NaN) - 0.5);
    return index;
  });
  expect(plays).toEqual(expected);
  expect(new Set(plays).size).toBe(4);
});

test('between two trainings it alternates, and looks at each of those that wait once', () => {
  // Eight decisions to a training: four items to begin with, then the best in every even round.
  const { plays } = play(worths, 8);
  expect(plays.slice(0, 4)).toEqual([0, 1, 2, 3]);
  for (let from = 8; from < 80; from += 8) {
    const block = plays.slice(from, from + 8);
    const [best] = block;
    expect(new Set(block.filter((_, at) => at % 2 === 0))).toEqual(new Set([best]));
    const others = block.filter((index) => index !== best);
    expect(new Set(others).size).toBe(others.length);
  }
});

test('it follows what wanders better than any one item does', () => {
  const long = wander('longer', 3_000);
  const { plays } = play(long, 1);
  const earned = plays.reduce((sum, index, round) => sum + (long[round]?.[index] ?? NaN), 0) / long.length;
  const fixed = items.map((_, index) => long.reduce((sum, row) => sum + (row[index] ?? NaN), 0) / long.length);
  expect(earned).toBeGreaterThan(Math.max(...fixed) + 0.03);
});

test('by hand: rewards are kept around the middle of the range and in its widths, and fade by the round', () => {
  const configuration = configurationWith({
    learner: ar2({ memory: 0.5 }),
    reward: { from: { thumb: 1 }, combine: 'sum', range: [-1, 3], final: 'feedback', missing: 'wait' },
  });
  const state = autoregressiveLearner.update(autoregressiveLearner.init(configuration, 's'), [
    experience('v1', 2),
    experience('v2', -9),
  ]);
  expect(state.arms.get('v1')).toMatchObject({ last: 0.25, playedAt: 0, fresh: false });
  expect(state.arms.get('v2')).toMatchObject({ last: -0.5, playedAt: 1, fresh: false });
  expect(state).toMatchObject({ best: 'v1', round: 2 });
});

test('rounds whose rewards never came have passed as well; rewards that are no numbers tell nothing', () => {
  const state = autoregressiveLearner.update(start(), [
    experience('v0', 1, { round: 0, items: [] }),
    experience('v1', NaN, { round: 5, items: [] }),
    { ...experience('v9', 1), item: 'v9' },
  ]);
  expect(state).toMatchObject({ round: 6, best: 'v0', counts: { examples: 1, skipped: 2 } });
  expect(state.arms.get('v1')).toMatchObject({ last: 0, fresh: false });
});

test('the best that is gone is let go; an item that never comes back keeps nobody waiting', () => {
  let state = autoregressiveLearner.update(start(), experiences.slice(0, 4));
  const without = (item: string): Experience => {
    const full = experience('v1', 0.5);
    return {
      ...full,
      request: { ...full.request, candidates: full.request.candidates.filter((c) => c.item !== item) },
    };
  };
  state = autoregressiveLearner.update({ ...state, best: 'v0' }, [without('v0')]);
  expect(state.best).toBe('v1');
  const fresh = {
    ...state,
    arms: new Map([...state.arms, ['v0', { last: 0, playedAt: 0, triggeredAt: null, fresh: true }]]),
  };
  const later = autoregressiveLearner.update(fresh, [without('v0')]);
  expect([...later.arms.values()].some(({ triggeredAt }) => triggeredAt !== null)).toBe(true);
});

test('other constants go on with what was learned, another reward range begins anew', () => {
  const content = storedAndRead(autoregressiveLearner.toArtifact(autoregressiveLearner.update(start(), experiences)));
  expect(autoregressiveLearner.fromArtifact(configure(ar2({ memory: 0.5 })), content).round).toBe(60);
  const wider = configurationWith({
    learner,
    reward: { from: { thumb: 1 }, combine: 'sum', range: [0, 2], final: 'feedback', missing: 'wait' },
  });
  expect(autoregressiveLearner.fromArtifact(wider, content).round).toBe(0);
});

test('options and loops that make no sense are refused, and say why', () => {
  expect(() => ar2({ memory: 1 })).toThrow('memory');
  expect(() => ar2({ memory: 0 })).toThrow('memory');
  expect(() => ar2({ memory: 0.5, noise: 1 })).toThrow('noise');
  expect(() => ar2({ memory: 0.5, epoch: 1 })).toThrow('epoch');
  const slate = configurationWith({ learner, action: { type: 'slate', size: 2 } });
  expect(() => autoregressiveLearner.needs(slate)).toThrow('must be a choice: it is slate');
  const exploring = configurationWith({
    learner,
    exploration: { name: 'epsilon-greedy', options: { epsilon: 0.1 } },
  });
  expect(() => autoregressiveLearner.needs(exploring)).toThrow('explores in its own way');
});
