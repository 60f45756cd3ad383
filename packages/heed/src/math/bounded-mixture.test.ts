import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundedBoundary,
  boundedLogEvidence,
  createBoundedMixture,
  createBoundedSequence,
  createRandom,
} from './index.ts';

test('evidence by hand: with nothing seen it is 0, and one square of 0.25 weighs against a sum of 0.5', () => {
  expect(boundedLogEvidence(0, 0)).toBeCloseTo(0, 14);
  let mean = 0;
  for (let place = 1; place <= 14; place += 1) {
    const bet = 2 ** -place;
    mean += Math.exp(bet * 0.5 - (-Math.log(1 - bet) - bet) * 0.25) / 14;
  }
  expect(boundedLogEvidence(0.5, 0.25)).toBeCloseTo(Math.log(mean), 13);
});

test('the boundary is where the evidence is log(1/α), and grows with the squares', () => {
  let before = 0;
  for (const squares of [0, 0.1, 1, 10, 1e3, 1e6, 1e8]) {
    const boundary = boundedBoundary(squares, 0.025);
    expect(boundedLogEvidence(boundary, squares)).toBeCloseTo(Math.log(40), 8);
    expect(boundary).toBeGreaterThan(before);
    before = boundary;
  }
});

test('the interval ends where the one-sided evidence is log(2/α), and the p-value is below α outside it', () => {
  const sequence = createBoundedMixture({ alpha: 0.1 });
  for (let i = 0; i < 400; i += 1) sequence.observe(i % 4 === 0 ? 1 : 0);
  const { estimate, lower, upper } = sequence.interval();
  expect(estimate).toBe(0.25);
  expect(sequence.pValue(lower)).toBeLessThanOrEqual(0.1);
  expect(sequence.pValue(upper)).toBeLessThanOrEqual(0.1);
  expect(sequence.pValue(lower)).toBeGreaterThan(0.09);
  expect(sequence.pValue(0.25)).toBe(1);
});

test('of 400 runs of 2,000 looks each, few leave out the truth at any look', () => {
  let missed = 0;
  for (let run = 0; run < 400; run += 1) {
    const { uniform } = createRandom(`mixture ${run}`);
    const sequence = createBoundedMixture();
    let out = false;
    for (let look = 0; look < 2_000; look += 1) {
      sequence.observe(uniform() ** 2);
      const { lower, upper } = sequence.interval();
      out ||= lower > 1 / 3 || upper < 1 / 3;
    }
    if (out) missed += 1;
  }
  // 20 expected at most; 33 is three standard deviations above.
  expect(missed).toBeLessThanOrEqual(33);
});

test('at many counts and variances it is narrower than the sequence with predictable bets', () => {
  for (const [count, share] of [
    [1_000, 0.5],
    [20_000, 0.5],
    [20_000, 0.02],
  ] as const) {
    const { uniform } = createRandom(`width ${count} ${share}`);
    const [mixture, predictable] = [createBoundedMixture(), createBoundedSequence()];
    for (let i = 0; i < count; i += 1) {
      const value = uniform() < share ? 1 : 0;
      mixture.observe(value);
      predictable.observe(value);
    }
    const [a, b] = [mixture.interval(), predictable.interval()];
    expect(a.upper - a.lower).toBeLessThan(b.upper - b.lower);
    // A fixed-horizon interval is 2 · 1.96 standard errors wide.
    expect(a.upper - a.lower).toBeLessThan(2 * 3.9 * Math.sqrt((share * (1 - share)) / count) + 0.002);
  }
});

test('shifting and stretching the range shifts and stretches the interval', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 }), (values) => {
      const [plain, moved] = [createBoundedMixture(), createBoundedMixture({ range: [-3, 7] })];
      for (const value of values) {
        plain.observe(value);
        moved.observe(-3 + 10 * value);
      }
      expect(moved.interval().lower).toBeCloseTo(-3 + 10 * plain.interval().lower, 9);
      expect(moved.interval().upper).toBeCloseTo(-3 + 10 * plain.interval().upper, 9);
    }),
    { numRuns: 50 },
  );
});

test('what cannot be is refused', () => {
  expect(() => createBoundedMixture({ alpha: 1 })).toThrow('alpha must be in (0, 1): it is 1');
  expect(() => createBoundedMixture({ range: [2, 1] })).toThrow('its range must not be empty: it is 2 to 1');
  expect(() => createBoundedMixture().observe(NaN)).toThrow('it must lie in 0 to 1: it is NaN');
});
