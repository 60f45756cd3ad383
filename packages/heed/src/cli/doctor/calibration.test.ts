import { expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import { countByPlace, judgeCalibration } from './calibration.ts';
import type { Draw } from './calibration.ts';

function draw(probabilities: number[], chosen: number, logged: number | null = probabilities[chosen] ?? null): Draw {
  return { probabilities: Float64Array.from(probabilities), chosen, logged };
}

test('by hand: 100 draws of (0.8, 0.2), the second chosen 40 times', () => {
  // Expected 20, variance 100 × 0.16 = 16, so (40 − 20) / 4 = 5 standard errors.
  const [first, second] = countByPlace(Array.from({ length: 100 }, (_, index) => draw([0.8, 0.2], index < 40 ? 1 : 0)));
  expect(second).toMatchObject({ place: '2', observed: 40 });
  expect(second?.expected).toBeCloseTo(20, 10);
  expect(second?.zScore).toBeCloseTo(5, 10);
  expect(first?.zScore).toBeCloseTo(-5, 10);
});

test('too few draws are not judged by place', () => {
  expect(countByPlace([draw([0.5, 0.5], 0)])[0]).toMatchObject({ observed: 1, expected: 0.5, zScore: 0 });
});

test('draws as logged pass, greedier ones and those of another place fail', () => {
  const random = createRandom('doctor');
  const rows = (skew: number, towards: (first: number) => boolean): Draw[] =>
    Array.from({ length: 2_000 }, () => {
      const first = 0.05 + 0.9 * random.uniform();
      const actual = first + (towards(first) ? skew : -skew);
      return draw([first, 1 - first], random.uniform() < actual ? 0 : 1);
    });
  expect(judgeCalibration(rows(0, () => true)).status).toBe('ok');
  expect(judgeCalibration(rows(0.15, (first) => first > 0.5))).toMatchObject({
    status: 'fail',
    finding: expect.stringContaining('in the mean'),
  });
  expect(judgeCalibration(rows(0.15, () => true))).toMatchObject({
    status: 'fail',
    finding: expect.stringContaining('at place 1'),
  });
});

test('taking the first of equally probable candidates is seen', () => {
  expect(judgeCalibration(Array.from({ length: 200 }, () => draw([0.25, 0.25, 0.25, 0.25], 0))).status).toBe('fail');
});

test('a log that differs from its artifact fails, whatever the frequencies', () => {
  expect(judgeCalibration([draw([0.5, 0.5], 0, 0.4)])).toMatchObject({
    status: 'fail',
    finding: '1 of 1 logged probabilities are not those of the artifact that decided',
  });
});

test('nothing logged is nothing judged', () => {
  expect(judgeCalibration([]).status).toBe('skipped');
});
