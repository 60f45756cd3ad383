import { mlpFromArrays, predictMlp, predictTrees, treesFromArrays } from '../math/index.ts';
import type { FeatureRows, NamedArrays } from '../math/index.ts';

/** Makes the function from a row of features to the sum of a model that reads whole rows; 0 where nothing was learned yet. */
export function readOracle(oracle: 'trees' | 'mlp', arrays: NamedArrays): (row: Float32Array) => number {
  if (oracle === 'trees') {
    const trees = arrays.has('base') ? treesFromArrays(arrays) : null;
    return (row) => (trees === null ? 0 : predictTrees(trees, row));
  }
  const network = arrays.has('scales') ? mlpFromArrays(arrays) : null;
  return (row) => (network === null ? 0 : predictMlp(network, row));
}

/**
 * One candidate's features as a row of a model: what all candidates share, and its own; features without a column are
 * left out, those of one column added.
 *
 * @param columns by the hash of a feature.
 */
export function denseRow(columns: ReadonlyMap<number, number>, rows: FeatureRows, row: number): Float32Array {
  const dense = new Float32Array(columns.size);
  for (const at of placesOf(rows, row)) {
    const column = columns.get(rows.hashes[at] ?? 0);
    if (column !== undefined) dense[column] = (dense[column] ?? 0) + (rows.values[at] ?? 0);
  }
  return dense;
}

/** Where one candidate's features are: what all candidates share, and its own. */
export function* placesOf({ sharedEnd, starts }: FeatureRows, row: number): Generator<number> {
  for (let at = 0; at < sharedEnd; at += 1) yield at;
  for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) yield at;
}
