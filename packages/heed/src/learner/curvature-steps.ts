import { sigmoid } from '../math/index.ts';
import { logisticStep } from './adaptive-gradient.ts';
import { addPrecision, cellsOf, createBlock, downdate, timesCovariance, withColumn } from './curvature-blocks.ts';
import type { CurvatureBlock } from './curvature-blocks.ts';

/** Weights, and how sure each is. Changed in place by `learnByCurvature`. */
export interface CurvatureTables {
  readonly weights: Float64Array;
  /** Precision of a slot's prior, in units of the option; 0 where the slot was never used. */
  readonly scales: Float64Array;
  /** Examples in which a slot had a value, and the sum of its squares. */
  readonly seen: Float64Array;
  readonly squares: Float64Array;
  /** Variance of a weight that is in no block. */
  readonly variances: Float64Array;
  /** 1 + the index of the block that a slot is in, and its column there; 0 for none. */
  readonly homes: Int32Array;
  readonly columns: Int32Array;
  readonly blocks: CurvatureBlock[];
  readonly indices: Map<number, number>;
  /** Cells of all blocks together. */
  cells: number;
  /** Examples, and the features of theirs that tell candidates apart. */
  examples: number;
  features: number;
}

export interface CurvatureOptions {
  readonly loss: 'squared' | 'logistic';
  readonly prior: number;
  readonly mostFeatures: number;
  readonly mostCells: number;
}

export interface CurvatureExample {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly length: number;
  /** Features before this are those of the situation, alike for all candidates. */
  readonly sharedEnd: number;
  /** The block of a feature that tells candidates apart. */
  readonly blockOf: (hash: number) => number;
  /** For logistic loss within [0, 1]. */
  readonly label: number;
  readonly weight: number;
}

/** How much more firmly the weights of what all candidates share are held at 0: they choose nothing. */
const heldBack = 1_000;

/** Empty tables of `slots` slots. */
export function createCurvatureTables(slots: number): CurvatureTables {
  return {
    weights: new Float64Array(slots),
    scales: new Float64Array(slots),
    seen: new Float64Array(slots),
    squares: new Float64Array(slots),
    variances: new Float64Array(slots),
    homes: new Int32Array(slots),
    columns: new Int32Array(slots),
    blocks: [],
    indices: new Map(),
    cells: 0,
    examples: 0,
    features: 0,
  };
}

/** A copy that can be changed while the original stays. */
export function copyCurvatureTables(tables: CurvatureTables): CurvatureTables {
  return {
    weights: tables.weights.slice(),
    scales: tables.scales.slice(),
    seen: tables.seen.slice(),
    squares: tables.squares.slice(),
    variances: tables.variances.slice(),
    homes: tables.homes.slice(),
    columns: tables.columns.slice(),
    blocks: tables.blocks.map((block) => ({ ...block, covariance: block.covariance.slice() })),
    indices: new Map(tables.indices),
    cells: tables.cells,
    examples: tables.examples,
    features: tables.features,
  };
}

/**
 * Learns one example by a step of an online Newton method: the weights stay at the mode, and the covariances at the
 * inverse curvature, of the losses so far, each to second order where it was met. With P the covariances (block by
 * block; of weights in no block their variances alone), q = xᵀ P x and z = w·x before the step:
 *
 *     logistic: z' solves z' = z + q ω (y − σ(z')),  g = ω (y − σ(z')),  h = ω σ(z') (1 − σ(z'))
 *     squared:  g = ω (y − z) / (1 + ω q),  h = ω
 *     w ← w + P x g          P_b ← P_b − h / (1 + h q_b) · P_b x_b (P_b x_b)ᵀ
 *
 * Beforehand a weight has the precision `prior · N · s²`, with s² the mean square of the feature's values in the examples
 * that have it, and N the mean number of features of an example that are not alike for all candidates; both as they are
 * known after 1, 2, 4, 8 … examples with the feature. So z has the variance `1 / prior` beforehand, whatever the features'
 * number and units. What all candidates share is held 1,000 times as firmly. A block takes `mostFeatures` features, all
 * together take `mostCells` numbers; features that come later have a variance alone.
 *
 * @returns the prediction z before the step.
 * @source Chapelle, Li 2011, An empirical evaluation of Thompson sampling, algorithm 3 (diagonal); Fahrmeir 1992,
 * Posterior mode estimation by extended Kalman filtering (with covariances, one step an example).
 */
