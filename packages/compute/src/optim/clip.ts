import { add, div, minimum, mul, sqrt, square, sub } from '../graph/build/elementwise.ts';
import { sum } from '../graph/build/reductions.ts';
import { scalar } from '../graph/build/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { leavesOf, mapTree, withLeaves, type Tree } from '../graph/tree.ts';

/** The Euclidean length of all leaves together: `√ Σ x²`. */
export const globalNorm = (tree: Tree): Tensor =>
  sqrt(leavesOf(tree).reduce<Tensor>((total, { tensor }) => add(total, sum(square(tensor))), scalar(0)));

/**
 * Scales gradients down to a global norm: `g · min(1, limit / (norm + 10⁻⁶))`.
 *
 * @returns the gradients, and their norm before.
 * @source Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1; the
 * small term keeps a gradient of zero from dividing by zero.
 */
export function clipByGlobalNorm<Params extends Tree>(
  gradients: Params,
  limit: Tensor | number,
): { readonly gradients: Params; readonly norm: Tensor } {
  const norm = globalNorm(gradients);
  const factor = minimum(div(limit, add(norm, 1e-6)), 1);
  return { gradients: mapTree(gradients, (leaf) => mul(leaf, factor)), norm };
}

/**
 * Polyak averaging: `target + rate · (source − target)`.
 *
 * @param rate from 0 (nothing moves) to 1 (a copy).
 * @source Polyak, Juditsky (1992); with a constant rate, as Lillicrap et al. (2016), algorithm 1.
 */
export function polyakAverage<Params extends Tree>(target: Params, source: Params, rate: Tensor | number): Params {
  const sources = leavesOf(source);
  return withLeaves(
    target,
    leavesOf(target).map(({ tensor }, index) => add(tensor, mul(rate, sub(sources[index]?.tensor as Tensor, tensor)))),
  );
}
