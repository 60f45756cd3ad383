// The codec alone: everybody who imports heed would load the whole compute layer.
import { encodeModel } from '@heed/compute/onnx';
import type { OnnxAttribute, OnnxNode } from '@heed/compute/onnx';
import type { BoostedTrees } from '../math/index.ts';

/**
 * Boosted trees as an ONNX model: `features` [rows, width] of float32, NaN where missing, to `prediction` [rows, 1] of
 * float32, a sum (squared loss) or a probability (logistic).
 *
 * @param width columns of the features.
 * @param loss what the trees were fitted by.
 * @throws RangeError where there is no tree: ONNX's ensemble must have one.
 * @source ONNX, operators of ai.onnx.ml, TreeEnsembleRegressor version 3.
 * @example
 * const { trees } = fitBoostedTrees(Float64Array.of(0, 1, 2, 3), 1, Float64Array.of(0, 0, 1, 1), { minLeafRows: 1 });
 * const bytes = treesToOnnx(trees, 1, 'squared');
 */
export function treesToOnnx(trees: BoostedTrees, width: number, loss: 'squared' | 'logistic'): Uint8Array {
  const { roots, left, right, columns, thresholds, missingLeft, values, base } = trees;
  if (roots.length === 0)
    throw new RangeError('cannot write the trees as ONNX, as there must be a tree: there is none');
  const treeOf = treeOfNodes(roots, left.length);
  const nodes = [...left.keys()];
  const leaves = nodes.filter((node) => left[node] === 0);
  const local = (node: number): number => node - (roots[treeOf[node] ?? 0] ?? 0);
  const isLeaf = (node: number): boolean => left[node] === 0;
  const attributes: OnnxAttribute[] = [
    { kind: 'int', name: 'n_targets', value: 1 },
    floats('base_values', [base]),
    ints(
      'nodes_treeids',
      nodes.map((node) => treeOf[node] ?? 0),
    ),
    ints('nodes_nodeids', nodes.map(local)),
    ints(
      'nodes_featureids',
      nodes.map((node) => columns[node] ?? 0),
    ),
    floats(
      'nodes_values',
      nodes.map((node) => thresholds[node] ?? 0),
    ),
    { kind: 'strings', name: 'nodes_modes', value: nodes.map((node) => (isLeaf(node) ? 'LEAF' : 'BRANCH_LEQ')) },
    ints(
      'nodes_truenodeids',
      nodes.map((node) => (isLeaf(node) ? 0 : local(left[node] ?? 0))),
    ),
    ints(
      'nodes_falsenodeids',
      nodes.map((node) => (isLeaf(node) ? 0 : local(right[node] ?? 0))),
    ),
    ints(
      'nodes_missing_value_tracks_true',
      nodes.map((node) => missingLeft[node] ?? 0),
    ),
    ints(
      'target_treeids',
      leaves.map((node) => treeOf[node] ?? 0),
    ),
    ints('target_nodeids', leaves.map(local)),
    ints(
      'target_ids',
      leaves.map(() => 0),
    ),
    floats(
      'target_weights',
      leaves.map((node) => values[node] ?? 0),
    ),
  ];
  return encodeModel({
    irVersion: 8,
    opsets: [
      { domain: '', version: 17 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    producer: { name: 'heed', version: '0.1.0' },
    graph: {
      name: 'boosted trees',
      nodes: [
        {
          opType: 'TreeEnsembleRegressor',
          domain: 'ai.onnx.ml',
          name: 'trees',
          inputs: ['features'],
          outputs: [loss === 'logistic' ? 'logit' : 'prediction'],
          attributes,
        },
        // The ensemble's own `post_transform` is left out by ONNX Runtime where there is one target.
        ...(loss === 'logistic' ? [sigmoidNode] : []),
      ],
      inputs: [{ name: 'features', dataType: 'float32', shape: ['rows', width] }],
      outputs: [{ name: 'prediction', dataType: 'float32', shape: ['rows', 1] }],
      initializers: [],
      valueInfo: [],
    },
    metadata: {},
  });
}

const sigmoidNode: OnnxNode = {
  opType: 'Sigmoid',
  domain: '',
  name: 'link',
  inputs: ['logit'],
  outputs: ['prediction'],
  attributes: [],
};

function ints(name: string, value: readonly number[]): OnnxAttribute {
  return { kind: 'ints', name, value };
}

function floats(name: string, value: readonly number[]): OnnxAttribute {
  return { kind: 'floats', name, value };
}

/** The tree of each node: nodes lie tree by tree. */
function treeOfNodes(roots: Uint32Array, count: number): Uint32Array {
  const treeOf = new Uint32Array(count);
  roots.forEach((root, tree) => treeOf.fill(tree, root, roots[tree + 1] ?? count));
  return treeOf;
}