export function learnByCurvature(
  tables: CurvatureTables,
  example: CurvatureExample,
  options: CurvatureOptions,
): number {
  const { hashes, values, length, label, weight } = example;
  const { weights, variances, homes } = tables;
  const mask = weights.length - 1;
  if (weight > 0) meet(tables, example, options);
  let sum = 0;
  let spread = 0;
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    const value = values[at] ?? 0;
    sum += (weights[slot] ?? 0) * value;
    if (homes[slot] === 0) spread += (variances[slot] ?? 0) * value * value;
  }
  if (weight <= 0) return sum;
  const touched = [...gather(tables, example)].map(([index, x]) => {
    const block = tables.blocks[index] ?? createBlock(0);
    return { block, ...timesCovariance(block, x) };
  });
  const total = touched.reduce((all, { quadratic }) => all + quadratic, spread);
  if (total === 0) return sum;
  const { slope, curve } = stepOf(options.loss, { sum, label, weight, total });
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    if (homes[slot] !== 0) continue;
    const value = values[at] ?? 0;
    const variance = variances[slot] ?? 0;
    weights[slot] = (weights[slot] ?? 0) + variance * value * slope;
    variances[slot] = variance / (1 + curve * variance * value * value);
  }
  for (const { block, product, quadratic } of touched) {
    block.slots.forEach((slot, column) => {
      weights[slot] = (weights[slot] ?? 0) + (product[column] ?? 0) * slope;
    });
    downdate(block, product, curve / (1 + curve * quadratic));
  }
  return sum;
}

/** The slope of the loss at the end of the step, towards the label, and its curvature there. */
function stepOf(
  loss: CurvatureOptions['loss'],
  { sum, label, weight, total }: { sum: number; label: number; weight: number; total: number },
): { readonly slope: number; readonly curve: number } {
  if (loss === 'squared') return { slope: (weight * (label - sum)) / (1 + weight * total), curve: weight };
  const slope = logisticStep(sum, label, weight, total);
  const end = sigmoid(sum + total * slope);
  return { slope, curve: weight * end * (1 - end) };
}

/** The values of the example's features that are in blocks, by the block's index. */
function gather(
  { homes, columns, blocks }: CurvatureTables,
  { hashes, values, length }: CurvatureExample,
): Map<number, Float64Array> {
  const mask = homes.length - 1;
  const rows = new Map<number, Float64Array>();
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    const home = homes[slot] ?? 0;
    const value = values[at] ?? 0;
    if (home === 0 || value === 0) continue;
    let x = rows.get(home - 1);
    if (x === undefined) {
      x = new Float64Array(blocks[home - 1]?.slots.length ?? 0);
      rows.set(home - 1, x);
    }
    const column = columns[slot] ?? 0;
    x[column] = (x[column] ?? 0) + value;
  }
  return rows;
}

/** Counts the features, gives those that are new a place, and sets priors to their scales, as far as they are known. */
function meet(
  tables: CurvatureTables,
  { hashes, values, length, sharedEnd, blockOf }: CurvatureExample,
  options: CurvatureOptions,
): void {
  const { weights, scales, seen, squares, variances, homes, columns, blocks } = tables;
  const mask = weights.length - 1;
  tables.examples += 1;
  for (let at = sharedEnd; at < length; at += 1) if (values[at] !== 0) tables.features += 1;
  const meanFeatures = Math.max(1, tables.features / tables.examples);
  for (let at = 0; at < length; at += 1) {
    const hash = hashes[at] ?? 0;
    const slot = hash & mask;
    const square = (values[at] ?? 0) ** 2;
    if (square === 0) continue;
    const count = (seen[slot] ?? 0) + 1;
    seen[slot] = count;
    squares[slot] = (squares[slot] ?? 0) + square;
    if (!Number.isInteger(Math.log2(count))) continue;
    const shared = at < sharedEnd;
    const before = scales[slot] ?? 0;
    const scale = ((shared ? heldBack : 1) * meanFeatures * (squares[slot] ?? 0)) / count;
    scales[slot] = scale;
    if (before === 0) {
      const variance = 1 / (options.prior * scale);
      if (shared || !place(tables, slot, { key: blockOf(hash), variance }, options)) variances[slot] = variance;
      continue;
    }
    // Of two names that share a slot one may be the situation's: what is added or taken away is a difference of priors.
    const precision = options.prior * (scale - before);
    const block = blocks[(homes[slot] ?? 0) - 1];
    const value = weights[slot] ?? 0;
    if (block === undefined) {
      const shrink = 1 / (1 + precision * (variances[slot] ?? 0));
      weights[slot] = value * shrink;
      variances[slot] = (variances[slot] ?? 0) * shrink;
    } else
      addPrecision(block, columns[slot] ?? 0, precision).forEach((share, column) => {
        const other = block.slots[column] ?? 0;
        weights[other] = (weights[other] ?? 0) + share * value;
      });
  }
}

/** Gives a slot a column of a block; false where there is no room. */
function place(
  tables: CurvatureTables,
  slot: number,
  { key, variance }: { readonly key: number; readonly variance: number },
  { mostFeatures, mostCells }: CurvatureOptions,
): boolean {
  const { blocks, indices, homes, columns } = tables;
  const index = indices.get(key) ?? blocks.length;
  const block = blocks[index] ?? createBlock(key);
  const size = block.slots.length;
  const added = cellsOf(size + 1) - cellsOf(size);
  if (size >= mostFeatures || tables.cells + added > mostCells) return false;
  blocks[index] = withColumn(block, slot, variance);
  indices.set(key, index);
  homes[slot] = index + 1;
  columns[slot] = size;
  tables.cells += added;
  return true;
}
