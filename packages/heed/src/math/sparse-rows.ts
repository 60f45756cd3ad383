/** A matrix by its entries that are not 0, row after row: row i has the entries [starts[i], starts[i + 1]). */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
  /** Columns of the whole matrix. */
  readonly width: number;
}

/** Makes sparse rows from dense ones, each of `width` numbers. */
export function sparseRows(rows: readonly ArrayLike<number>[], width: number): SparseRows {
  const starts = new Uint32Array(rows.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  rows.forEach((row, index) => {
    for (let column = 0; column < width; column += 1) {
      const value = row[column] ?? 0;
      if (value === 0) continue;
      columns.push(column);
      values.push(value);
    }
    starts[index + 1] = columns.length;
  });
  return { starts, columns: Uint32Array.from(columns), values: Float64Array.from(values), width };
}

/** `Σ_j x_ij c_j` of one row. */
export function sparseDot(
  { starts, columns, values }: SparseRows,
  row: number,
  coefficients: Float64Array,
  offset = 0,
): number {
  let sum = 0;
  const to = starts[row + 1] ?? 0;
  for (let at = starts[row] ?? 0; at < to; at += 1)
    sum += (values[at] ?? 0) * (coefficients[offset + (columns[at] ?? 0)] ?? 0);
  return sum;
}

/** The rows of those indices, in that order. */
export function pickRows({ starts, columns, values, width }: SparseRows, rows: ArrayLike<number>): SparseRows {
  const picked = new Uint32Array(rows.length + 1);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0;
    picked[index + 1] = (picked[index] ?? 0) + (starts[row + 1] ?? 0) - (starts[row] ?? 0);
  }
  const length = picked[rows.length] ?? 0;
  const [ownColumns, ownValues] = [new Uint32Array(length), new Float64Array(length)];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0;
    const [from, to] = [starts[row] ?? 0, starts[row + 1] ?? 0];
    ownColumns.set(columns.subarray(from, to), picked[index]);
    ownValues.set(values.subarray(from, to), picked[index]);
  }
  return { starts: picked, columns: ownColumns, values: ownValues, width };
}

/** The whole matrix in float32, row after row; entries that are not there are 0. */
export function denseRows({ starts, columns, values, width }: SparseRows): Float32Array {
  const dense = new Float32Array((starts.length - 1) * width);
  for (let row = 0; row < starts.length - 1; row += 1)
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1)
      dense[row * width + (columns[at] ?? 0)] = values[at] ?? 0;
  return dense;
}
