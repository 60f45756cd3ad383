import { missingBin } from './histogram-bins.ts';
import type { BinnedColumns } from './histogram-bins.ts';

export interface GrowthOptions {
  readonly maxLeaves: number;
  /** Largest number of splits on the way to a leaf. */
  readonly maxDepth: number;
  readonly minLeafRows: number;
  /** λ, added to the sum of second derivatives of every leaf. */
  readonly l2: number;
}

/** A tree as parallel arrays; node 0 is the root, and a node whose `left` is 0 is a leaf. */
export interface GrownTree {
  readonly columns: number[];
  readonly bins: number[];
  readonly missingLeft: number[];
  readonly left: number[];
  readonly right: number[];
  /** What a leaf adds: `−G / (H + λ)`. */
  readonly values: number[];
  /** The rows in the order of their leaves, and where each node's rows are. */
  readonly order: Uint32Array;
  readonly from: number[];
  readonly to: number[];
}

interface Split {
  readonly gain: number;
  readonly column: number;
  /** Rows in this bin and below go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
}

interface OpenLeaf {
  readonly node: number;
  readonly depth: number;
  readonly histogram: Float64Array;
  readonly split: Split | null;
}

const binsPerColumn = 256;
/** Gradient, second derivative, rows. */
const sums = 3;
const columnStride = binsPerColumn * sums;
/** Least sum of second derivatives on either side of a split. */
const leastCurvature = 1e-3;

/**
 * Grows one regression tree on gradients g and second derivatives h, the leaf of the largest gain first:
 * `gain = G_l²/(H_l + λ) + G_r²/(H_r + λ) − G²/(H + λ)`.
 *
 * Of two children the histogram of the smaller one is counted, that of the other is what is left of their parent's.
 * Where a column has missing values at a node, they go to the side where they gain more, else to that with more rows.
 *
 * @param rows indices of the rows to grow on.
 * @source Chen, Guestrin 2016, XGBoost, equation 7; Ke et al. 2017, LightGBM (leaf-wise growth, histogram subtraction).
 */
export function growTree(
  columns: BinnedColumns,
  rows: Uint32Array,
  gradients: Float64Array,
  curvatures: Float64Array,
  options: GrowthOptions,
): GrownTree {
  const order = rows.slice();
  const tree: GrownTree = {
    columns: [],
    bins: [],
    missingLeft: [],
    left: [],
    right: [],
    values: [],
    order,
    from: [],
    to: [],
  };
  const scratch = new Uint32Array(rows.length);

  function open(from: number, to: number, depth: number, histogram: Float64Array): OpenLeaf {
    const node = tree.left.length;
    const { gradient, curvature } = totalOf(order, from, to, gradients, curvatures);
    for (const list of [tree.columns, tree.bins, tree.missingLeft, tree.left, tree.right]) list.push(0);
    tree.values.push(curvature + options.l2 > 0 ? -gradient / (curvature + options.l2) : 0);
    tree.from.push(from);
    tree.to.push(to);
    const split =
      depth < options.maxDepth && to - from >= 2 * options.minLeafRows ? bestSplit(columns, histogram, options) : null;
    return { node, depth, histogram, split };
  }

  const whole = new Float64Array(columns.width * columnStride);
  count(columns, order, 0, order.length, gradients, curvatures, whole);
  let leaves = [open(0, order.length, 0, whole)];
  while (leaves.length < options.maxLeaves) {
    const chosen = leaves.reduce((best, leaf) => ((leaf.split?.gain ?? 0) > (best.split?.gain ?? 0) ? leaf : best));
    const { split, node, depth, histogram } = chosen;
    if (split === null) break;
    const [from, to] = [tree.from[node] ?? 0, tree.to[node] ?? 0];
    const middle = partition(columns, order, from, to, split, scratch);
    const smaller = new Float64Array(histogram.length);
    const leftIsSmaller = middle - from <= to - middle;
    count(columns, order, leftIsSmaller ? from : middle, leftIsSmaller ? middle : to, gradients, curvatures, smaller);
    for (let at = 0; at < histogram.length; at += 1) histogram[at] = (histogram[at] ?? 0) - (smaller[at] ?? 0);
    const left = open(from, middle, depth + 1, leftIsSmaller ? smaller : histogram);
    const right = open(middle, to, depth + 1, leftIsSmaller ? histogram : smaller);
    tree.columns[node] = split.column;
    tree.bins[node] = split.bin;
    tree.missingLeft[node] = split.missingLeft ? 1 : 0;
    tree.left[node] = left.node;
    tree.right[node] = right.node;
    leaves = [...leaves.filter((leaf) => leaf !== chosen), left, right];
  }
  return tree;
}

function totalOf(
  order: Uint32Array,
  from: number,
  to: number,
  gradients: Float64Array,
  curvatures: Float64Array,
): { gradient: number; curvature: number } {
  let [gradient, curvature] = [0, 0];
  for (let at = from; at < to; at += 1) {
    gradient += gradients[order[at] ?? 0] ?? 0;
    curvature += curvatures[order[at] ?? 0] ?? 0;
  }
  return { gradient, curvature };
}

function count(
  { rows, width, bins }: BinnedColumns,
  order: Uint32Array,
  from: number,
  to: number,
  gradients: Float64Array,
  curvatures: Float64Array,
  histogram: Float64Array,
): void {
  for (let column = 0; column < width; column += 1) {
    const start = column * rows;
    const base = column * columnStride;
    for (let at = from; at < to; at += 1) {
      const row = order[at] ?? 0;
      const place = base + (bins[start + row] ?? 0) * sums;
      histogram[place] = (histogram[place] ?? 0) + (gradients[row] ?? 0);
      histogram[place + 1] = (histogram[place + 1] ?? 0) + (curvatures[row] ?? 0);
      histogram[place + 2] = (histogram[place + 2] ?? 0) + 1;
    }
  }
}

function bestSplit(
  { width, thresholds }: BinnedColumns,
  histogram: Float64Array,
  options: GrowthOptions,
): Split | null {
  let best: Split | null = null;
  for (let column = 0; column < width; column += 1) {
    const found = bestSplitOf(column, thresholds[column]?.length ?? 0, histogram, options);
    if (found !== null && found.gain > (best?.gain ?? 0)) best = found;
  }
  return best;
}

function bestSplitOf(column: number, cuts: number, histogram: Float64Array, options: GrowthOptions): Split | null {
  const { l2, minLeafRows } = options;
  const base = column * columnStride;
  const missing = base + missingBin * sums;
  const [missingG, missingH, missingN] = [
    histogram[missing] ?? 0,
    histogram[missing + 1] ?? 0,
    histogram[missing + 2] ?? 0,
  ];
  let [totalG, totalH, totalN] = [missingG, missingH, missingN];
  for (let bin = 0; bin <= cuts; bin += 1) {
    const at = base + bin * sums;
    totalG += histogram[at] ?? 0;
    totalH += histogram[at + 1] ?? 0;
    totalN += histogram[at + 2] ?? 0;
  }
  const whole = totalG ** 2 / (totalH + l2);
  let best: Split | null = null;
  let [leftG, leftH, leftN] = [0, 0, 0];
  for (let bin = 0; bin < cuts; bin += 1) {
    const at = base + bin * sums;
    leftG += histogram[at] ?? 0;
    leftH += histogram[at + 1] ?? 0;
    leftN += histogram[at + 2] ?? 0;
    for (let side = missingN > 0 ? 1 : 0; side >= 0; side -= 1) {
      const [g, h, n] = side === 1 ? [leftG + missingG, leftH + missingH, leftN + missingN] : [leftG, leftH, leftN];
      const rest = totalH - h;
      if (n < minLeafRows || totalN - n < minLeafRows || h < leastCurvature || rest < leastCurvature) continue;
      const gain = g ** 2 / (h + l2) + (totalG - g) ** 2 / (rest + l2) - whole;
      if (gain <= (best?.gain ?? 1e-12)) continue;
      best = { gain, column, bin, missingLeft: missingN > 0 ? side === 1 : 2 * n >= totalN };
    }
  }
  return best;
}

/** Puts the rows that go left before the others, both in their order; returns where the others begin. */
function partition(
  { rows, bins }: BinnedColumns,
  order: Uint32Array,
  from: number,
  to: number,
  { column, bin, missingLeft }: Split,
  scratch: Uint32Array,
): number {
  const start = column * rows;
  let [left, right] = [from, 0];
  for (let at = from; at < to; at += 1) {
    const row = order[at] ?? 0;
    const own = bins[start + row] ?? 0;
    if (own === missingBin ? missingLeft : own <= bin) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}
