import { expect, test } from 'vitest';
import { fitLogistic, fitLogisticPerAction } from './logistic-regression.ts';
import { sigmoid, softplus } from './log-domain.ts';
import { createRandom } from './random.ts';
import { sparseDot, sparseRows } from './sparse-rows.ts';

/** Rows of a constant and two uniform numbers, labelled by a logistic model. */
function world(count: number, truth: readonly number[]) {
  const random = createRandom('logistic');
  const dense = Array.from({ length: count }, () => [1, random.uniform() * 4 - 2, random.uniform() < 0.5 ? 0 : 1]);
  const labels = Float64Array.from(dense, (row) =>
    random.uniform() < sigmoid(row.reduce((sum, value, index) => sum + value * (truth[index] ?? 0), 0)) ? 1 : 0,
  );
  return { rows: sparseRows(dense, 3), labels };
}

test('one row by hand: θ = 1 − σ(θ)', () => {
  const { coefficients, objective, converged } = fitLogistic(sparseRows([[1]], 1), Float64Array.of(1), { l2: 1 });
  expect(coefficients[0]).toBeCloseTo(0.401_058_138, 8);
  expect(objective).toBeCloseTo(softplus(-0.401_058_138) + 0.401_058_138 ** 2 / 2, 12);
  expect(converged).toBe(true);
});

test('without a penalty a constant alone predicts the share of the labels', () => {
  const { coefficients } = fitLogistic(sparseRows([[1], [1], [1], [1]], 1), Float64Array.of(1, 0, 0, 0), { l2: 0 });
  expect(sigmoid(coefficients[0] ?? 0)).toBeCloseTo(0.25, 10);
});

test('a weight of 3 is three rows', () => {
  const thrice = fitLogistic(
    sparseRows(
      [
        [1, 2],
        [1, 2],
        [1, 2],
        [1, -1],
      ],
      2,
    ),
    Float64Array.of(1, 1, 1, 0),
    { l2: 0.5 },
  );
  const weighted = fitLogistic(
    sparseRows(
      [
        [1, 2],
        [1, -1],
      ],
      2,
    ),
    Float64Array.of(1, 0),
    {
      l2: 0.5,
      weights: Float64Array.of(3, 1),
    },
  );
  weighted.coefficients.forEach((value, index) => expect(value).toBeCloseTo(thrice.coefficients[index] ?? NaN, 7));
});

test('the gradient of the objective, by finite differences, is 0 at the end, and the truth is found', () => {
  const truth = [0.3, -0.8, 1.2];
  const { rows, labels } = world(20_000, truth);
  const penalties = Float64Array.of(0, 1, 2);
  const { coefficients } = fitLogistic(rows, labels, { l2: penalties });
  const objective = (theta: Float64Array): number =>
    labels.reduce(
      (sum, label, row) => {
        const margin = sparseDot(rows, row, theta);
        return sum + Math.log(1 + Math.exp(margin)) - label * margin;
      },
      theta.reduce((sum, value, index) => sum + ((penalties[index] ?? 0) / 2) * value ** 2, 0),
    );
  for (let index = 0; index < 3; index += 1) {
    const [up, down] = [1e-4, -1e-4].map((step) =>
      coefficients.map((value, at) => (at === index ? value + step : value)),
    );
    const slope = (objective(up ?? coefficients) - objective(down ?? coefficients)) / 2e-4;
    expect(Math.abs(slope)).toBeLessThan(1e-2);
    expect(Math.abs((coefficients[index] ?? 0) - (truth[index] ?? 0))).toBeLessThan(0.12);
  }
});

test('separable rows stay finite under a penalty', () => {
  const { coefficients, converged } = fitLogistic(
    sparseRows(
      [
        [1, -5],
        [1, 5],
      ],
      2,
    ),
    Float64Array.of(0, 1),
    { l2: 1e-6 },
  );
  expect(converged).toBe(true);
  expect(coefficients.every(Number.isFinite)).toBe(true);
});

test('a column of zeros is no obstacle', () => {
  const { coefficients } = fitLogistic(
    sparseRows(
      [
        [1, 0],
        [1, 0],
      ],
      2,
    ),
    Float64Array.of(0, 1),
    { l2: 0 },
  );
  expect(coefficients[1]).toBe(0);
});

test('per action: each its own fit, and one without rows predicts a half', () => {
  const rows = sparseRows(
    [
      [1, 0.5],
      [1, -1],
      [1, 2],
      [1, 1],
    ],
    2,
  );
  const labels = Float64Array.of(1, 0, 1, 0);
  const { coefficients, counts } = fitLogisticPerAction(rows, labels, [0, 2, 0, 2], 3, { l2: 1 });
  expect([...counts]).toEqual([2, 0, 2]);
  expect([...coefficients.subarray(2, 4)]).toEqual([0, 0]);
  const alone = fitLogistic(
    sparseRows(
      [
        [1, -1],
        [1, 1],
      ],
      2,
    ),
    Float64Array.of(0, 0),
    { l2: 1 },
  );
  alone.coefficients.forEach((value, index) => expect(coefficients[4 + index]).toBeCloseTo(value, 9));
});

test('what cannot be fitted is refused', () => {
  const rows = sparseRows([[1]], 1);
  expect(() => fitLogistic(rows, new Float64Array(2), { l2: 1 })).toThrow(/as many as the rows, 1: they are 2/);
  expect(() => fitLogistic(rows, Float64Array.of(NaN), { l2: 1 })).toThrow(/must be finite/);
});
