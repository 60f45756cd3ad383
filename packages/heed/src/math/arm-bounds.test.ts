import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coinEntropy, expWeights, klUpperBound, ucb1Bonus } from './arm-bounds.ts';

test('by hand', () => {
  expect(ucb1Bonus(2, Math.exp(4), 0.5)).toBeCloseTo(1, 12);
  expect(coinEntropy(0.5, 0.25)).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 12);
  expect([coinEntropy(0, 0.5), coinEntropy(1, 1), coinEntropy(0, 0)]).toEqual([Math.log(2), 0, 0]);
  // Never a success in n plays: q = 1 − exp(−level / n).
  expect(klUpperBound(0, 3, 1.2)).toBeCloseTo(1 - Math.exp(-0.4), 12);
  expect(klUpperBound(1, 3, 1.2)).toBe(1);
  expect([...expWeights(Float64Array.of(1, 1 + Math.log(3)), 1)].map((p) => p.toFixed(9))).toEqual([
    '0.750000000',
    '0.250000000',
  ]);
});

test('KL-UCB lies on its bound, and below UCB1’s by Pinsker', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0.01, max: 12, noNaN: true }),
      (mean, plays, level) => {
        const bound = klUpperBound(mean, plays, level);
        expect(bound).toBeGreaterThanOrEqual(mean);
        expect(plays * coinEntropy(mean, bound)).toBeLessThanOrEqual(level * (1 + 1e-9) + 1e-9);
        expect(bound).toBeLessThanOrEqual(mean + Math.sqrt(level / (2 * plays)) + 1e-9);
      },
    ),
  );
});

test('weights of losses far apart neither overflow nor vanish together', () => {
  expect([...expWeights(Float64Array.of(1e9, 0), 1)]).toEqual([0, 1]);
});
