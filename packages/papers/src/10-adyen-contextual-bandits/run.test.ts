import { expect, test } from 'vitest';
import { listOf } from '../frame/paper.ts';
import { quick } from './config.ts';
import { runGenerations } from './experiment.ts';

const tiny = {
  ...quick,
  batch: 600,
  generations: 5,
  holdout: 500,
  arms: quick.arms.filter(({ name }) => name.endsWith('R1')),
};
const run = (ablation: string | null) => runGenerations({ settings: tiny, seed: 1, ablation, pulse: () => undefined });

test('a small run: who explores by the gap serves better than uniformly, and loses less by exploring', async () => {
  const outcome = await run(null);
  const last = (name: string): number => listOf(outcome, name).at(-1) ?? NaN;
  expect(last('squareCb R1 value')).toBeGreaterThan(last('uniform R1 value') + 0.03);
  expect(last('squareCb R1 gap')).toBeLessThan(last('squareCb R1 uniformGap'));
  expect(last('squareCb R1 zeros')).toBeLessThan(last('uniform R1 zeros'));
  expect(last('squareCb R1 exploration')).toBeCloseTo(last('epsilonGreedy R1 exploration'), 2);
  expect(listOf(outcome, 'squareCb R1 value').slice(0, 2)).toEqual(listOf(outcome, 'uniform R1 value').slice(0, 2));
});

test('a small run with the gap flipped explores where the score is lowest', async () => {
  const outcome = await run('flipped gap');
  const ratio =
    (listOf(outcome, 'squareCb R1 gap').at(-1) ?? NaN) / (listOf(outcome, 'squareCb R1 uniformGap').at(-1) ?? NaN);
  expect(ratio).toBeGreaterThan(1);
});
