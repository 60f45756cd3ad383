import { add, identity, mul, stopGradient } from '../graph/build/elementwise.ts';
import { sum } from '../graph/build/reductions.ts';
import { parameter, zerosLike } from '../graph/build/sources.ts';
import { isFloating } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { rebuild } from '../graph/traverse.ts';
import { leavesOf, mapTree, withLeaves, type Tree } from '../graph/tree.ts';
import { gradients, sparseGradients } from './reverse.ts';

/** Which leaves are trained, by their path. The others are frozen: their gradients are zeros. */
export type Trainable = (path: string, leaf: Tensor) => boolean;

export interface ValueAndGradient<Params extends Tree> {
  readonly value: Tensor;
  readonly gradients: Params;
}

/**
 * Turns a loss into a function that gives the loss and its gradient with respect to the first argument.
 *
 * @param loss `(params, ...rest) => scalar`.
 * @param trainable says which leaves are trained; by default all floating ones.
 * @example
 * const step = valueAndGrad((p: { w: Tensor }, x: Tensor) => mean(square(matmul(x, p.w))));
 * const { value, gradients } = step(params, x);
 */
export function valueAndGrad<Params extends Tree, Rest extends readonly unknown[]>(
  loss: (params: Params, ...rest: Rest) => Tensor,
  trainable: Trainable = () => true,
): (params: Params, ...rest: Rest) => ValueAndGradient<Params> {
  const withAux = valueAndGradWithAux(
    (params: Params, ...rest: Rest) => ({ loss: loss(params, ...rest), aux: {} }),
    trainable,
  );
  return (params, ...rest) => {
    const { value, gradients: slopes } = withAux(params, ...rest);
    return { value, gradients: slopes };
  };
}

/** `valueAndGrad` of a loss that also gives other values, such as metrics or updated statistics. */
export function valueAndGradWithAux<Params extends Tree, Rest extends readonly unknown[], Aux>(
  loss: (params: Params, ...rest: Rest) => { readonly loss: Tensor; readonly aux: Aux },
  trainable: Trainable = () => true,
): (params: Params, ...rest: Rest) => ValueAndGradient<Params> & { readonly aux: Aux } {
  return (params, ...rest) => {
    // Each leaf gets a node of its own, so that leaves that depend on one another are still told apart.
    const handles = mapTree(params, (leaf, path) =>
      isFloating(leaf.dtype) && trainable(path, leaf) ? identity(leaf) : stopGradient(leaf),
    );
    const { loss: value, aux } = loss(handles, ...rest);
    const leaves = leavesOf(handles);
    const trained = leaves.filter((leaf) => leaf.tensor.node.op === 'identity').map((leaf) => leaf.tensor);
    const slopes = new Map(gradients(value, trained).map((slope, index) => [trained[index], slope]));
    const all = leaves.map(({ tensor }) => slopes.get(tensor) ?? zerosLike(tensor));
    return { value, aux, gradients: withLeaves(params, all) };
  };
}

/** The gradient of a loss with respect to its first argument. */
export function grad<Params extends Tree, Rest extends readonly unknown[]>(
  loss: (params: Params, ...rest: Rest) => Tensor,
  trainable?: Trainable,
): (params: Params, ...rest: Rest) => Params {
  const both = valueAndGrad(loss, trainable);
  return (params, ...rest) => both(params, ...rest).gradients;
}

/**
 * The derivative of a function along a direction (a Jacobian-vector product), as the transpose of its transpose.
 *
 * @param tangents has the form of `inputs`.
 */
export function jvp<Inputs extends Tree, Outputs extends Tree>(
  fn: (inputs: Inputs) => Outputs,
  inputs: Inputs,
  tangents: Inputs,
): { readonly value: Outputs; readonly tangent: Outputs } {
  const handles = mapTree(inputs, (leaf) => identity(leaf));
  const value = fn(handles);
  const outputs = leavesOf(value).map((leaf) => leaf.tensor);
  const targets = leavesOf(handles).map((leaf) => leaf.tensor);
  const directions = leavesOf(tangents).map((leaf) => leaf.tensor);
  // u ↦ Jᵀu is linear, so its own transpose at any u is v ↦ Jv: what u is does not matter.
  const dual = outputs.map((output, index) => parameter(`dual${index}`, output.shape, output.dtype));
  const floating = dual.map((seed) => (isFloating(seed.dtype) ? seed : undefined));
  const pulled = sparseGradients(outputs, targets, floating);
  const known = pulled.flatMap((tensor, index) =>
    tensor === undefined ? [] : [{ tensor, seed: directions[index] as Tensor }],
  );
  const pushed = sparseGradients(
    known.map(({ tensor }) => tensor),
    dual,
    known.map(({ seed }) => seed),
  );
  const replaced = new Map(dual.map((seed) => [seed, zerosLike(seed)]));
  const tangent = rebuild(
    pushed.map((tensor, index) => tensor ?? zerosLike(outputs[index] as Tensor)),
    replaced,
  );
  return { value, tangent: withLeaves(value, tangent) };
}

/**
 * The product of a loss's Hessian with a direction, `∇(∇loss · v)`, without the Hessian.
 *
 * @param direction has the form of `params`.
 */
export function hessianVectorProduct<Params extends Tree>(
  loss: (params: Params) => Tensor,
  params: Params,
  direction: Params,
): Params {
  const directions = leavesOf(direction).map((leaf) => leaf.tensor);
  return grad((handles: Params) => {
    const slopes = leavesOf(grad(loss)(handles));
    const parts = slopes.flatMap(({ tensor }, index) =>
      isFloating(tensor.dtype) ? [sum(mul(tensor, directions[index] as Tensor))] : [],
    );
    return parts.reduce((total, part) => add(total, part));
  })(params);
}
