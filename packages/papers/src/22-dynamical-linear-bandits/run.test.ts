import { expect, test } from 'vitest';
import { listOf } from '../frame/paper.ts';
import { quick } from './config.ts';
import { roundsNoted, runDynamical } from './experiment.ts';

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
