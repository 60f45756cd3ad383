import { expect, test } from 'vitest';
import { constant } from '../graph/build/sources.ts';
import { gapBetween, numbersOf } from '../nn/testing.ts';
import { clipByGlobalNorm, globalNorm, polyakAverage } from './clip.ts';
import { constantSchedule, cosineSchedule, linearSchedule, warmUp } from './schedules.ts';

const steps = [1, 2, 3, 4, 5, 6];

test('schedules by hand', () => {
  expect(steps.map(constantSchedule(0.3))).toEqual([0.3, 0.3, 0.3, 0.3, 0.3, 0.3]);
  expect(steps.map(linearSchedule({ from: 8, to: 0, steps: 4 }))).toEqual([8, 6, 4, 2, 0, 0]);
  const root = Math.SQRT1_2;
  const cosine = steps.map(cosineSchedule({ from: 2, to: 0, steps: 4 }));
  expect(gapBetween(cosine, [2, 1 + root, 1, 1 - root, 0, 0])).toBeLessThan(1e-12);
});

test('a warm-up reaches the first rate of what follows, and then lets it run', () => {
  expect(steps.map(warmUp(2, linearSchedule({ from: 8, to: 0, steps: 4 })))).toEqual([4, 8, 8, 6, 4, 2]);
  expect(() => warmUp(0, constantSchedule(1))).toThrow('above 0');
  expect(() => cosineSchedule({ from: 1, to: 0, steps: 0 })).toThrow(RangeError);
});

test('the norm over all leaves is (3, 4, 12) → 13; gradients are cut to a limit, and left where they keep it', () => {
  const gradients = { a: constant([3, 4]), b: { c: constant([[12]]) } };
  expect(numbersOf(globalNorm(gradients))).toEqual([13]);
  const cut = clipByGlobalNorm(gradients, 6.5);
  expect(numbersOf(cut.norm)).toEqual([13]);
  expect(gapBetween([...numbersOf(cut.gradients.a), ...numbersOf(cut.gradients.b.c)], [1.5, 2, 6])).toBeLessThan(1e-6);
  expect(numbersOf(clipByGlobalNorm(gradients, 14).gradients.a)).toEqual([3, 4]);
  expect(numbersOf(clipByGlobalNorm({ a: constant([0]) }, 1).gradients.a)).toEqual([0]);
});

test('Polyak averaging moves a share of the way', () => {
  const [target, source] = [{ p: constant([0, 10]) }, { p: constant([4, 2]) }];
  expect(numbersOf(polyakAverage(target, source, 0.25).p)).toEqual([1, 8]);
});
