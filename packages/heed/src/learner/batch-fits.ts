import {
  coverLeast,
  createRandom,
  denseRows,
  lastInputsMlp,
  leavesOfRow,
  poissonOne,
  shermanMorrison,
  sigmoid,
} from '../math/index.ts';
import type { BoostedTrees, Mlp, NamedArrays, SparseRows } from '../math/index.ts';
import { createFitter } from './batch-oracle.ts';
import type { OracleOptions } from './batch-oracle.ts';
import type { Judged } from './judged.ts';
import { memoryToRows } from './memory.ts';

/** Models fitted to the same rows, and the hash of each column's feature. */
export interface BatchFit {
  readonly keys: Uint32Array;
  readonly models: readonly NamedArrays[];
}

/** What models are fitted to. */
export interface BatchProblem {
  /** Not empty, oldest first. */
  readonly memory: readonly Judged[];
  readonly options: OracleOptions & { readonly mostFeatures: number };
  readonly seed: string;
  /** Examples learned from so far, those that were forgotten included. */
  readonly examples: number;
}

/** Bagging: every model sees each example as often as a Poisson draw of mean 1 says, the same in every training. */
export async function fitBagging({ memory, options, seed, examples }: BatchProblem, count: number): Promise<BatchFit> {
  const { rows, keys, labels, weights } = tableOf(memory, options.mostFeatures);
  const draws = Array.from({ length: count }, () => new Float64Array(memory.length));
  memory.forEach((_, row) => {
    const chance = createRandom(`${seed} ${examples - memory.length + row}`);
    for (const own of draws) own[row] = poissonOne(chance.uniform()) * (weights[row] ?? 0);
  });
  // With few examples a model may have drawn none of them.
  const all = draws.map((own) => (own.some((weight) => weight > 0) ? own : weights));
  const models = await createFitter(rows, 'logistic', options)(labels, all);
  return { keys, models: models.map(({ arrays }) => arrays) };
}

/**
 * Online cover: first the regression of the judged items alone, then one policy after the other, each a regression of
 * the estimated rewards of all candidates, with a bonus for what the policies before it do not choose.
 */
export async function fitCover(
  { memory, options, examples }: BatchProblem,
  { policies, psi }: { readonly policies: number; readonly psi: number },
): Promise<BatchFit> {
  const { rows, keys, labels, weights, starts } = tableOf(memory, options.mostFeatures);
  const fit = createFitter(rows, 'squared', options);
  const judged = new Float64Array(weights.length);
  memory.forEach(({ taken }, decision) => {
    const row = (starts[decision] ?? 0) + taken;
    judged[row] = weights[row] ?? 0;
  });
  const [regression] = await fit(labels, [judged]);
  if (regression === undefined) return { keys, models: [] };
  const estimates = regression.sums.slice();
  memory.forEach(({ taken, importance }, decision) => {
    const row = (starts[decision] ?? 0) + taken;
    estimates[row] = (estimates[row] ?? 0) + importance * ((labels[row] ?? 0) - (estimates[row] ?? 0));
  });
  const models = [regression.arrays];
  const chosen = new Float64Array(labels.length);
  for (let before = 0; before < policies; before += 1) {
    const wanted = estimates.slice();
    if (before > 0)
      memory.forEach(({ rows: { length } }, decision) => {
        const least = coverLeast(length, examples);
        for (let row = starts[decision] ?? 0; row < (starts[decision + 1] ?? 0); row += 1)
          wanted[row] =
            (wanted[row] ?? 0) + (psi * least) / (least + (1 - length * least) * ((chosen[row] ?? 0) / before));
      });
    const [policy] = await fit(wanted, [weights]);
    if (policy === undefined) break;
    models.push(policy.arrays);
    memory.forEach((_, decision) => {
      const best = bestBetween(policy.sums, starts[decision] ?? 0, starts[decision + 1] ?? 0);
      chosen[best] = (chosen[best] ?? 0) + 1;
    });
  }
  return { keys, models };
}

/**
 * RegCB: one regression, and what bounds those that are nearly as good in closed form: over trees each leaf's curvature
 * `Σ w σ(1 − σ)` of the loss over the rows in it, for regressions that differ on one leaf alone; over a network the
 * inverse of `1 + Σ w σ(1 − σ) φ φᵀ`, with φ what its last layer is given and a constant, for those that differ in the
 * last layer alone.
 */
export async function fitRegCb({ memory, options }: BatchProblem): Promise<BatchFit> {
  const { rows, keys, labels, weights } = tableOf(memory, options.mostFeatures);
  const [model] = await createFitter(rows, 'logistic', options)(labels, [weights]);
  if (model === undefined) return { keys, models: [] };
  const features = denseRows(rows);
  const rowOf = (row: number): Float32Array => features.subarray(row * rows.width, (row + 1) * rows.width);
  const curves = model.sums.map((sum, row) => (weights[row] ?? 0) * sigmoid(sum) * (1 - sigmoid(sum)));
  const bounds =
    model.network === null
      ? (['curvatures', leafCurvatures(model.trees, curves, rowOf)] as const)
      : (['last inverse', lastLayerInverse(model.network, curves, rowOf)] as const);
  return { keys, models: [new Map([...model.arrays, bounds])] };
}

function leafCurvatures(
  trees: BoostedTrees | null,
  curves: Float64Array,
  rowOf: (row: number) => Float32Array,
): Float64Array {
  const curvatures = new Float64Array(trees?.left.length ?? 0);
  if (trees === null) return curvatures;
  curves.forEach((curve, row) => {
    for (const leaf of leavesOfRow(trees, rowOf(row))) curvatures[leaf] = (curvatures[leaf] ?? 0) + curve;
  });
  return curvatures;
}

function lastLayerInverse(network: Mlp, curves: Float64Array, rowOf: (row: number) => Float32Array): Float64Array {
  const size = (network.layers.at(-1)?.weight.length ?? 0) + 1;
  const inverse = new Float64Array(size * size);
  for (let at = 0; at < size; at += 1) inverse[at * size + at] = 1;
  curves.forEach((curve, row) => {
    if (curve > 0) shermanMorrison(inverse, size, [...lastInputsMlp(network, rowOf(row)), 1], curve);
  });
  return inverse;
}

interface Table {
  readonly rows: SparseRows;
  readonly keys: Uint32Array;
  readonly labels: Float64Array;
  readonly weights: Float64Array;
  /** Where each decision's rows begin. */
  readonly starts: readonly number[];
}

function tableOf(memory: readonly Judged[], mostFeatures: number): Table {
  const flat = memory.flatMap(({ rows }) => rows);
  const starts = [0];
  for (const { rows } of memory) starts.push((starts.at(-1) ?? 0) + rows.length);
  return {
    ...memoryToRows(flat, mostFeatures),
    labels: Float64Array.from(flat, ({ label }) => label),
    weights: Float64Array.from(flat, ({ weight }) => weight),
    starts,
  };
}

function bestBetween(sums: Float64Array, from: number, to: number): number {
  let best = from;
  for (let row = from + 1; row < to; row += 1) if ((sums[row] ?? 0) > (sums[best] ?? 0)) best = row;
  return best;
}
