import { expect, test } from 'vitest';
import { createPosteriorSampler, emptyPosterior, learnPosterior, readPosterior } from './linear-posterior.ts';
import type { LinearPosterior } from './linear-posterior.ts';
import { choleskyFactor, solveCholesky } from './cholesky.ts';
import { createRandom } from './random.ts';

const options = { ridge: 2, mostFeatures: 100 };

function row(features: Record<number, number>) {
  const hashes = Uint32Array.from(Object.keys(features), Number);
  const values = Float32Array.from(Object.values(features));
  return { hashes, values, length: hashes.length, sharedEnd: 0, starts: [0, hashes.length] };
}

test('one example by hand: A = 2 + 4, μ = 2 · 3 / 6', () => {
  const posterior = learnPosterior(emptyPosterior, row({ 7: 2 }), 3, 1, options);
  expect(posterior.keys).toEqual([7]);
  expect(posterior.means[0]).toBeCloseTo(1, 14);
  expect(posterior.inverse[0]).toBeCloseTo(1 / 6, 14);
  const { mean, quadratic } = readPosterior(posterior, row({ 7: 3 }), 0, options.ridge);
  expect([mean, quadratic]).toEqual([expect.closeTo(3, 12), expect.closeTo(1.5, 12)]);
});

test('what was never met has the prior: mean 0, variance x² / λ', () => {
  expect(readPosterior(emptyPosterior, row({ 1: 3 }), 0, 2)).toEqual({ mean: 0, quadratic: 4.5 });
});

function learned(): { posterior: LinearPosterior; A: Float64Array; b: Float64Array } {
  const random = createRandom('posterior');
  let posterior = emptyPosterior;
  const A = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? options.ridge : 0));
  const b = new Float64Array(4);
  for (let turn = 0; turn < 300; turn += 1) {
    const x = Float32Array.from({ length: 4 }, (_, at) => (at <= turn ? random.uniform() - 0.5 : 0));
    const weight = 0.5 + random.uniform();
    const label = random.uniform();
    posterior = learnPosterior(
      posterior,
      row(Object.fromEntries([...x.entries()].filter(([, v]) => v !== 0))),
      label,
      weight,
      options,
    );
    for (let i = 0; i < 4; i += 1) {
      b[i] = (b[i] ?? 0) + weight * label * (x[i] ?? 0);
      for (let j = 0; j < 4; j += 1) A[i * 4 + j] = (A[i * 4 + j] ?? 0) + weight * (x[i] ?? 0) * (x[j] ?? 0);
    }
  }
  return { posterior, A, b };
}

test('agrees with ridge regression solved at once, columns added on the way', () => {
  const { posterior, A, b } = learned();
  const factor = choleskyFactor(A, 4) ?? new Float64Array();
  const coefficients = solveCholesky(factor, 4, b);
  expect(posterior.keys).toEqual([0, 1, 2, 3]);
  coefficients.forEach((value, index) => expect(posterior.means[index]).toBeCloseTo(value, 10));
  const x = [0.25, -1, 2, 0.5];
  const { quadratic } = readPosterior(posterior, row(Object.fromEntries(x.entries())), 0, options.ridge);
  const solved = solveCholesky(factor, 4, x);
  expect(quadratic).toBeCloseTo(
    x.reduce((sum, value, index) => sum + value * (solved[index] ?? 0), 0),
    10,
  );
});

test('draws have the mean and the variance that are read', () => {
  const { posterior } = learned();
  const features = row({ 0: 1, 2: -1, 99: 0.5 });
  const draw = createPosteriorSampler(posterior)(features, 2, options.ridge);
  const { mean, quadratic } = readPosterior(posterior, features, 0, options.ridge);
  const random = createRandom('draws');
  const count = 20_000;
  const draws = Array.from({ length: count }, () => draw(random)[0] ?? NaN);
  const average = draws.reduce((sum, value) => sum + value, 0) / count;
  const variance = draws.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
  expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt((4 * quadratic) / count));
  expect(variance / (4 * quadratic)).toBeCloseTo(1, 1);
});

test('features beyond the most are left out', () => {
  const posterior = learnPosterior(emptyPosterior, row({ 1: 1, 2: 1, 3: 1 }), 1, 1, { ridge: 1, mostFeatures: 2 });
  expect(posterior.keys).toEqual([1, 2]);
});
