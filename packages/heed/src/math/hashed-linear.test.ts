import { expect, test } from 'vitest';
import { createHashedLinear, hashName, linkReward } from './index.ts';

const features = {
  namespaces: { context: { from: 'context', normalise: false }, paper: { from: 'candidate', normalise: false } },
  crosses: [],
  bits: 18,
  seed: 3,
} as const;
const keys = ['constant', 'context.hour', 'paper.age'].map((name) => hashName(name, 3));
const table = { numbers: [], keys: Uint32Array.from(keys), columns: [Float64Array.of(0.5, 0.25, -1)] };
const situation = { subject: null, context: { hour: 2 } };
const candidates = [
  { item: 'new', features: { age: 1 } },
  { item: 'old', features: { age: 3, unseen: 9 } },
];

test('scores by hand, squared: width 4 times the sum', () => {
  const model = createHashedLinear({ features, loss: 'squared', rewardRange: [-1, 3] }, table);
  expect([...model.scores(situation, candidates)]).toEqual([4 * (0.5 + 0.5 - 1), 4 * (0.5 + 0.5 - 3)]);
  expect(model.weight(hashName('paper.age', 3))).toBe(-1);
});

test('scores by hand, logistic: from −1 up by 4 times the logistic function', () => {
  const model = createHashedLinear({ features, loss: 'logistic', rewardRange: [-1, 3] }, table);
  expect(model.scores(situation, candidates)[0]).toBe(1);
  expect(model.scores(situation, candidates)[1]).toBeCloseTo(-1 + 4 / (1 + Math.exp(2)), 14);
});

test('linkReward keeps 0 at 0 for squared loss', () => {
  expect(linkReward({ loss: 'squared', rewardRange: [-2, 4] }, 0)).toBe(0);
  expect(linkReward({ loss: 'logistic', rewardRange: [-2, 4] }, 0)).toBe(1);
});
