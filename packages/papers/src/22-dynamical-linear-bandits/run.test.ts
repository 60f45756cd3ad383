import { advertisingSystem } from 'heed/environments';
import { expect, test } from 'vitest';
import { listOf } from '../frame/paper.ts';
import { testAblations } from '../frame/testing.ts';
import { quick } from './config.ts';
import { expertVector, roundsNoted, runDynamical } from './experiment.ts';

const tiny = { ...quick, horizon: 5_000, checkpoints: 20 };
const run = (ablation: string | null) => runDynamical({ settings: tiny, seed: 1, ablation, pulse: () => undefined });
const end = (outcome: ReturnType<typeof runDynamical>, name: string): number => listOf(outcome, name).at(-1) ?? NaN;

test('a small run: where effects last, holding actions loses less than not holding them', () => {
  const outcome = run(null);
  expect(end(outcome, 'dynamical C')).toBeLessThan(end(outcome, 'noPersistence C'));
  expect(roundsNoted(5_000, 20)).toHaveLength(listOf(outcome, 'dynamical A').length);
});

test('a small run without persistence is as bad as its baseline', () => {
  const outcome = run('no persistence');
  expect(end(outcome, 'dynamical C') / end(outcome, 'noPersistence C')).toBeCloseTo(1, 0);
});

test('by hand: of a budget of 1½ in shares 1 : 2 : 7 the third gets 1, and the others the rest in proportion', () => {
  expect(expertVector([1, 2, 7])).toEqual([0.5 / 3, 1 / 3, 1].map((value) => expect.closeTo(value, 12)));
  expect(expertVector([1, 1, 1])).toEqual([0.5, 0.5, 0.5].map((value) => expect.closeTo(value, 12)));
});

test('an expert is beside the learners on the system of advertising data alone', () => {
  const settings = { ...tiny, systems: { ...tiny.systems, B: advertisingSystem }, horizon: 1_000 };
  const outcome = runDynamical({ settings, seed: 1, ablation: null, pulse: () => undefined });
  const regrets = listOf(outcome, 'expert B');
  expect((regrets.at(-1) ?? NaN) / (regrets[0] ?? NaN)).toBeCloseTo(10, 9);
  expect(regrets[0]).toBeGreaterThan(0);
  expect(outcome).not.toHaveProperty('expert A');
});

testAblations(new URL('results.json', import.meta.url), [
  ['no persistence', '2. regret, DynLin-UCB to bound ρ̄ = 0, A'],
  ['every round', '4. regret, learning from every round to DynLin-UCB, A, T = 10⁵'],
  ['first reward', '3. regret, Lin-UCB to DynLin-UCB, C'],
]);
