import { expect, test } from 'vitest';
import { slateEstimatorNames } from './off-policy/index.ts';
import { slateWorlds } from './testing/slate-worlds.ts';
import { measureTruth } from './testing/truth.ts';

const settings = { replications: 60, seed: 'small', resamples: 100 };

test.each(slateWorlds)('$name: what looks at the places as people do is right on average', (world) => {
  const { estimators } = measureTruth(world, settings);
  expect(Object.keys(estimators).toSorted()).toEqual([...slateEstimatorNames].toSorted());
  for (const name of world.unbiased) {
    expect([name, Math.abs(estimators[name]?.biasZ ?? Infinity) < 4]).toEqual([name, true]);
    // Of 60 intervals that hold 95 %, fewer than 50 do so once in ten thousand times.
    expect([name, (estimators[name]?.methods.student.coverage ?? 0) > 49 / 60]).toEqual([name, true]);
  }
});

test('where people read downwards, estimates that take each place for itself are off, and plainly', () => {
  const [, downwards] = slateWorlds;
  const { estimators } = measureTruth(downwards as (typeof slateWorlds)[number], settings);
  expect(Math.abs(estimators.slateIndependent?.biasZ ?? 0)).toBeGreaterThan(8);
  expect(Math.abs(estimators.slatePosition?.biasZ ?? 0)).toBeGreaterThan(8);
  // Weights of the places so far are less than those of all places.
  expect(estimators.slateInteraction?.methods.student.meanWidth).toBeLessThan(
    estimators.slateStandard?.methods.student.meanWidth ?? 0,
  );
});

test('without the weights the check of bias fails', () => {
  const [first] = slateWorlds;
  const { estimators } = measureTruth(first as (typeof slateWorlds)[number], {
    ...settings,
    ablation: (slates) => ({ ...slates, targetPrefix: slates.loggedPrefix }),
  });
  expect(Math.abs(estimators.slateInteraction?.biasZ ?? 0)).toBeGreaterThan(20);
});
