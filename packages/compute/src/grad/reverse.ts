import { add } from '../graph/build/elementwise.ts';
import { ones, zerosLike } from '../graph/build/sources.ts';
import { formatShape, sameShape } from '../graph/dimension.ts';
import { isFloating } from '../graph/dtype.ts';
import { opError } from '../graph/errors.ts';
import { tableOfOps } from '../graph/installed.ts';
import type { OpName } from '../graph/attributes.ts';
import type { OpRule } from '../graph/rule.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import { dependents, nodesOf } from '../graph/traverse.ts';

/**
 * Gradients of outputs with respect to expressions, by the chain rule from the outputs backwards.
 *
 * @param seeds the gradient of each output; `undefined` is zero.
 * @returns one gradient per target; `undefined` where nothing depends on it.
 */
export function sparseGradients(
  outputs: readonly Tensor[],
  targets: readonly Tensor[],
  seeds: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  const nodes = nodesOf(outputs);
  const wanted = new Set(targets);
  const relevant = dependents(nodes, wanted);
  const totals = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, gradient: Tensor): void => {
    const before = totals.get(tensor);
    totals.set(tensor, before === undefined ? gradient : add(before, gradient));
  };
  for (const [index, output] of outputs.entries()) {
    const seed = seeds[index];
    if (seed !== undefined) accumulate(output, seed);
  }
  for (const node of nodes.toReversed()) {
    if (!relevant.has(node)) continue;
    const received = node.outputs.map((output) => totals.get(output));
    if (received.every((gradient) => gradient === undefined)) continue;
    const needed = node.inputs.map(
      (input) => isFloating(input.dtype) && (wanted.has(input) || relevant.has(input.node)),
    );
    if (!needed.includes(true)) continue;
    for (const [index, gradient] of gradientsOfNode(node, received, needed).entries()) {
      const input = node.inputs[index];
      if (gradient !== undefined && input !== undefined && needed[index] === true) accumulate(input, gradient);
    }
  }
  return targets.map((target) => totals.get(target));
}

function gradientsOfNode(
  node: Node,
  received: readonly (Tensor | undefined)[],
  needed: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const rule = tableOfOps()[node.op] as OpRule<OpName>;
  if (rule.gradient === null) {
    throw opError(`differentiate ${node.op}`, node.inputs, `the op must have a gradient: ${rule.why ?? 'it has none'}`);
  }
  return rule.gradient({
    node,
    attributes: node.attributes,
    inputs: node.inputs,
    outputs: node.outputs,
    gradients: received,
    needed,
  });
}

/**
 * Gradients of a scalar with respect to expressions: `∂loss/∂target` for each target, zeros where nothing depends on it.
 *
 * @throws RangeError where the loss is not a floating scalar, or an op on the way has no gradient.
 * @example
 * const [slope] = gradients(sum(square(x)), [x]); // 2x
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0 || !isFloating(loss.dtype)) {
    throw opError(
      'differentiate',
      [loss],
      `the loss must be a floating scalar: it is ${loss.dtype}${formatShape(loss.shape)}`,
    );
  }
  return vectorJacobian([loss], targets, [ones([], loss.dtype)]);
}

/** `Σ seedᵢ · ∂outputᵢ/∂target` for each target. */
export function vectorJacobian(
  outputs: readonly Tensor[],
  targets: readonly Tensor[],
  seeds: readonly Tensor[],
): Tensor[] {
  for (const [index, output] of outputs.entries()) {
    const seed = seeds[index];
    if (seed === undefined || !sameShape(seed.shape, output.shape)) {
      throw opError('vectorJacobian', [output], 'there must be a seed of the shape of every output');
    }
  }
  return sparseGradients(outputs, targets, seeds).map(
    (gradient, index) => gradient ?? zerosLike(targets[index] as Tensor),
  );
}
