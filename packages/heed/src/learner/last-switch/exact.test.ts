import { expect, test } from 'vitest';
import { greedyTrap, randomMonotone } from '../../environments/index.ts';
import { createRandom } from '../../math/index.ts';
import { exactValue, planMirrored, relaxByPrice } from './index.ts';

test('the optimum by hand', () => {
  // Rest three rounds for 0.9.
  expect(exactValue({ tauMax: 3, phiMax: 1, means: [[0, 0, 0.9]] }).value).toBeCloseTo(0.9 / 4, 6);
  // Two arms in turn, each rested for one round.
  expect(
    exactValue({
      tauMax: 1,
      phiMax: 2,
      means: [
        [0, 0.6],
        [0, 0.8],
      ],
    }).value,
  ).toBeCloseTo(0.7, 6);
  // Never tired: 0.5 for ever.
  expect(exactValue({ tauMax: 2, phiMax: 2, means: [[0.5, 0.5, 0.5]] }).value).toBeCloseTo(0.5, 6);
  for (const position of [3, 4, 5, 6])
    expect(exactValue(greedyTrap(position)).value).toBeCloseTo((0.95 + 0.05 * position) / (position + 1), 6);
});

test('one arm: the optimum is the relaxation, and the plan', () => {
  for (let instance = 0; instance < 5; instance += 1) {
    const model = randomMonotone(1, `one ${instance}`);
    const relaxation = relaxByPrice(model);
    expect(exactValue(model).value).toBeCloseTo(relaxation.value, 6);
    expect(planMirrored(model, relaxation, createRandom('s')).reward).toBeCloseTo(relaxation.value, 9);
  }
});

test('too many joint states, and too few sweeps, are told', () => {
  expect(() => exactValue(randomMonotone(6, 'many'))).toThrow(/at most 100000 joint states: there are 531441/);
  expect(() => exactValue(randomMonotone(1, 'few'), { sweeps: 2 })).toThrow(/after 2 sweeps/);
});
