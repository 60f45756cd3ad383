import { expect, test } from 'vitest';
import { shiftingLosses, stochasticLosses, walkLosses } from './switching-losses.ts';

const options = { actions: 3, horizon: 8_192, gap: 0.2, seed: 'losses' };

function means({ losses, actions }: { losses: Float64Array; actions: number }, from: number, to: number): number[] {
  return Array.from({ length: actions }, (_, action) => {
    let sum = 0;
    for (let round = from; round < to; round += 1) sum += losses[round * actions + action] ?? 0;
    return sum / (to - from);
  });
}

test('stochastic: one action loses 0.3 in the mean, the others 0.5', () => {
  const sorted = means(stochasticLosses(options), 0, 8_192).toSorted((a, b) => a - b);
  [0.3, 0.5, 0.5].forEach((expected, at) => expect(Math.abs((sorted[at] ?? NaN) - expected)).toBeLessThan(0.025));
});

test('the walk: all actions move together, one is better by the gap, hardly anything is cut', () => {
  const table = walkLosses({ ...options, scale: 3 });
  const sorted = means(table, 0, 8_192).toSorted((a, b) => a - b);
  expect((sorted[1] ?? NaN) - (sorted[0] ?? NaN)).toBeCloseTo(0.2, 2);
  expect((sorted[2] ?? NaN) - (sorted[1] ?? NaN)).toBeLessThan(0.01);
  expect(table.clipped).toBeLessThan(0.01);
});

test('the shift: another action is the better one after a third', () => {
  const table = shiftingLosses(options);
  const [before, after] = [means(table, 0, 2_700), means(table, 2_800, 8_192)];
  const best = (values: number[]): number => values.indexOf(Math.min(...values));
  expect(best(after)).toBe((best(before) + 1) % 3);
});

test('a gap beyond 0.5 is refused', () => {
  expect(() => stochasticLosses({ ...options, gap: 0.6 })).toThrow('in [0, 0.5]: it is 0.6');
});
