import { expect, test } from 'vitest';
import { createRandom, sigmoid } from '../math/index.ts';
import { addPrecision, cellsOf, columnOf, createBlock, withColumn } from './curvature-blocks.ts';
import { copyCurvatureTables, createCurvatureTables, learnByCurvature } from './curvature-steps.ts';
import type { CurvatureExample, CurvatureOptions, CurvatureTables } from './curvature-steps.ts';

const squared: CurvatureOptions = { loss: 'squared', prior: 5, mostFeatures: 9, mostCells: 999 };
const logistic: CurvatureOptions = { ...squared, loss: 'logistic' };

/** An example of features with the hashes 0, 1, 2 …, of which the first `sharedEnd` are the situation's. */
function exampleOf(
  values: readonly number[],
  label: number,
  { weight = 1, sharedEnd = 0, blockOf = () => 7 }: Partial<CurvatureExample> = {},
): CurvatureExample {
  const hashes = Uint32Array.from(values, (_, at) => at);
  return { hashes, values: Float32Array.from(values), length: values.length, sharedEnd, blockOf, label, weight };
}

function learnAll(examples: readonly CurvatureExample[], options: CurvatureOptions): CurvatureTables {
  const tables = createCurvatureTables(8);
  for (const example of examples) learnByCurvature(tables, example, options);
  return tables;
}

function randomExamples(count: number, unit = 1): CurvatureExample[] {
  const random = createRandom('curvature');
  return Array.from({ length: count }, () => {
    const [a, b, c] = [random.uniform() * 2 - 1, random.uniform() < 0.5 ? 1 : 0, random.uniform() + 1];
    return exampleOf([a * unit, b, c], random.uniform() < sigmoid(2 * a - b) ? 1 : 0);
  });
}

test('the more features, the firmer each is held: what they say together is as likely as before', () => {
  // N = 3, then (3 + 1) / 2 where the first has a value once more: precisions 15, 15, 15 and then 10 for the first.
  const of = (tables: CurvatureTables) => columnOf(tables.blocks[0] ?? createBlock(0), 0)[0];
  const tables = createCurvatureTables(8);
  learnByCurvature(tables, exampleOf([1, 1, 1], 1), squared);
  // 1 / 15 − (1 / 15)² / (1 + 3 / 15)
  expect(of(tables)).toBeCloseTo(1 / 15 - 1 / 225 / 1.2, 14);
  expect(tables.scales.slice(0, 3)).toEqual(Float64Array.of(3, 3, 3));
  learnByCurvature(tables, exampleOf([1], 1), squared);
  expect(tables.scales.slice(0, 3)).toEqual(Float64Array.of(2, 3, 3));
});

test('by hand: one squared step on one feature, then another with a weight', () => {
  // s² = 4, variance 1/20, q = 1/5: w = (1/20) · 2 · 1 / (1 + 1/5) = 1/12; precision 20 + 4.
  const tables = learnAll([exampleOf([2], 1)], squared);
  expect(tables.weights[0]).toBeCloseTo(1 / 12, 14);
  expect(tables.blocks[0]?.covariance[0]).toBeCloseTo(1 / 24, 14);
  // The second value makes s² = (4 + 16) / 2 = 10: precision 54, w = 2 / 54; then 3 examples of x = 4, y = 0.
  learnByCurvature(tables, exampleOf([4], 0, { weight: 3 }), squared);
  expect(tables.weights[0]).toBeCloseTo(2 / (54 + 48), 14);
  expect(tables.blocks[0]?.covariance[0]).toBeCloseTo(1 / (54 + 48), 14);
});

test.each([
  { name: 'a block', options: squared, sharedEnd: 0, blocks: 1 },
  { name: 'the situation', options: squared, sharedEnd: 3, blocks: 0 },
])('squared: the end of every step is where the gradient vanishes ($name)', ({ options, sharedEnd, blocks }) => {
  // Of two features that are never there together, covariances are 0 with or without a block.
  const examples = Array.from({ length: 21 }, (_, index) =>
    exampleOf(index % 2 === 0 ? [1.5 - index / 7, 0] : [0, index / 9], index % 3, { sharedEnd }),
  );
  const { weights, scales, blocks: made } = learnAll(examples, options);
  expect(made).toHaveLength(blocks);
  [0, 1].forEach((slot) => {
    const pull = examples.reduce((sum, { values, label }) => {
      const [a = 0, b = 0] = values;
      return sum + (values[slot] ?? 0) * (label - (weights[0] ?? 0) * a - (weights[1] ?? 0) * b);
    }, 0);
    expect(options.prior * (scales[slot] ?? 0) * (weights[slot] ?? 0)).toBeCloseTo(pull, 9);
  });
});

