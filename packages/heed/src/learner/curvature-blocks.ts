/**
 * Covariances of some features' weights, block by block: features of different blocks count as independent. A block
 * keeps the lower triangle of its covariance, row after row, so that a new feature is a new row.
 */
export interface CurvatureBlock {
  /** What the block's features have in common: an item's hash, or a constant. */
  readonly key: number;
  /** The slot of each column. */
  readonly slots: readonly number[];
  /** `n (n + 1) / 2` numbers for n columns, and room for more. */
  readonly covariance: Float64Array;
}

/** An empty block. */
export function createBlock(key: number): CurvatureBlock {
  return { key, slots: [], covariance: new Float64Array() };
}

/** The number of cells of `columns` columns. */
export function cellsOf(columns: number): number {
  return (columns * (columns + 1)) / 2;
}

/** A block with one column more, which has a variance and is independent of the others so far. */
export function withColumn(block: CurvatureBlock, slot: number, variance: number): CurvatureBlock {
  const slots = [...block.slots, slot];
  const needed = cellsOf(slots.length);
  let { covariance } = block;
  if (covariance.length < needed) {
    covariance = new Float64Array(2 * needed);
    covariance.set(block.covariance);
  }
  covariance.fill(0, cellsOf(block.slots.length), needed);
  covariance[needed - 1] = variance;
  return { ...block, slots, covariance };
}

/** `P x`, and `xᵀ P x`. */
export function timesCovariance(
  { slots, covariance }: CurvatureBlock,
  x: Float64Array,
): { readonly product: Float64Array; readonly quadratic: number } {
  const size = slots.length;
  const product = new Float64Array(size);
  let quadratic = 0;
  for (let row = 0; row < size; row += 1) {
    const value = x[row] ?? 0;
    const start = cellsOf(row);
    let sum = 0;
    for (let column = 0; column < row; column += 1) {
      const cell = covariance[start + column] ?? 0;
      sum += cell * (x[column] ?? 0);
      product[column] = (product[column] ?? 0) + cell * value;
    }
    product[row] = (product[row] ?? 0) + sum + (covariance[start + row] ?? 0) * value;
    quadratic += value * (2 * sum + (covariance[start + row] ?? 0) * value);
  }
  return { product, quadratic: Math.max(0, quadratic) };
}

/** Changes P to `P − scale · u uᵀ`. */
export function downdate({ slots, covariance }: CurvatureBlock, u: Float64Array, scale: number): void {
  for (let row = 0; row < slots.length; row += 1) {
    const left = scale * (u[row] ?? 0);
    if (left === 0) continue;
    const start = cellsOf(row);
    for (let column = 0; column <= row; column += 1)
      covariance[start + column] = (covariance[start + column] ?? 0) - left * (u[column] ?? 0);
  }
}

/** One column of P: the covariance of its weight with those of the others. */
export function columnOf({ slots, covariance }: CurvatureBlock, column: number): Float64Array {
  return Float64Array.from(slots, (_, row) => covariance[cellsOf(Math.max(row, column)) + Math.min(row, column)] ?? 0);
}

/**
 * Adds `precision` to what is known of one weight beforehand, as if it had been seen to be 0 so surely; a negative number
 * takes away of what had been added.
 *
 * @returns what to add to all weights, as a share of the one weight's value.
 */
export function addPrecision(block: CurvatureBlock, column: number, precision: number): Float64Array {
  const own = columnOf(block, column);
  const variance = own[column] ?? 0;
  const shrink = 1 / (1 + precision * variance);
  const others = own.slice();
  others[column] = 0;
  downdate(block, others, precision * shrink);
  // The column by itself: a difference of nearly equal numbers would lose all digits where the scale has grown much.
  own.forEach((value, row) => {
    block.covariance[cellsOf(Math.max(row, column)) + Math.min(row, column)] = value * shrink;
  });
  return own.map((value, row) => (row === column ? shrink - 1 : -precision * shrink * value));
}
