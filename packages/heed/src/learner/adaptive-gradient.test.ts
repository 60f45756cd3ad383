import { expect, test } from 'vitest';
import { copyTables, createTables, learnExample } from './adaptive-gradient.ts';
import type { Example, GradientOptions } from './adaptive-gradient.ts';

const squared: GradientOptions = { loss: 'squared', learningRate: 0.5, l2: 0 };

function example(features: Record<number, number>, label: number, weight = 1): Example {
  const slots = Object.keys(features);
  return {
    hashes: Uint32Array.from(slots, Number),
    values: Float32Array.from(Object.values(features)),
    length: slots.length,
    label,
    weight,
  };
}

test('first update by hand, one feature', () => {
  // ŷ = 0, slope −2, G = 4, s = 1, t = N = 1: rate = 1/2, r = 1/2, step = (1 − e^(−2 · 0.5 · 0.5)) / 0.5.
  const tables = createTables(8);
  expect(learnExample(tables, example({ 3: 1 }, 1), squared)).toBe(0);
  expect(tables.weights[3]).toBeCloseTo(1 - Math.exp(-0.5), 15);
  expect([tables.squares[3], tables.scales[3], tables.totalWeight, tables.totalNorm]).toEqual([4, 1, 1, 1]);
});

test('first update by hand, two features of unlike size', () => {
  // x = (1, 4): s = (1, 4), N = 2, G = (4, 64), √(t/N) = √½; rates √½ · (1/2, 1/32); r = √½ · (1/2 + 16/32) = √½.
  const tables = createTables(8);
  learnExample(tables, example({ 1: 1, 2: 4 }, 1), squared);
  const step = (1 - Math.exp(-Math.SQRT1_2)) / Math.SQRT1_2;
  expect(tables.weights[1]).toBeCloseTo((step * Math.SQRT1_2) / 2, 14);
  expect(tables.weights[2]).toBeCloseTo((step * Math.SQRT1_2 * 4) / 32, 14);
});

test('a larger value scales the weight down before it predicts', () => {
  const tables = createTables(8);
  learnExample(tables, example({ 3: 1 }, 1), squared);
  const before = tables.weights[3] ?? 0;
  expect(learnExample(tables, example({ 3: 4 }, 1), squared)).toBeCloseTo(before, 15);
});

test('features in other units give the same predictions', () => {
  const plain = createTables(8);
  const inMillis = createTables(8);
  const data = [
    [1, 2, 1],
    [2, 1, 0],
    [0.5, 3, 2],
    [1, 1, 0.5],
  ] as const;
  for (const [a, b, label] of data) {
    const prediction = learnExample(plain, example({ 1: a, 2: b }, label), squared);
    expect(learnExample(inMillis, example({ 1: a * 1_024, 2: b }, label), squared)).toBeCloseTo(prediction, 12);
  }
});

test.each([
  { loss: 'squared', limit: 1 },
  { loss: 'logistic', limit: 100 },
] as const)('an importance weight of a million does not overshoot ($loss)', ({ loss, limit }) => {
  const options: GradientOptions = { loss, learningRate: 10, l2: 0 };
  const tables = createTables(8);
  learnExample(tables, example({ 1: 1, 2: 2 }, 1, 1e6), options);
  const after = learnExample(copyTables(tables), example({ 1: 1, 2: 2 }, 1, 0), options);
  expect(after).toBeGreaterThan(0.9);
  expect(after).toBeLessThanOrEqual(limit);
});

test('logistic step by hand: the gradient at its end leads there', () => {
  // ŷ = 0, slope −½, G = ¼, rate = 2, r = 2; p = 0 − 0.5 · 2 · (σ(p) − 1) has the root p = σ(−p) = 0.401058.
  const tables = createTables(8);
  learnExample(tables, example({ 3: 1 }, 1), { ...squared, loss: 'logistic' });
  const root = tables.weights[3] ?? 0;
  expect(root).toBeCloseTo(1 / (1 + Math.exp(root)), 10);
  expect(root).toBeCloseTo(0.401_058, 5);
});

test('l2 shrinks the weights of the features at hand', () => {
  const tables = createTables(8);
  learnExample(tables, example({ 3: 1 }, 1), { ...squared, l2: 0.25 });
  expect(tables.weights[3]).toBeCloseTo((1 - Math.exp(-0.5)) / 1.25, 15);
});

test('learns a linear function', () => {
  const tables = createTables(8);
  for (let turn = 0; turn < 2_000; turn += 1) {
    const a = ((turn * 37) % 19) / 19;
    const b = ((turn * 53) % 23) / 23;
    learnExample(tables, example({ 0: 1, 1: a, 2: b }, 0.3 + 0.5 * a - 0.7 * b), squared);
  }
  expect(tables.weights[0]).toBeCloseTo(0.3, 2);
  expect(tables.weights[1]).toBeCloseTo(0.5, 2);
  expect(tables.weights[2]).toBeCloseTo(-0.7, 2);
});
