import { expect, test } from 'vitest';
import { greedyTrap, lastSwitchBounds, randomMonotone, runLastSwitch, satiation } from '../../environments/index.ts';
import { createRandom, requireMonotone } from '../../math/index.ts';
import type { LastSwitchModel } from '../../math/index.ts';
import {
  countPlay,
  createBestArm,
  createCombUcb,
  createGreedy,
  createLastSwitchPlayer,
  createRoundRobin,
  createStatelessUcb,
  emptyCounts,
  estimateMeans,
  exactValue,
  samplesFor,
} from './index.ts';
import type { LastSwitchPlayer } from './index.ts';

/** Mean expected reward over the last half of the rounds. */
function lateReward(player: LastSwitchPlayer, model: LastSwitchModel, rounds: number, seed = 's'): number {
  const arms = runLastSwitch(model, seed);
  let sum = 0;
  for (let round = 0; round < rounds; round += 1) {
    const arm = player.next(arms.states);
    const state = arms.states[arm ?? -1];
    const { reward, expected } = arms.play(arm);
    if (arm !== null && state !== undefined) player.learn(arm, state, reward);
    if (round >= rounds / 2) sum += expected;
  }
  return sum / (rounds - Math.ceil(rounds / 2));
}

test('samples by hand: n = 3, Tau + Phi = 10, T = 30,000', () => {
  const options = { ...lastSwitchBounds, arms: 3, horizon: 30_000 };
  expect(samplesFor(options)).toBe(Math.ceil(100 * Math.log(30_000) ** (1 / 3)));
});

test('estimates by hand: means are sorted out, by their plays; what was never seen is beside its neighbour', () => {
  const counts = emptyCounts(2, { tauMax: 3, phiMax: 2 });
  const seen = [
    [1, 1],
    [2, 0],
    [2, 0],
    [2, 0],
  ] as const;
  for (const [state, reward] of seen) countPlay(counts, 0, state, reward);
  expect(estimateMeans(counts).means.map((row) => Array.from(row))).toEqual([
    [0.25, 0.25, 0.25, 0.25],
    [0.5, 0.5, 0.5, 0.5],
  ]);
  expect(Array.from(estimateMeans(counts, { withoutIsotonic: true }).means[0] ?? [])).toEqual([0.5, 1, 0, 0.5]);
  expect(() => requireMonotone(estimateMeans(counts))).not.toThrow();
});

test('finds the schedule that greed does not', () => {
  const model = greedyTrap(4);
  const options = { ...lastSwitchBounds, arms: 2, horizon: 6_000 };
  expect(lateReward(createLastSwitchPlayer(options, createRandom('s')), model, 6_000)).toBeGreaterThan(0.2);
  expect(lateReward(createGreedy(model), model, 500)).toBeCloseTo(0.06, 2);
});

test('baselines by hand', () => {
  // Rest one, play two: (0.9 + 0.8) / 3.
  expect(lateReward(createBestArm(satiation()), satiation(), 600)).toBeCloseTo(1.7 / 3, 9);
  // In turn each arm has rested for two rounds: 0.9, 0.2, 0.2.
  expect(lateReward(createRoundRobin(3), satiation(), 600)).toBeCloseTo(1.3 / 3, 9);
  // An arm that never tires is found by UCB1.
  const constant = {
    tauMax: 2,
    phiMax: 2,
    means: [
      [0.1, 0.1, 0.1],
      [0.7, 0.7, 0.7],
    ],
  };
  expect(lateReward(createStatelessUcb(2), constant, 4_000)).toBeGreaterThan(0.6);
});

test('CombUCB1 finds what pays over a block; calibrated, it gives rounds away', () => {
  const model = {
    tauMax: 2,
    phiMax: 2,
    means: [
      [0, 0.1, 0.9],
      [0.2, 0.2, 0.2],
    ],
  };
  const options = { tauMax: 2, phiMax: 2, arms: 2, blockLength: 3 };
  const free = lateReward(createCombUcb(options), model, 3_000);
  const calibrated = lateReward(createCombUcb({ ...options, calibrated: true }), model, 3_000);
  const { value } = exactValue(model);
  expect(free).toBeGreaterThan(0.9 * value);
  expect(free).toBeLessThanOrEqual(value + 0.01);
  expect(calibrated).toBeLessThan(free);
  expect(calibrated).toBeGreaterThan(0.5 * value);
});

test('bad requests are refused', () => {
  const make = (changes: object) => () =>
    createLastSwitchPlayer({ ...lastSwitchBounds, arms: 3, horizon: 10_000, ...changes }, createRandom('s'));
  expect(make({})).not.toThrow();
  expect(make({ horizon: 100, samples: 5 })).toThrow(/hold 5 samples of each of 27 states, 135 rounds: it is 100/);
  expect(make({ horizon: 1 })).toThrow(/horizon/);
  expect(make({ samples: 0 })).toThrow(/samples/);
  expect(make({ arms: 0 })).toThrow(/arms/);
  expect(make({ tauMax: 0 })).toThrow(/tauMax/);
  expect(make({ phiMax: 0.5 })).toThrow(/phiMax/);
  expect(() => createCombUcb({ ...lastSwitchBounds, arms: 9, blockLength: 7 })).toThrow(/a million/);
  expect(() => runLastSwitch(randomMonotone(2, 's'), 's').play(2)).toThrow(/one of 2: it is number 2/);
});
