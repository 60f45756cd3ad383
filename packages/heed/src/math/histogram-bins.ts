/** A matrix of features by columns, each value the number of its bin. */
export interface BinnedColumns {
  readonly rows: number;
  readonly width: number;
  /** Bin of row r in column c at `c · rows + r`; `missingBin` for NaN. */
  readonly bins: Uint8Array;
  /** Of each column, rising: a value lies in the bin whose number is the count of thresholds below it. */
  readonly thresholds: readonly Float64Array[];
  /** 1 where the column has a missing value. */
  readonly hasMissing: Uint8Array;
}

/** The bin of values that are missing. */
export const missingBin = 255;

/** Values from which quantiles are taken, where there are more. */
const quantileRows = 200_000;

/**
 * Cuts columns into bins: between neighbouring values where there are at most `maxBins` of them, else at quantiles.
 *
 * Thresholds are rounded down to float32, so that a float32 value falls on the same side whether the comparison is made
 * in float32 or in float64.
 *
 * @param values `rows · width` numbers by rows, NaN where missing; taken as float32.
 * @param maxBins 2 to 255.
 */
export function binColumns(
  values: Float64Array | Float32Array,
  rows: number,
  width: number,
  maxBins: number,
): BinnedColumns {
  const bins = new Uint8Array(rows * width);
  const hasMissing = new Uint8Array(width);
  const thresholds = Array.from({ length: width }, (_, column) => {
    const own = new Float32Array(rows);
    for (let row = 0; row < rows; row += 1) own[row] = values[row * width + column] ?? NaN;
    const cuts = thresholdsOf(own, maxBins);
    for (let row = 0; row < rows; row += 1) {
      const value = own[row] ?? NaN;
      if (Number.isNaN(value)) hasMissing[column] = 1;
      bins[column * rows + row] = binOf(value, cuts);
    }
    return cuts;
  });
  return { rows, width, bins, thresholds, hasMissing };
}

/** Number of the bin of a value. */
export function binOf(value: number, thresholds: Float64Array): number {
  if (Number.isNaN(value)) return missingBin;
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function thresholdsOf(column: Float32Array, maxBins: number): Float64Array {
  const stride = Math.ceil(column.length / quantileRows);
  const sorted = column.filter((value, row) => row % stride === 0 && !Number.isNaN(value)).toSorted();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  if (distinct.length <= maxBins) return between(distinct);
  const cuts: number[] = [];
  for (let bin = 1; bin < maxBins; bin += 1) {
    const place = (bin / maxBins) * (sorted.length - 1);
    const cut = middleOf(sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0);
    if (cut !== cuts.at(-1)) cuts.push(cut);
  }
  return Float64Array.from(cuts);
}

function between(distinct: Float32Array): Float64Array {
  return Float64Array.from({ length: Math.max(0, distinct.length - 1) }, (_, at) =>
    middleOf(distinct[at] ?? 0, distinct[at + 1] ?? 0),
  );
}

/** The middle of two float32 numbers, rounded down to float32: never below the smaller one, always below the larger. */
function middleOf(smaller: number, larger: number): number {
  const middle = Math.fround(smaller / 2 + larger / 2);
  return middle < larger || smaller === larger ? Math.max(smaller, middle) : smaller;
}
