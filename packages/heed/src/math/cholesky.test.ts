import { expect, test } from 'vitest';
import { choleskyFactor, shermanMorrison, solveCholesky } from './cholesky.ts';
import { createRandom } from './random.ts';

/** `G Gᵀ + 1` of a random G. */
function positiveDefinite(size: number, seed: string): Float64Array {
  const random = createRandom(seed);
  const root = Float64Array.from({ length: size * size }, () => random.uniform() - 0.5);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    let sum = row === column ? 1 : 0;
    for (let k = 0; k < size; k += 1) sum += (root[row * size + k] ?? 0) * (root[column * size + k] ?? 0);
    return sum;
  });
}

function multiply(matrix: Float64Array, size: number, x: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: size }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < size; column += 1) sum += (matrix[row * size + column] ?? 0) * (x[column] ?? 0);
    return sum;
  });
}

test('a factor by hand', () => {
  expect([...(choleskyFactor(Float64Array.of(4, 2, 2, 10), 2) ?? [])]).toEqual([2, 0, 1, 3]);
  expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
  expect(choleskyFactor(Float64Array.of(NaN), 1)).toBeNull();
});

test('solving gives back what was multiplied', () => {
  for (const size of [1, 2, 7, 20]) {
    const matrix = positiveDefinite(size, `solve ${size}`);
    const x = Float64Array.from({ length: size }, (_, index) => index - 2.5);
    const factor = choleskyFactor(matrix, size) ?? new Float64Array();
    solveCholesky(factor, size, multiply(matrix, size, x)).forEach((value, index) =>
      expect(value).toBeCloseTo(x[index] ?? NaN, 9),
    );
  }
});

test('Sherman and Morrison’s inverse is the inverse of the sum', () => {
  const size = 6;
  const inverse = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  const matrix = inverse.slice();
  const random = createRandom('rank one');
  for (let turn = 0; turn < 200; turn += 1) {
    const x = Float64Array.from({ length: size }, () => random.uniform() - 0.3);
    const weight = 0.5 + random.uniform();
    shermanMorrison(inverse, size, x, weight);
    for (let at = 0; at < matrix.length; at += 1)
      matrix[at] = (matrix[at] ?? 0) + weight * (x[Math.floor(at / size)] ?? 0) * (x[at % size] ?? 0);
  }
  const x = Float64Array.from({ length: size }, (_, index) => 1 + index);
  multiply(matrix, size, multiply(inverse, size, x)).forEach((value, index) =>
    expect(value).toBeCloseTo(x[index] ?? 0, 8),
  );
});
