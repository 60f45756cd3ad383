import type { OpName } from '../graph/attributes.ts';
import { broadcastTo, expandDims, moveAxis } from '../graph/build/shaping.ts';
import { add, sqrt, square } from '../graph/build/elementwise.ts';
import { sum } from '../graph/build/reductions.ts';
import { parameter } from '../graph/build/sources.ts';
import type { Dimension } from '../graph/dimension.ts';
import { isFloating } from '../graph/dtype.ts';
import { opError } from '../graph/errors.ts';
import { tableOfOps } from '../graph/installed.ts';
import type { OpRule } from '../graph/rule.ts';
import { makeNode, type Graph, type Tensor } from '../graph/tensor.ts';
import { dependents, nodesOf } from '../graph/traverse.ts';
import { leavesOf, mapTree, withLeaves, type Tree } from '../graph/tree.ts';
import { grad, type Trainable } from './transform.ts';

/** Which axis of an argument is mapped over: one for all its leaves, or `null` for none. */
export type InAxis = number | null;

/**
 * Maps a function for one example over a batch, as one graph: not a loop.
 *
 * @param fn of trees; it sees tensors without the mapped axis.
 * @param inAxes per argument; by default the first axis of every one.
 * @returns a function whose results have the mapped axis in front.
 * @example
 * const qValues = vmap(qNetwork, [0, null])(ensemble, observations); // [networks, batch]
 */
export function vmap<Args extends readonly Tree[], Out extends Tree>(
  fn: (...args: Args) => Out,
  inAxes: readonly InAxis[] = [],
): (...args: Args) => Out {
  return (...args) => {
    const given: Tensor[] = [];
    const placeholders: Tensor[] = [];
    let size: Dimension | undefined;
    const inner = args.map((arg, index) => {
      const axis = inAxes[index] === undefined ? 0 : inAxes[index];
      if (axis === null) return arg;
      return mapTree<Tree>(arg, (leaf) => {
        const front = moveAxis(leaf, axis, 0);
        const own = front.shape[0] as Dimension;
        if (size !== undefined && own !== size) {
          throw opError(
            'vmap',
            [leaf],
            `mapped axes must be equally long: they are ${String(size)} and ${String(own)}`,
          );
        }
        size = own;
        const placeholder = parameter(`mapped${placeholders.length}`, front.shape.slice(1), leaf.dtype);
        given.push(front);
        placeholders.push(placeholder);
        return placeholder;
      });
    });
    if (size === undefined) throw new RangeError('cannot vmap, as at least one argument must be mapped: none is');
    const length: Dimension = size;
    const out = fn(...(inner as unknown as Args));
    const outputs = leavesOf(out).map((leaf) => leaf.tensor);
    const flags = given.map(() => true);
    return withLeaves(out, batchGraph({ inputs: placeholders, outputs }, given, flags, length));
  };
}

/** A graph's outputs, all with the batch axis in front, given its inputs and which of these have it. */
function batchGraph(graph: Graph, inputs: readonly Tensor[], batched: readonly boolean[], size: Dimension): Tensor[] {
  const values = new Map<Tensor, Tensor>(graph.inputs.map((input, index) => [input, inputs[index] as Tensor]));
  const isBatched = new Set(graph.inputs.filter((_, index) => batched[index] === true));
  const ends = new Set(graph.inputs);
  const nodes = nodesOf(graph.outputs, ends);
  const touched = dependents(nodes, ends);
  for (const node of nodes) {
    if (!touched.has(node)) continue;
    const rule = tableOfOps()[node.op] as OpRule<OpName>;
    const flags = node.inputs.map((input) => isBatched.has(input));
    const mapped = node.inputs.map((input) => values.get(input) ?? input);
    const plain = !flags.includes(true);
    const made = plain
      ? makeNode(node.op, mapped, node.attributes)
      : rule.batch({
          node,
          attributes: node.attributes,
          inputs: mapped,
          batched: flags,
          size,
          batchGraph: (body, given, which) => batchGraph(body, given, which, size),
        });
    for (const [index, output] of node.outputs.entries()) {
      values.set(output, made[index] as Tensor);
      if (!plain) isBatched.add(output);
    }
  }
  return graph.outputs.map((output) => {
    const value = values.get(output) ?? output;
    return isBatched.has(output) ? value : broadcastTo(expandDims(value, 0), [size, ...value.shape]);
  });
}

/**
 * The Euclidean norm of the gradient of each example's loss, over all trained parameters: `‖∂loss(θ, xᵢ)/∂θ‖`.
 *
 * All examples are one graph, and no example's gradient is kept.
 *
 * @param loss a scalar of the parameters and one example.
 * @param batch a tree whose leaves have the examples along the first axis.
 * @param trainable which parameters count, by their path; by default all floating ones.
 * @returns [examples].
 * @example
 * const loss = (p: { w: Tensor }, x: Tensor) => square(sum(mul(p.w, x)));
 * const norms = perExampleGradientNorms(loss, { w: parameter('w', [3]) }, parameter('xs', ['B', 3])); // [B]
 */
export function perExampleGradientNorms<Params extends Tree, Example extends Tree>(
  loss: (params: Params, example: Example) => Tensor,
  params: Params,
  batch: Example,
  trainable?: Trainable,
): Tensor {
  const normOf = (example: Example): Tensor => {
    const slopes = leavesOf(grad(loss, trainable)(params, example));
    const squares = slopes.flatMap(({ tensor }) => (isFloating(tensor.dtype) ? [sum(square(tensor))] : []));
    return sqrt(squares.reduce((total, part) => add(total, part)));
  };
  return vmap<[Example], Tensor>(normOf)(batch);
}
