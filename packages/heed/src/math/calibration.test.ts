import { expect, test } from 'vitest';
import { calibrate, createRandom, drawIndex } from './index.ts';

test('by hand: two decisions of (0.8, 0.2), both drew the first', () => {
  const distribution = [0.8, 0.2];
  const { count, observed, expected, zScore } = calibrate([
    { chosen: 0.8, distribution },
    { chosen: 0.8, distribution },
  ]);
  expect(count).toBe(2);
  expect(observed).toBeCloseTo(0.8, 15);
  expect(expected).toBeCloseTo(0.68, 15);
  expect(zScore).toBeCloseTo(0.24 / Math.sqrt(2 * (0.52 - 0.68 ** 2)), 12);
});

function drawn(logged: readonly number[], actual: readonly number[]) {
  const random = createRandom('calibration');
  return Array.from({ length: 5_000 }, () => ({
    chosen: logged[drawIndex(actual, random.uniform())] ?? 0,
    distribution: logged,
  }));
}

test('draws by the logged distribution pass, draws by a greedier one do not', () => {
  const logged = [0.6, 0.3, 0.1];
  expect(Math.abs(calibrate(drawn(logged, logged)).zScore)).toBeLessThan(3);
  expect(calibrate(drawn(logged, [0.7, 0.25, 0.05])).zScore).toBeGreaterThan(8);
});

test('nothing random: certain draws pass, a wrong probability does not', () => {
  expect(calibrate([{ chosen: 1, distribution: [1, 0] }]).zScore).toBe(0);
  expect(calibrate([{ chosen: 0.9, distribution: [0.5, 0.5] }]).zScore).toBe(Infinity);
  expect(calibrate([]).count).toBe(0);
});
