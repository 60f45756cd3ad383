import { z } from 'zod';
import { denseRows, fitBoostedTrees, mlpToArrays, predictMlp, predictTrees, treesToArrays } from '../math/index.ts';
import type { BoostedTrees, Mlp, NamedArrays, SparseRows } from '../math/index.ts';
import { fitMlps } from './mlp-oracle.ts';
import type { MlpOptions } from './mlp-oracle.ts';

/** What boosted trees do as an oracle where a learner's options say nothing. */
export const treeDefaults = { learningRate: 0.1, maxTrees: 100, maxLeaves: 31, minLeafRows: 20, l2: 0 } as const;

export const treeOptionsSchema = z.strictObject({
  learningRate: z.number().positive().default(treeDefaults.learningRate),
  maxTrees: z.number().int().min(1).default(treeDefaults.maxTrees),
  maxLeaves: z.number().int().min(2).default(treeDefaults.maxLeaves),
  minLeafRows: z.number().int().min(1).default(treeDefaults.minLeafRows),
  l2: z.number().nonnegative().default(treeDefaults.l2),
});

export interface OracleOptions {
  readonly oracle: 'trees' | 'mlp';
  readonly trees: z.infer<typeof treeOptionsSchema>;
  readonly mlp: MlpOptions;
}

/** A fitted model of whole rows. */
export interface FittedModel {
  readonly arrays: NamedArrays;
  readonly trees: BoostedTrees | null;
  readonly network: Mlp | null;
  /** The sum of each row that it was made for, fitted to or not. */
  readonly sums: Float64Array;
}

/** Fits models to the same rows: with all labels of one list, and one list of weights for each. Rows of no weight teach nothing. */
export type FitModels = (labels: Float64Array, weights: readonly Float64Array[]) => Promise<FittedModel[]>;

/** Makes what fits an oracle to rows, by either loss. */
export function createFitter(rows: SparseRows, loss: 'squared' | 'logistic', options: OracleOptions): FitModels {
  const features = denseRows(rows);
  const { width } = rows;
  const rowOf = (row: number): Float32Array => features.subarray(row * width, (row + 1) * width);
  if (options.oracle === 'trees')
    return async (labels, weights) => {
      const models: FittedModel[] = [];
      for (const own of weights) {
        const trees = fitTrees({ features, width, labels, loss }, own, options.trees);
        models.push({
          arrays: treesToArrays(trees),
          trees,
          network: null,
          sums: labels.map((_, row) => predictTrees(trees, rowOf(row))),
        });
        // Whatever else waits in this process has its turn between two models.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      return models;
    };
  return async (labels, weights) => {
    const networks = await fitMlps({ features, width, labels, loss }, weights, options.mlp);
    return networks.map((network: Mlp) => ({
      arrays: mlpToArrays(network),
      trees: null,
      network,
      sums: labels.map((_, row) => predictMlp(network, rowOf(row))),
    }));
  };
}

interface TreeProblem {
  readonly features: Float32Array;
  readonly width: number;
  readonly labels: Float64Array;
  readonly loss: 'squared' | 'logistic';
}

/** Rows of no weight are left out, as they would count among those that a leaf must have. */
function fitTrees(
  { features, width, labels, loss }: TreeProblem,
  weights: Float64Array,
  options: OracleOptions['trees'],
): BoostedTrees {
  const kept = [...labels.keys()].filter((row) => (weights[row] ?? 0) > 0);
  const own = new Float32Array(kept.length * width);
  kept.forEach((row, at) => own.set(features.subarray(row * width, (row + 1) * width), at * width));
  const pick = (from: Float64Array): Float64Array => Float64Array.from(kept, (row) => from[row] ?? 0);
  return fitBoostedTrees(own, width, pick(labels), { ...options, loss, weights: pick(weights) }).trees;
}
