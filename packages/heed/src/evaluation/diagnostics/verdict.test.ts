import { expect, test } from 'vitest';
import { createActionWatch } from './actions.ts';
import { createTypeWatch } from './feature-types.ts';
import { doubtsAboutEstimate, doubtsAboutLog, verdictLimits } from './verdict.ts';
import { createWeightWatch, errorOfUnitMean } from './weights.ts';

test('a mean that should be 1 has no smaller spread than if it were, worked by hand', () => {
  // 2, 0, 0, 0: mean 1/2, E x² − m² = 3/4; as often twice as it ought to be, E x² / m − 1 = 1.
  expect(errorOfUnitMean(4, 2, 4)).toBeCloseTo(Math.sqrt(1 / 4), 14);
  // 2, 2, 2, 0: mean 3/2, where its own spread, 3 − 9/4, counts, as 3 / (3/2) − 1 is none the larger.
  expect(errorOfUnitMean(4, 6, 12)).toBeCloseTo(Math.sqrt(1 / 4), 14);
  expect(errorOfUnitMean(4, 0, 0)).toBe(0);
});

/** An action of probability 1/100 that came so often in a thousand rows; the other one is never in doubt. */
function seldom(times: number) {
  const watch = createActionWatch(true);
  const rare = (row: number): boolean => row < times;
  watch.add(
    Uint32Array.from({ length: 1_000 }, (_each, row) => (rare(row) ? 1 : 0)),
    Float64Array.from({ length: 1_000 }, (_each, row) => (rare(row) ? 0.01 : 0.99)),
    1_000,
  );
  return watch.diagnose().find(({ action }) => action === 1)?.zScore ?? NaN;
}

test('an action that came three times in place of ten is no lie, one that came sixty times is', () => {
  // By its own spread it would lie (0.3 − 1) / √(0.3 (100 − 0.3) / 1,000) = −4 standard errors off.
  expect(seldom(3)).toBeCloseTo((0.3 - 1) / Math.sqrt((100 - 1) / 1_000), 9);
  expect(seldom(60)).toBeGreaterThan(6);
});

function logOf(weights: Float64Array, weightBound: number | null) {
  const watch = createWeightWatch();
  watch.add(weights, new Float64Array(weights.length).fill(0.5), weights.length);
  return { weights: watch.diagnose(), actions: [], weightBound };
}

test('exact intervals doubt a mean weight that no weights up to the bound would have', () => {
  const low = Float64Array.from({ length: 1_000 }, (_each, row) => (row % 2 === 0 ? 0.4 : 0.8));
  // 0.6 ± √(2 · 0.04 · log(80) / 1,000) + 7 · 3 log(80) / 2,997 stays below 1; with a bound of 50 it may be 1.
  expect(doubtsAboutLog(logOf(low, 3), true)).toEqual([expect.stringContaining('the mean weight is 0.6')]);
  expect(doubtsAboutLog(logOf(low, 50), true)).toEqual([]);
  expect(doubtsAboutLog(logOf(low, 50))).toHaveLength(1);
});

test('an estimate is doubted by the skewness that is shown or foreseen, and by few clusters', () => {
  const log = logOf(new Float64Array(100).fill(1), null);
  const calm = {
    skewness: 0,
    weightSkewness: 0,
    clusters: 100,
    value: 0.5,
    checked: true,
    method: 'student',
    needsBound: false,
  } as const;
  expect(doubtsAboutEstimate(log, calm)).toEqual([]);
  const doubt = (change: Partial<typeof calm> | Record<string, number>): string =>
    doubtsAboutEstimate(log, { ...calm, ...change }).join('; ');
  expect(doubt({ skewness: -verdictLimits.skewness - 0.01 })).toContain('a few clusters decide it');
  expect(doubt({ weightSkewness: verdictLimits.weightSkewness + 0.01 })).toContain('a few weights decide it');
  expect(doubt({ clusters: 19 })).toContain('19 independent clusters');
  expect(doubt({ value: NaN })).toBe('nothing in the log bears on it');
});

test('features keep their types, in contexts, in texts of them and in candidates, and numbers are finite', () => {
  const watch = createTypeWatch();
  expect(watch.check({ hour: 9, at: { place: 'home' }, more: null }, 'context')).toBeNull();
  expect(watch.check('{"hour": 10, "more": true}', 'context')).toBeNull();
  expect(watch.check({ at: { place: 3 } }, 'context')).toEqual({
    feature: 'context.at.place',
    rule: 'stay a string',
    is: 'number',
  });
  expect(watch.check({ hour: NaN }, 'context')).toEqual({
    feature: 'context.hour',
    rule: 'be a finite number',
    is: 'NaN',
  });
  const candidates = [{ item: 'a', features: { price: 2 } }, 'b', { item: 'c' }];
  expect(watch.check(candidates, 'candidates')).toBeNull();
  expect(watch.check([...candidates, { item: 'd', features: { price: '2' } }], 'candidates')).toEqual({
    feature: 'candidates.price',
    rule: 'stay a number',
    is: 'string',
  });
});