test('squared: a block is ridge regression, whatever the features are together', () => {
  const examples = randomExamples(50);
  const { weights, scales, blocks } = learnAll(examples, squared);
  const [block = createBlock(0)] = blocks;
  const precision = [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) =>
      examples.reduce(
        (sum, { values }) => sum + (values[row] ?? 0) * (values[column] ?? 0),
        row === column ? 5 * (scales[row] ?? 0) : 0,
      ),
    ),
  );
  precision.forEach((own, row) => {
    const moment = examples.reduce((sum, { values, label }) => sum + (values[row] ?? 0) * label, 0);
    expect(own.reduce((sum, each, column) => sum + each * (weights[column] ?? 0), 0)).toBeCloseTo(moment, 9);
    [0, 1, 2].forEach((column) => {
      const identity = columnOf(block, column).reduce((sum, each, at) => sum + each * (own[at] ?? 0), 0);
      expect(identity).toBeCloseTo(row === column ? 1 : 0, 9);
    });
  });
});

test('logistic: near the mode of all losses, from one look at each', () => {
  const examples = randomExamples(2_000);
  const { weights, scales } = learnAll(examples, logistic);
  // What still pulls at a weight moves it, by itself, by less than half of its standard deviation.
  [0, 1, 2].forEach((slot) => {
    let slope = -5 * (scales[slot] ?? 0) * (weights[slot] ?? 0);
    let curve = 5 * (scales[slot] ?? 0);
    for (const { values, label } of examples) {
      const chance = sigmoid(values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0));
      slope += (values[slot] ?? 0) * (label - chance);
      curve += (values[slot] ?? 0) ** 2 * chance * (1 - chance);
    }
    expect(Math.abs(slope) / Math.sqrt(curve)).toBeLessThan(0.5);
  });
});

test.each([squared, logistic])('the unit of a feature does not matter ($loss)', (options) => {
  const [plain, large] = [learnAll(randomExamples(40), options), learnAll(randomExamples(40, 1_024), options)];
  expect((large.weights[0] ?? 0) * 1_024).toBeCloseTo(plain.weights[0] ?? NaN, 10);
  expect(large.weights[2]).toBeCloseTo(plain.weights[2] ?? NaN, 10);
});

test('a feature that was nearly nothing when it was first seen keeps a sound covariance', () => {
  const examples = [exampleOf([1e-20, 1], 1), ...randomExamples(30)];
  const [block = createBlock(0)] = learnAll(examples, logistic).blocks;
  for (const column of [0, 1, 2]) {
    expect(columnOf(block, column)[column]).toBeGreaterThan(0);
    expect(columnOf(block, column).every(Number.isFinite)).toBe(true);
  }
});

test('blocks take as many features as they may, and others have variances of their own', () => {
  const examples = randomExamples(30);
  expect(learnAll(examples, { ...squared, mostFeatures: 2 }).blocks[0]?.slots).toHaveLength(2);
  expect(learnAll(examples, { ...squared, mostCells: 2 }).blocks[0]?.slots).toHaveLength(1);
  const none = learnAll(examples, { ...squared, mostCells: 0 });
  expect(none.blocks).toEqual([]);
  expect(none.variances.slice(0, 3).every((variance) => variance > 0)).toBe(true);
  const two = learnAll([exampleOf([1, 1], 1, { blockOf: (hash) => hash })], squared);
  expect(two.blocks.map(({ key }) => key)).toEqual([0, 1]);
});

test('a slot that the situation and an item share stays sound', () => {
  // Whose turn it is when the scale is known better differs: priors of 5 and of 5,000 for one weight.
  const examples = Array.from({ length: 64 }, (_, index) =>
    exampleOf([index === 0 ? 3 : 1, 1], index % 2, { sharedEnd: index % 5 === 0 || index > 30 ? 0 : 2 }),
  );
  const tables = createCurvatureTables(8);
  for (const example of examples) {
    learnByCurvature(tables, example, logistic);
    const own = tables.blocks.flatMap((block) =>
      block.slots.map((_, column) => columnOf(block, column)[column] ?? NaN),
    );
    expect(own.every((variance) => variance > 0)).toBe(true);
    expect(Math.abs(tables.weights[0] ?? NaN)).toBeLessThan(2);
  }
});

test('no weight, no trace; and a copy goes its own way', () => {
  const tables = learnAll(randomExamples(5), logistic);
  const before = copyCurvatureTables(tables);
  learnByCurvature(tables, exampleOf([1, 1, 1], 1, { weight: 0 }), logistic);
  expect(tables).toEqual(before);
  learnByCurvature(tables, exampleOf([1, 1, 1], 1), logistic);
  expect(tables.weights).not.toEqual(before.weights);
  expect(tables.blocks[0]?.covariance).not.toEqual(before.blocks[0]?.covariance);
});

test('precision that was added can be taken away', () => {
  const block = withColumn(withColumn(createBlock(1), 0, 2), 1, 3);
  block.covariance[1] = 0.5;
  const before = block.covariance.slice(0, cellsOf(2));
  // Precision p on the first weight: its variance is 2 / (1 + 2 p), and the other's 3 − p · 0.5² / (1 + 2 p).
  const shares = addPrecision(block, 0, 4);
  [2 / 9, 0.5 / 9, 3 - 1 / 9].forEach((cell, at) => expect(block.covariance[at]).toBeCloseTo(cell, 14));
  expect([...shares]).toEqual([1 / 9 - 1, -2 / 9]);
  addPrecision(block, 0, -4);
  before.forEach((cell, at) => expect(block.covariance[at]).toBeCloseTo(cell, 14));
});
