import { arrayNamed } from './array-file.ts';
import type { NamedArrays } from './array-file.ts';
import { binColumns } from './histogram-bins.ts';
import type { BinnedColumns } from './histogram-bins.ts';
import { sigmoid, softplus } from './log-domain.ts';
import { createRandom } from './random.ts';
import { growTree } from './tree-growth.ts';
import type { GrownTree } from './tree-growth.ts';

export interface BoostedTreesOptions {
  readonly loss: 'squared' | 'logistic';
  readonly learningRate: number;
  readonly maxTrees: number;
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly minLeafRows: number;
  readonly l2: number;
  /** 2 to 255. */
  readonly maxBins: number;
  /** Stops once the loss on a share of the rows, which no tree sees, has not fallen for `patience` trees; `null`: never. */
  readonly earlyStopping: { readonly share: number; readonly patience: number } | null;
}

/** What boosted trees do where their options say nothing: as scikit-learn's HistGradientBoosting. */
export const boostedTreesDefaults = {
  loss: 'squared',
  learningRate: 0.1,
  maxTrees: 100,
  maxLeaves: 31,
  maxDepth: 64,
  minLeafRows: 20,
  l2: 0,
  maxBins: 255,
  earlyStopping: null,
} as const satisfies BoostedTreesOptions;

/** A sum of trees, node by node in parallel arrays; a node whose `left` is 0 is a leaf. */
export interface BoostedTrees {
  /** What is predicted before the first tree. */
  readonly base: number;
  /** Root of each tree. */
  readonly roots: Uint32Array;
  readonly columns: Uint32Array;
  /** Values up to it go left. Each is a float32 number. */
  readonly thresholds: Float64Array;
  /** 1 where missing values go left. */
  readonly missingLeft: Uint32Array;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** What a leaf adds. */
  readonly values: Float64Array;
}

/**
 * Fits gradient-boosted trees on histograms: with F the sum so far, each tree is grown on the slopes of the loss,
 * `g = w (F − y), h = w` (squared) or `g = w (σ(F) − y), h = w σ(F) (1 − σ(F))` (logistic), and added times the rate.
 *
 * @param features `rows · width` numbers by rows, taken as float32; NaN where missing.
 * @param labels one per row; in [0, 1] for the logistic loss.
 * @param options.weights one per row, not negative. Default: 1 each.
 * @param options.seed chooses the rows that are kept from the trees where they stop early.
 * @returns the trees, and the loss on the rows kept from them after each tree, where they stop early.
 * @throws RangeError where labels and features do not fit together, or an option is out of range.
 * @source Friedman 2001, Greedy function approximation; Ke et al. 2017, LightGBM.
 * @example
 * const { trees } = fitBoostedTrees(Float64Array.of(0, 1, 2, 3), 1, Float64Array.of(0, 0, 1, 1), { minLeafRows: 1 });
 * predictTrees(trees, [2.5]);
 */
export function fitBoostedTrees(
  features: Float64Array | Float32Array,
  width: number,
  labels: Float64Array,
  options: Partial<BoostedTreesOptions> & {
    readonly weights?: Float64Array | undefined;
    readonly seed?: string | undefined;
  } = {},
): { trees: BoostedTrees; validationLosses: number[] } {
  const { weights, seed = '', ...given } = options;
  const settings: BoostedTreesOptions = { ...boostedTreesDefaults, ...given };
  const rows = labels.length;
  checkFit(features, width, rows, settings);
  const columns = binColumns(features, rows, width, settings.maxBins);
  const { training, validation } = splitRows(rows, settings.earlyStopping?.share ?? 0, seed);
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const base = baseOf(settings.loss, labels, training, weightOf);
  const sums = new Float64Array(rows).fill(base);
  const [gradients, curvatures] = [new Float64Array(rows), new Float64Array(rows)];
  const grown: GrownTree[] = [];
  const validationLosses: number[] = [];
  let best = { loss: Infinity, trees: 0 };

  for (let turn = 0; turn < settings.maxTrees; turn += 1) {
    for (const row of training) {
      const expected = settings.loss === 'squared' ? (sums[row] ?? 0) : sigmoid(sums[row] ?? 0);
      gradients[row] = weightOf(row) * (expected - (labels[row] ?? 0));
      curvatures[row] = weightOf(row) * (settings.loss === 'squared' ? 1 : expected * (1 - expected));
    }
    const tree = growTree(columns, training, gradients, curvatures, settings);
    if (tree.left.length === 1 && tree.values[0] === 0) break;
    grown.push(tree);
    addTree(tree, columns, validation, settings.learningRate, sums);
    if (settings.earlyStopping === null) continue;
    const loss = meanLoss(settings.loss, sums, labels, validation, weightOf);
    validationLosses.push(loss);
    if (loss < best.loss) best = { loss, trees: grown.length };
    else if (grown.length - best.trees >= settings.earlyStopping.patience) break;
  }
  const kept = settings.earlyStopping === null ? grown : grown.slice(0, best.trees);
  return { trees: flatten(base, kept, columns, settings.learningRate), validationLosses };
}

