/**
 * Factor of a symmetric positive definite matrix: `A = L Lᵀ`, by rows, the lower triangle of L (the upper one is 0).
 *
 * @param matrix size² numbers by rows; only its lower triangle is read.
 * @returns L, or `null` where the matrix is not positive definite.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array | null {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column] ?? 0;
      for (let at = 0; at < column; at += 1) sum -= (factor[row * size + at] ?? 0) * (factor[column * size + at] ?? 0);
      if (row !== column) factor[row * size + column] = sum / (factor[column * size + column] ?? 1);
      else if (sum > 0) factor[row * size + row] = Math.sqrt(sum);
      else return null;
    }
  }
  return factor;
}

/** Solves `L y = b` for the lower triangular L. */
export function solveLower(factor: Float64Array, size: number, right: ArrayLike<number>): Float64Array {
  const solution = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    let sum = right[row] ?? 0;
    for (let at = 0; at < row; at += 1) sum -= (factor[row * size + at] ?? 0) * (solution[at] ?? 0);
    solution[row] = sum / (factor[row * size + row] ?? 1);
  }
  return solution;
}

/** Solves `Lᵀ y = b` for the lower triangular L. */
export function solveUpper(factor: Float64Array, size: number, right: ArrayLike<number>): Float64Array {
  const solution = new Float64Array(size);
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = right[row] ?? 0;
    for (let at = row + 1; at < size; at += 1) sum -= (factor[at * size + row] ?? 0) * (solution[at] ?? 0);
    solution[row] = sum / (factor[row * size + row] ?? 1);
  }
  return solution;
}

/** Solves `A x = b` given the factor of A. */
export function solveCholesky(factor: Float64Array, size: number, right: ArrayLike<number>): Float64Array {
  return solveUpper(factor, size, solveLower(factor, size, right));
}

/**
 * The inverse of `A + w x xᵀ` from that of A, in place: `A⁻¹ − w (A⁻¹ x)(A⁻¹ x)ᵀ / (1 + w xᵀ A⁻¹ x)`.
 *
 * @param inverse A⁻¹, symmetric, size² numbers by rows. Changed.
 * @returns `A⁻¹ x` and `xᵀ A⁻¹ x` as they were before.
 * @source Sherman, Morrison 1950, Adjustment of an inverse matrix.
 */
export function shermanMorrison(
  inverse: Float64Array,
  size: number,
  x: ArrayLike<number>,
  weight = 1,
): { product: Float64Array; quadratic: number } {
  const product = new Float64Array(size);
  let quadratic = 0;
  for (let row = 0; row < size; row += 1) {
    let sum = 0;
    for (let column = 0; column < size; column += 1) sum += (inverse[row * size + column] ?? 0) * (x[column] ?? 0);
    product[row] = sum;
    quadratic += sum * (x[row] ?? 0);
  }
  const scale = weight / (1 + weight * quadratic);
  for (let row = 0; row < size; row += 1) {
    const left = scale * (product[row] ?? 0);
    if (left === 0) continue;
    for (let column = 0; column < size; column += 1) {
      const at = row * size + column;
      inverse[at] = (inverse[at] ?? 0) - left * (product[column] ?? 0);
    }
  }
  return { product, quadratic };
}
