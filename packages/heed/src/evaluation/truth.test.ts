import { expect, test } from 'vitest';
import { measureTruth } from './testing/truth.ts';
import type { Ablation } from './testing/truth.ts';
import { worlds } from './testing/worlds.ts';
import type { World } from './testing/world-kinds.ts';

const settings = { replications: 60, seed: 'small', resamples: 200 };

function world(name: string): World {
  const found = worlds.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there must be a world ${name}`);
  return found;
}

test.each(['fixed, weights to 4', 'learning, explores 20 %', 'subjects'])(
  '%s: right on average, and trusted',
  (name) => {
    const { estimators: truth } = measureTruth(world(name), settings);
    for (const estimator of ['ips', 'dr'] as const) {
      expect(Math.abs(truth[estimator]?.biasZ ?? Infinity)).toBeLessThan(4);
      // Of 60 intervals that hold 95 %, fewer than 50 do so once in ten thousand times.
      expect(truth[estimator]?.methods.student.coverage).toBeGreaterThan(49 / 60);
      expect(truth[estimator]?.methods.student.doubted).toBeLessThanOrEqual(0.05);
      expect(truth[estimator]?.methods.bernstein.coverage).toBeGreaterThanOrEqual(0.95);
      expect(truth[estimator]?.methods.sequence.coverage).toBeGreaterThanOrEqual(0.95);
    }
  },
);

test('without the weight the check of bias fails', () => {
  const unweighted: Ablation = (rounds) => ({ ...rounds, targetProbability: rounds.loggedProbability });
  const { estimators: truth } = measureTruth(world('fixed, weights to 4'), { ...settings, ablation: unweighted });
  expect(Math.abs(truth.ips?.biasZ ?? 0)).toBeGreaterThan(20);
});

test.each(['fixed, weights to 425', 'learning, stops exploring'])(
  '%s: what most logs lack is foreseen, so that intervals hold the truth, or are doubted',
  (name) => {
    const { estimators: truth } = measureTruth(world(name), settings);
    for (const estimator of ['ips', 'snips', 'dr'] as const) {
      expect(truth[estimator]?.methods.student.coverage).toBeGreaterThan(49 / 60);
      expect(truth[estimator]?.methods.bootstrap.coverage).toBeGreaterThan(49 / 60);
    }
  },
);

test.each(['lies about its probabilities', 'never does what is asked'])('%s: nothing is trusted', (name) => {
  const { estimators: truth } = measureTruth(world(name), settings);
  expect(truth.ips?.methods.student.coverage).toBeLessThan(0.9);
  for (const { methods } of Object.values(truth)) expect(methods.student.doubted).toBeGreaterThanOrEqual(0.9);
});
