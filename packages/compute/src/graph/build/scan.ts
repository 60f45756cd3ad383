import { toDimension, type Dimension, type DimensionLike } from '../dimension.ts';
import { opError } from '../errors.ts';
import { makeNode, type Tensor } from '../tensor.ts';
import { dependents, nodesOf, rebuild } from '../traverse.ts';
import { leavesOf, withLeaves, type Tree } from '../tree.ts';
import { iota, parameter } from './sources.ts';

export interface ScanOptions {
  /** How many steps; by default the length of the first axis of `xs`. */
  readonly length?: DimensionLike;
  /** From the last step to the first. */
  readonly reverse?: boolean;
  /** Compute a step again for its gradient instead of storing its insides: less memory, more time. */
  readonly rematerialise?: boolean;
}

export interface ScanResult<Carry extends Tree, Y extends Tree> {
  /** The carry after the last step. */
  readonly carry: Carry;
  /** What each step gave, stacked along a new first axis. */
  readonly ys: Y;
}

/**
 * Runs a step over the first axis of `xs`, handing a carry from step to step. The body may use any tensor around it.
 *
 * @param body `(carry, x) => ({ carry, y })`, the carry keeping its form and shapes.
 * @throws RangeError where the carry changes its shapes, or lengths differ.
 * @example
 * const { carry: total, ys } = scan((sum, x) => ({ carry: add(sum, x), y: sum }), scalar(0), parameter('x', [10]));
 */
export function scan<Carry extends Tree, X extends Tree, Y extends Tree>(
  body: (carry: Carry, x: X) => { readonly carry: Carry; readonly y: Y },
  carry: Carry,
  xs: X,
  options: ScanOptions = {},
): ScanResult<Carry, Y> {
  const carries = leavesOf(carry).map((leaf) => leaf.tensor);
  const given = leavesOf(xs).map((leaf) => leaf.tensor);
  const length = lengthOf(given, options.length);
  const sources = given.length > 0 ? given : [iota(length)];
  const carryInputs = carries.map((tensor, index) => parameter(`carry${index}`, tensor.shape, tensor.dtype));
  const xInputs = sources.map((tensor, index) => parameter(`x${index}`, tensor.shape.slice(1), tensor.dtype));
  const result = body(withLeaves(carry, carryInputs), withLeaves(xs, xInputs.slice(0, given.length)));
  const carryOutputs = leavesOf(result.carry).map((leaf) => leaf.tensor);
  const yOutputs = leavesOf(result.y).map((leaf) => leaf.tensor);
  const closed = closeOver([...carryInputs, ...xInputs], [...carryOutputs, ...yOutputs]);
  const outputs = makeNode('scan', [...closed.captured, ...carries, ...sources], {
    body: { inputs: [...closed.placeholders, ...carryInputs, ...xInputs], outputs: closed.outputs },
    constants: closed.captured.length,
    carries: carries.length,
    xs: sources.length,
    length,
    reverse: options.reverse ?? false,
    rematerialise: options.rematerialise ?? false,
  });
  return {
    carry: withLeaves(carry, outputs.slice(0, carries.length)),
    ys: withLeaves(result.y, outputs.slice(carries.length)),
  };
}

function lengthOf(xs: readonly Tensor[], given: DimensionLike | undefined): Dimension {
  const length = given === undefined ? xs[0]?.shape[0] : toDimension(given);
  if (length === undefined) throw opError('scan', xs, 'xs must have a first axis, or a length must be given');
  return length;
}

interface Closed {
  readonly captured: readonly Tensor[];
  readonly placeholders: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Turns what a body uses from around it into inputs; whatever does not change from step to step is computed outside. */
export function closeOver(inputs: readonly Tensor[], outputs: readonly Tensor[]): Closed {
  const own = new Set(inputs);
  const nodes = nodesOf(outputs, own);
  const varying = dependents(nodes, own);
  const isOutside = (tensor: Tensor): boolean =>
    !own.has(tensor) && !varying.has(tensor.node) && tensor.node.op !== 'constant';
  const captured = new Map<Tensor, Tensor>();
  const capture = (tensor: Tensor): void => {
    if (!isOutside(tensor) || captured.has(tensor)) return;
    captured.set(tensor, parameter(`outer${captured.size}`, tensor.shape, tensor.dtype));
  };
  for (const node of nodes) if (varying.has(node)) node.inputs.forEach(capture);
  outputs.forEach(capture);
  return {
    captured: [...captured.keys()],
    placeholders: [...captured.values()],
    outputs: rebuild(outputs, new Map(captured)),
  };
}
