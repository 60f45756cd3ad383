/**
 * Upper bound of a linear worth: `estimate·x + width √(xᵀ M x)`.
 *
 * @param vector x, d numbers.
 * @param matrix M, d × d by rows, symmetric; what rounding makes of its form below 0 counts as 0.
 * @param width not negative.
 */
export function vectorUpperBound(
  vector: ArrayLike<number>,
  estimate: ArrayLike<number>,
  matrix: ArrayLike<number>,
  width: number,
): number {
  const size = estimate.length;
  let [value, quadratic] = [0, 0];
  for (let row = 0; row < size; row += 1) {
    const entry = vector[row] ?? 0;
    value += entry * (estimate[row] ?? 0);
    for (let column = 0; column < size; column += 1)
      quadratic += entry * (matrix[row * size + column] ?? 0) * (vector[column] ?? 0);
  }
  return value + width * Math.sqrt(Math.max(0, quadratic));
}

/** Numbers of named fields as a vector, in that order; `null` where one is missing or not finite. */
export function vectorOfFields(
  features: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Float64Array | null {
  const vector = new Float64Array(fields.length);
  for (const [at, field] of fields.entries()) {
    const value = features[field];
    if (typeof value !== 'number' || !Number.isFinite(value)) return null;
    vector[at] = value;
  }
  return vector;
}