/** The sum of the trees for one row: a label (squared loss) or the logit of one (logistic). NaN is a missing value. */
export function predictTrees(trees: BoostedTrees, row: ArrayLike<number>): number {
  let sum = trees.base;
  for (const root of trees.roots) sum += trees.values[leafOf(trees, root, row)] ?? 0;
  return sum;
}

/** The leaf of each tree that a row comes to, as numbers of nodes. */
export function leavesOfRow(trees: BoostedTrees, row: ArrayLike<number>): Uint32Array {
  return trees.roots.map((root) => leafOf(trees, root, row));
}

function leafOf(
  { columns, thresholds, missingLeft, left, right }: BoostedTrees,
  root: number,
  row: ArrayLike<number>,
): number {
  let node = root;
  let next = left[node] ?? 0;
  while (next !== 0) {
    const value = Math.fround(row[columns[node] ?? 0] ?? NaN);
    const goesLeft = Number.isNaN(value) ? missingLeft[node] === 1 : value <= (thresholds[node] ?? 0);
    node = goesLeft ? next : (right[node] ?? 0);
    next = left[node] ?? 0;
  }
  return node;
}

function checkFit(features: ArrayLike<number>, width: number, rows: number, options: BoostedTreesOptions): void {
  if (rows === 0 || features.length !== rows * width)
    throw new RangeError(
      `cannot fit trees, as there must be rows of ${width} features for each of the ${rows} labels: there are ${features.length} numbers`,
    );
  if (!(options.maxBins >= 2 && options.maxBins <= 255))
    throw new RangeError(`cannot fit trees, as maxBins must lie between 2 and 255: it is ${options.maxBins}`);
}

function splitRows(rows: number, share: number, seed: string): { training: Uint32Array; validation: Uint32Array } {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const kept = Math.min(rows - 1, Math.round(rows * share));
  if (kept === 0) return { training: all, validation: new Uint32Array() };
  const random = createRandom(`validation ${seed}`);
  for (let at = 0; at < kept; at += 1) {
    const other = at + Math.floor(random.uniform() * (rows - at));
    [all[at], all[other]] = [all[other] ?? 0, all[at] ?? 0];
  }
  return { training: all.slice(kept).toSorted(), validation: all.slice(0, kept).toSorted() };
}

/** The best constant: the mean, or its logit. */
function baseOf(
  loss: BoostedTreesOptions['loss'],
  labels: Float64Array,
  rows: Uint32Array,
  weightOf: (row: number) => number,
): number {
  let [sum, total] = [0, 0];
  for (const row of rows) {
    sum += weightOf(row) * (labels[row] ?? 0);
    total += weightOf(row);
  }
  const mean = total > 0 ? sum / total : 0;
  if (loss === 'squared') return mean;
  const share = Math.min(1 - 1e-6, Math.max(1e-6, mean));
  return Math.log(share / (1 - share));
}

