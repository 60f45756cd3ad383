import { expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import { createBalancedWeights } from './balanced.ts';
import { createRewardModel } from './reward-model.ts';

const features = {
  namespaces: { item: { from: 'item', normalise: false } },
  crosses: [],
  seed: 1,
} as const;
const situation = { subject: null, context: {} };
const [rare, usual] = [
  { item: 'rare', features: {} },
  { item: 'usual', features: {} },
];

test('a model never predicts what it has learned from', () => {
  const model = createRewardModel({ loss: 'logistic', rewardRange: [0, 1], features });
  for (let time = 0; time < 200; time += 1) model.learn('ada', situation, rare, 1);
  expect(model.predict('ada', situation, [rare])[0]).toBe(0.5);
  const others = Array.from({ length: 12 }, (_, index) => model.predict(`reader ${index}`, situation, [rare])[0] ?? 0);
  expect(Math.max(...others)).toBeGreaterThan(0.9);
  expect(() => createRewardModel({ loss: 'logistic', rewardRange: [0, 1], features, folds: 1 })).toThrow(
    'must be 2 or more',
  );
});

test('a classifier finds the weights of two policies whose probabilities it is never told', () => {
  const weights = createBalancedWeights({ features });
  const random = createRandom('balanced');
  for (let row = 0; row < 20_000; row += 1)
    weights.learn(`row ${row}`, situation, random.uniform() < 0.2 ? rare : usual, [
      { item: rare, share: 0.5 },
      { item: usual, share: 0.5 },
    ]);
  // 0.5 / 0.2 and 0.5 / 0.8.
  expect(weights.weight('row 0', situation, rare)).toBeCloseTo(2.5, 0);
  expect(Math.abs(weights.weight('row 0', situation, rare) / 2.5 - 1)).toBeLessThan(0.1);
  expect(Math.abs(weights.weight('row 0', situation, usual) / 0.625 - 1)).toBeLessThan(0.1);
});

test('numbers as actions: the weight goes up where the evaluated policy is more at home', () => {
  const numbers = {
    namespaces: { number: { from: 'candidate', fields: ['dose'], normalise: false } },
    crosses: [],
    seed: 1,
  } as const;
  const weights = createBalancedWeights({ features: numbers });
  const random = createRandom('doses');
  const dose = (value: number) => ({ item: 'dose', features: { dose: value } });
  // Logged: even on [−1, 1]. Evaluated: a density in proportion to exp(dose), by inversion.
  const drawn = (): number => Math.log(Math.exp(-1) + random.uniform() * (Math.E - Math.exp(-1)));
  for (let row = 0; row < 30_000; row += 1)
    weights.learn(`row ${row}`, situation, dose(2 * random.uniform() - 1), [{ item: dose(drawn()), share: 1 }]);
  const ratio = (at: number): number => (2 * Math.exp(at)) / (Math.E - Math.exp(-1));
  for (const at of [-0.8, 0, 0.8])
    expect(Math.abs(weights.weight('row 0', situation, dose(at)) / ratio(at) - 1)).toBeLessThan(0.15);
});
