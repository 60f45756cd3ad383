import { expect, test } from 'vitest';
import { createRandom, squareCbProbabilities } from 'heed/math';
import { createPayments } from 'heed/environments';
import { listOf } from '../frame/paper.ts';
import { quick } from './config.ts';
import { runGenerations, serve } from './experiment.ts';

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

test('a logged probability is that of the intervention among those offered, and how often it was drawn', () => {
  const world = createPayments('propensities', {});
  const batch = world.batch(0, 20_000);
  const { uniform } = createRandom('scores');
  const scores = Float64Array.from(batch.offered, () => uniform());
  const rule = (own: Float64Array): Float64Array => squareCbProbabilities(own, 8);
  const { actions, probabilities } = serve(batch, scores, rule);
  const most = world.options.mostOffered;
  const [expected, seen, spread] = [0, 1, 2].map(() => new Float64Array(most)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let wrong = 0;
  for (let row = 0; row < batch.count; row += 1) {
    const [from, to] = [batch.starts[row] ?? 0, batch.starts[row + 1] ?? 0];
    const own = rule(scores.subarray(from, to));
    const taken = batch.offered.subarray(from, to).indexOf(actions[row] ?? 255);
    if (taken < 0 || own[taken] !== probabilities[row]) wrong += 1;
    // The places of a transaction by their probability, as those of all transactions are to be counted together.
    const order = [...own.keys()].toSorted((a, b) => (own[b] ?? 0) - (own[a] ?? 0));
    order.forEach((place, rank) => {
      const probability = own[place] ?? 0;
      expected[rank] = (expected[rank] ?? 0) + probability;
      spread[rank] = (spread[rank] ?? 0) + probability * (1 - probability);
      seen[rank] = (seen[rank] ?? 0) + (place === taken ? 1 : 0);
    });
  }
  expect(wrong).toBe(0);
  const standardised = [...seen.keys()].map(
    (rank) => ((seen[rank] ?? 0) - (expected[rank] ?? 0)) ** 2 / (spread[rank] ?? 1),
  );
  // Each is about χ² with one degree of freedom; the ranks together have fewer than their number.
  expect(standardised.reduce((sum, each) => sum + each, 0)).toBeLessThan(30);
});