/** Adds a tree to the sums of the rows that it was grown on, which lie leaf by leaf, and of those that it was not. */
function addTree(tree: GrownTree, columns: BinnedColumns, others: Uint32Array, rate: number, sums: Float64Array): void {
  tree.left.forEach((left, node) => {
    if (left !== 0) return;
    for (let at = tree.from[node] ?? 0; at < (tree.to[node] ?? 0); at += 1) {
      const row = tree.order[at] ?? 0;
      sums[row] = (sums[row] ?? 0) + rate * (tree.values[node] ?? 0);
    }
  });
  for (const row of others) {
    let node = 0;
    while ((tree.left[node] ?? 0) !== 0) {
      const bin = columns.bins[(tree.columns[node] ?? 0) * columns.rows + row] ?? 0;
      const goesLeft = bin === 255 ? tree.missingLeft[node] === 1 : bin <= (tree.bins[node] ?? 0);
      node = (goesLeft ? tree.left[node] : tree.right[node]) ?? 0;
    }
    sums[row] = (sums[row] ?? 0) + rate * (tree.values[node] ?? 0);
  }
}

function meanLoss(
  loss: BoostedTreesOptions['loss'],
  sums: Float64Array,
  labels: Float64Array,
  rows: Uint32Array,
  weightOf: (row: number) => number,
): number {
  let [sum, total] = [0, 0];
  for (const row of rows) {
    const [value, label] = [sums[row] ?? 0, labels[row] ?? 0];
    sum += weightOf(row) * (loss === 'squared' ? (value - label) ** 2 / 2 : softplus(value) - label * value);
    total += weightOf(row);
  }
  return total > 0 ? sum / total : 0;
}

function flatten(base: number, grown: readonly GrownTree[], { thresholds }: BinnedColumns, rate: number): BoostedTrees {
  const roots: number[] = [];
  const nodes = { columns: [], thresholds: [], missingLeft: [], left: [], right: [], values: [] } as {
    [Name in 'columns' | 'thresholds' | 'missingLeft' | 'left' | 'right' | 'values']: number[];
  };
  for (const tree of grown) {
    const root = nodes.left.length;
    roots.push(root);
    tree.left.forEach((left, node) => {
      const column = tree.columns[node] ?? 0;
      const isLeaf = left === 0;
      nodes.columns.push(column);
      nodes.thresholds.push(isLeaf ? 0 : (thresholds[column]?.[tree.bins[node] ?? 0] ?? 0));
      nodes.missingLeft.push(tree.missingLeft[node] ?? 0);
      nodes.left.push(isLeaf ? 0 : root + left);
      nodes.right.push(isLeaf ? 0 : root + (tree.right[node] ?? 0));
      nodes.values.push(isLeaf ? rate * (tree.values[node] ?? 0) : 0);
    });
  }
  return {
    base,
    roots: Uint32Array.from(roots),
    columns: Uint32Array.from(nodes.columns),
    thresholds: Float64Array.from(nodes.thresholds),
    missingLeft: Uint32Array.from(nodes.missingLeft),
    left: Uint32Array.from(nodes.left),
    right: Uint32Array.from(nodes.right),
    values: Float64Array.from(nodes.values),
  };
}

/** Trees as arrays to be stored. */
export function treesToArrays({ base, ...nodes }: BoostedTrees): Map<string, Float64Array | Uint32Array> {
  return new Map<string, Float64Array | Uint32Array>([['base', Float64Array.of(base)], ...Object.entries(nodes)]);
}

/** Reads back what `treesToArrays` made. */
export function treesFromArrays(arrays: NamedArrays): BoostedTrees {
  const whole = (name: string): Uint32Array => arrayNamed(arrays, name, 'uint32');
  return {
    base: arrayNamed(arrays, 'base', 'float64')[0] ?? 0,
    roots: whole('roots'),
    columns: whole('columns'),
    thresholds: arrayNamed(arrays, 'thresholds', 'float64'),
    missingLeft: whole('missingLeft'),
    left: whole('left'),
    right: whole('right'),
    values: arrayNamed(arrays, 'values', 'float64'),
  };
}
