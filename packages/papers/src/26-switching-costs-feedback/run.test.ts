import { expect, test } from 'vitest';
import { listOf } from '../frame/paper.ts';
import { testAblations } from '../frame/testing.ts';
import { quick } from './config.ts';
import { runSwitching } from './experiment.ts';
import { judge } from './judge.ts';

const tiny = { ...quick, power: 12, powers: [10, 11], gaps: 2, marginalGames: 3_000 };
const run = (ablation: string | null) => runSwitching({ settings: tiny, seed: 1, ablation, pulse: () => undefined });
const checked = (ablation: string | null) =>
  Object.fromEntries(
    judge({ outcomes: [run(ablation)], settings: tiny, preset: 'quick', ablation }).map(({ name, passed }) => [
      name,
      passed,
    ]),
  );

test('a small run: full observations switch far less than bandit feedback that spends as much', () => {
  const outcome = run(null);
  const last = (name: string): number => listOf(outcome, name).at(-1) ?? NaN;
  expect(last('full S switches')).toBeLessThan(last('bandit S switches') / 10);
  expect(last('full S total')).toBeLessThan(last('bandit S total'));
  expect(Math.max(...listOf(outcome, 'spent'))).toBeLessThanOrEqual(1);
});

test('a small run: the marginals hold, and do not with the dartboard on bandit feedback', () => {
  const bandit = '5. actions against their distributions, p, bandit';
  expect(checked(null)[bandit]).toBe(true);
  expect(checked('dartboard on bandit feedback')[bandit]).toBe(false);
});

testAblations(new URL('results.json', import.meta.url), [
  ['no dartboard', '4. switches at B = T, without dartboard to with it, S'],
  ['dartboard on bandit feedback', '5. actions against their distributions, p, bandit'],
  ['sees what it takes', '4. actions against their distributions, p, flexible'],
]);
