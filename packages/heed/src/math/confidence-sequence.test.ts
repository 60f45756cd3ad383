import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createBettingSequence,
  createBoundedSequence,
  createLowerSequence,
  createMixtureSequence,
  createRandom,
  mixtureLogEvidence,
  mixtureRadius,
  mixtureScale,
} from './index.ts';
import type { ConfidenceSequence } from './index.ts';

/** How often a sequence leaves out the true mean at any of `looks` looks, in `runs` runs. */
function misses(
  make: () => ConfidenceSequence,
  draw: (uniform: () => number) => number,
  { mean, runs, looks }: { readonly mean: number; readonly runs: number; readonly looks: number },
): number {
  let missed = 0;
  for (let run = 0; run < runs; run += 1) {
    const { uniform } = createRandom(`run ${run}`);
    const sequence = make();
    for (let look = 0; look < looks; look += 1) sequence.observe(draw(uniform));
    // It never widens: what was left out once is left out at the end.
    const { lower, upper } = sequence.interval();
    if (lower > mean || upper < mean) missed += 1;
  }
  return missed;
}

test('four observations of 1 by hand, where every bet is cut to 1/2', () => {
  // α = 2/e makes the threshold 1; μ̂_{i−1} = (i − 1/2) / i, so that Σ (1 − μ̂)² = (1 + 1/4 + 1/9 + 1/16) / 4 = 0.355903;
  // the bound is 1 − (1 + (log 2 − 1/2) · 0.355903) / (4 · 1/2) = 1 − 1.068742 / 2.
  const sequence = createBoundedSequence({ alpha: 2 / Math.E, tightAt: 1, range: [0, 10] });
  for (let i = 0; i < 4; i += 1) sequence.observe(10);
  expect(sequence.count).toBe(4);
  expect(sequence.interval().estimate).toBe(10);
  expect(sequence.interval().lower).toBeCloseTo(4.65629, 4);
  expect(sequence.interval().upper).toBe(10);
});

test('forty equal observations by hand', () => {
  const sequence = createBoundedSequence({ alpha: 0.1, tightAt: 40 });
  let [bets, penalty, sum, squares, variance, prediction] = [0, 0, 0, 0, 0.25, 0.5];
  for (let i = 1; i <= 40; i += 1) {
    sequence.observe(0.25);
    const bet = Math.min(0.5, Math.sqrt((2 * Math.log(20)) / (variance * 40)));
    bets += bet;
    penalty += (-Math.log(1 - bet) - bet) * (0.25 - prediction) ** 2;
    sum += 0.25;
    prediction = (0.5 + sum) / (i + 1);
    squares += (0.25 - prediction) ** 2;
    variance = (0.25 + squares) / (i + 1);
  }
  const radius = (Math.log(20) + penalty) / bets;
  expect(sequence.interval().upper).toBeCloseTo(0.25 + radius, 12);
  expect(sequence.interval().lower).toBeCloseTo(Math.max(0, 0.25 - radius), 12);
});

test('the scale of the mixture solves x − log(1 + x) = 2 log(1/α), and no other is narrower there', () => {
  const scale = mixtureScale(0.05, 1_000);
  const x = scale * 1_000;
  expect(x - Math.log(1 + x)).toBeCloseTo(2 * Math.log(20), 10);
  for (const other of [0.5, 0.9, 1.1, 2])
    expect(mixtureRadius(1_000, 1, 0.05, scale)).toBeLessThan(mixtureRadius(1_000, 1, 0.05, scale * other));
});

test('the interval of the mixture ends where its evidence is log(1/α)', () => {
  const [count, deviation, alpha] = [300, 2, 0.05];
  const scale = mixtureScale(alpha, 500);
  const radius = mixtureRadius(count, deviation, alpha, scale);
  const z = radius / (deviation / Math.sqrt(count));
  expect(mixtureLogEvidence(count, z, scale)).toBeCloseTo(Math.log(1 / alpha), 10);
});

test('over all looks together a sequence leaves out the truth at most as often as it says', () => {
  const coin = (uniform: () => number): number => (uniform() < 0.1 ? 1 : 0);
  const asked = { mean: 0.1, runs: 300, looks: 2_000 };
  // 15 expected at α = 0.05; 26 is three standard deviations above.
  expect(misses(() => createBoundedSequence(), coin, asked)).toBeLessThanOrEqual(26);
  expect(misses(() => createMixtureSequence({ tightAt: 1_000 }), coin, asked)).toBeLessThanOrEqual(26);
  expect(misses(() => createBettingSequence({ points: 100 }), coin, { ...asked, runs: 100 })).toBeLessThanOrEqual(11);
});

