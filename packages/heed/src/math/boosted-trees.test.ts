import { expect, test } from 'vitest';
import { fitBoostedTrees, predictTrees } from './boosted-trees.ts';
import { binColumns, binOf, missingBin } from './histogram-bins.ts';
import { sigmoid } from './log-domain.ts';
import { createRandom } from './random.ts';

test('bins by hand: thresholds between neighbours, NaN apart', () => {
  const { bins, thresholds, hasMissing } = binColumns(Float64Array.of(1, 5, 3, NaN, 3), 5, 1, 255);
  expect([...(thresholds[0] ?? [])]).toEqual([2, 4]);
  expect([...bins]).toEqual([0, 2, 1, missingBin, 1]);
  expect([...hasMissing]).toEqual([1]);
  expect([2, 2.000_001, 4, 9].map((value) => binOf(value, Float64Array.of(2, 4)))).toEqual([0, 1, 1, 2]);
});

test('quantiles where there are too many values, each bin about as full', () => {
  const random = createRandom('bins');
  const values = Float64Array.from({ length: 10_000 }, () => random.uniform() ** 3);
  const { bins, thresholds } = binColumns(values, 10_000, 1, 20);
  expect(thresholds[0]).toHaveLength(19);
  const counts = new Map<number, number>();
  for (const bin of bins) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5);
});

test('a threshold between neighbouring float32 numbers parts them, compared in float32', () => {
  const next = new Float32Array(new Uint32Array([0x3f80_0001]).buffer)[0] ?? NaN;
  const [threshold = NaN] = binColumns(Float64Array.of(1, next), 2, 1, 255).thresholds[0] ?? [];
  expect(Math.fround(threshold)).toBe(threshold);
  expect([1 <= threshold, next <= threshold]).toEqual([true, false]);
});

const small = { minLeafRows: 1, learningRate: 1, maxTrees: 1, maxLeaves: 2 } as const;

test('one split by hand, squared loss with λ = 1', () => {
  // Labels 0 0 3 3, mean 1.5: G = ±3, H = 2; leaves −1.5 ± 3 / (2 + 1).
  const { trees } = fitBoostedTrees(Float64Array.of(1, 2, 3, 4), 1, Float64Array.of(0, 0, 3, 3), { ...small, l2: 1 });
  expect(trees.base).toBe(1.5);
  expect(trees.thresholds[0]).toBe(2.5);
  expect([predictTrees(trees, [2.5]), predictTrees(trees, [2.6])]).toEqual([0.5, 2.5]);
});

test('one split by hand, logistic loss', () => {
  // Share ½: logit 0, g = ±½, h = ¼; G / H = ±1 / ½.
  const { trees } = fitBoostedTrees(Float64Array.of(1, 2, 3, 4), 1, Float64Array.of(0, 0, 1, 1), {
    ...small,
    loss: 'logistic',
  });
  expect([predictTrees(trees, [1]), predictTrees(trees, [4])]).toEqual([-2, 2]);
});

test('missing values go where they gain most; in a column that had none, to the side with more rows', () => {
  const { trees } = fitBoostedTrees(Float64Array.of(1, 2, 3, NaN), 1, Float64Array.of(0, 0, 3, 0), small);
  expect([predictTrees(trees, [NaN]), predictTrees(trees, [3])]).toEqual([0, 3]);
  const without = fitBoostedTrees(Float64Array.of(1, 2, 3, 4), 1, Float64Array.of(0, 3, 3, 3), small);
  expect(predictTrees(without.trees, [NaN])).toBe(3);
});

test('leaves have the least number of rows, and a weight of 2 is two rows', () => {
  const features = Float64Array.from({ length: 40 }, (_, row) => row);
  const labels = features.map((row) => (row === 0 ? 100 : row % 7));
  const { trees } = fitBoostedTrees(features, 1, labels, { ...small, minLeafRows: 5, maxLeaves: 31 });
  const leaf = (row: number): number => predictTrees(trees, [row]);
  expect(new Set([0, 1, 2, 3, 4].map(leaf)).size).toBe(1);
  const doubled = fitBoostedTrees(Float64Array.of(1, 1, 2), 1, Float64Array.of(1, 1, 4), { ...small, minLeafRows: 1 });
  const weighted = fitBoostedTrees(Float64Array.of(1, 2), 1, Float64Array.of(1, 4), {
    ...small,
    weights: Float64Array.of(2, 1),
  });
  expect(weighted.trees.base).toBe(doubled.trees.base);
  expect(predictTrees(weighted.trees, [1])).toBeCloseTo(predictTrees(doubled.trees, [1]), 12);
});

function world(count: number) {
  const random = createRandom('trees');
  const features = Float64Array.from({ length: count * 3 }, () => random.uniform());
  const truth = (row: number): number => {
    const [a = 0, b = 0] = [features[row * 3], features[row * 3 + 1]];
    return a > 0.5 === b > 0.5 ? 1.5 : -1.5;
  };
  const labels = Float64Array.from({ length: count }, (_, row) => (random.uniform() < sigmoid(truth(row)) ? 1 : 0));
  return { features, labels, truth };
}

test('learns what no sum of single columns can say, and stops before it learns the noise', () => {
  const { features, labels, truth } = world(4_000);
  const stopping = fitBoostedTrees(features, 3, labels, {
    loss: 'logistic',
    maxTrees: 500,
    earlyStopping: { share: 0.2, patience: 10 },
    seed: '1',
  });
  expect(stopping.trees.roots.length).toBeLessThan(200);
  expect(stopping.validationLosses.length).toBe(stopping.trees.roots.length + 10);
  const errors = Array.from({ length: 4_000 }, (_, row) =>
    Math.abs(sigmoid(predictTrees(stopping.trees, features.subarray(row * 3, row * 3 + 3))) - sigmoid(truth(row))),
  );
  expect(errors.reduce((sum, error) => sum + error, 0) / 4_000).toBeLessThan(0.08);
});

test('the same rows and seed give the same trees', () => {
  const { features, labels } = world(500);
  const options = { loss: 'logistic', maxTrees: 10, earlyStopping: { share: 0.2, patience: 3 }, seed: 'x' } as const;
  expect(fitBoostedTrees(features, 3, labels, options)).toEqual(fitBoostedTrees(features, 3, labels, options));
});

test('what cannot be fitted is refused', () => {
  expect(() => fitBoostedTrees(new Float64Array(5), 2, new Float64Array(2))).toThrow(
    /for each of the 2 labels: there are 5/,
  );
  expect(() => fitBoostedTrees(new Float64Array(2), 1, new Float64Array(2), { maxBins: 300 })).toThrow(/maxBins/);
});