test('weighted rewards without an upper bound: the lower sequence stays below their mean', () => {
  const weighted = (uniform: () => number): number => (uniform() < 0.01 ? 50 * uniform() * 2 : 0);
  const made = (): ConfidenceSequence => createLowerSequence({ alpha: 0.05 });
  expect(misses(made, weighted, { mean: 0.5, runs: 300, looks: 2_000 })).toBeLessThanOrEqual(26);
});

test('a sequence finds what is so: it narrows around the mean, and bets make it narrower', () => {
  const { uniform } = createRandom('narrow');
  const sequences = [
    createBoundedSequence(),
    createBettingSequence({ points: 10_000 }),
    createMixtureSequence({ tightAt: 5_000 }),
    createLowerSequence(),
  ] as const;
  for (let look = 0; look < 5_000; look += 1) {
    const value = uniform() < 0.05 ? 1 : 0;
    for (const sequence of sequences) sequence.observe(value);
  }
  const [bounded, betting, mixture, lower] = sequences.map((sequence) => sequence.interval());
  const width = (of: typeof bounded): number => (of?.upper ?? NaN) - (of?.lower ?? NaN);
  expect(width(bounded)).toBeLessThan(0.06);
  expect(width(betting)).toBeLessThan(width(bounded));
  expect(width(mixture)).toBeLessThan(width(bounded));
  expect(lower?.lower).toBeGreaterThan(bounded?.lower ?? NaN);
  expect(lower?.upper).toBe(Infinity);
});

test('bets agree with capital that is counted on one point of the grid alone', () => {
  const values = [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
  const sequence = createBettingSequence({ alpha: 0.1, points: 10, tightAt: 14 });
  const capital = Array.from({ length: 11 }, () => 0);
  let [sum, squares, variance, count] = [0, 0, 0.25, 0];
  for (const value of values) {
    sequence.observe(value);
    const amount = Math.min(0.5, Math.sqrt((2 * Math.log(20)) / (variance * 14)));
    capital.forEach((_, at) => {
      const m = at / 10;
      capital[at] = (capital[at] ?? 0) + Math.log(1 + amount * (value - m));
    });
    count += 1;
    sum += value;
    squares += (value - (0.5 + sum) / (count + 1)) ** 2;
    variance = (0.25 + squares) / (count + 1);
  }
  const kept = capital.findIndex((log) => log < Math.log(20));
  expect(kept).toBeGreaterThan(1);
  expect(sequence.interval().lower).toBeLessThanOrEqual((kept - 1) / 10);
  expect(sequence.interval().upper).toBe(1);
});

test('intervals never widen, and lie in the range', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -2, max: 3, noNaN: true }), { minLength: 1, maxLength: 60 }), (values) => {
      for (const sequence of [
        createBoundedSequence({ range: [-2, 3] }),
        createBettingSequence({ range: [-2, 3], points: 20 }),
      ]) {
        let before = { lower: -2, upper: 3 };
        for (const value of values) {
          sequence.observe(value);
          const now = sequence.interval();
          expect(now.lower).toBeGreaterThanOrEqual(before.lower);
          expect(now.upper).toBeLessThanOrEqual(before.upper);
          before = now;
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('what cannot be is refused', () => {
  expect(() => createBoundedSequence({ alpha: 0 })).toThrow('alpha must be in (0, 1): it is 0');
  expect(() => createBoundedSequence({ range: [1, 1] })).toThrow('its range must not be empty: it is 1 to 1');
  expect(() => createBoundedSequence().observe(1.5)).toThrow('it must lie in 0 to 1: it is 1.5');
  expect(() => createBoundedSequence().observe(NaN)).toThrow('it is NaN');
  expect(() => createLowerSequence({ scale: 0 })).toThrow('its scale must be above 0: it is 0');
  expect(() => createMixtureSequence().observe(Infinity)).toThrow('it must be finite: it is Infinity');
  expect(() => createMixtureSequence({ least: 1 })).toThrow('least must be 2 or more: it is 1');
  expect(() => createBettingSequence({ points: 1 })).toThrow('points must be 10 or more: it is 1');
});
