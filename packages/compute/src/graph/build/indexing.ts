import { toDimension, toLength, type Dimension, type DimensionLike } from '../dimension.ts';
import type { DType } from '../dtype.ts';
import { normaliseAxis } from '../errors.ts';
import { makeNode, makeTensor, type Tensor } from '../tensor.ts';

/** Takes whole slices: axis `axis` of `x` is replaced by the axes of `indices`. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  makeTensor('gather', [x, indices], { axis: normaliseAxis('gather', x, axis) });

/** Adds whole slices to a copy of `x` at `indices` along `axis`; repeated indices add up. The reverse of `gather`. */
export const scatterAdd = (x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor =>
  makeTensor('scatterAdd', [x, indices, updates], { axis: normaliseAxis('scatterAdd', x, axis) });

/** Takes one element per index along an axis: `indices` has the rank of `x` and is no longer on other axes. */
export const gatherAlong = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  makeTensor('gatherAlong', [x, indices], { axis: normaliseAxis('gatherAlong', x, axis) });

/** Adds one element per index along an axis to a copy of `x`. The reverse of `gatherAlong`. */
export const scatterAddAlong = (x: Tensor, indices: Tensor, updates: Tensor, axis = -1): Tensor =>
  makeTensor('scatterAddAlong', [x, indices, updates], { axis: normaliseAxis('scatterAddAlong', x, axis) });

/** A new last axis, 1 at the index and 0 elsewhere; an index out of range gives zeros. */
export const oneHot = (indices: Tensor, depth: DimensionLike, dtype: DType = 'float32'): Tensor =>
  makeTensor('oneHot', [indices], { depth: toLength(depth), dtype });

export interface Ranked {
  readonly values: Tensor;
  /** int64 */
  readonly indices: Tensor;
}

/** The `k` largest (or smallest) elements along an axis, in order; of equals, the first comes first. */
export function topK(
  x: Tensor,
  k: DimensionLike,
  options: { readonly axis?: number; readonly largest?: boolean } = {},
): Ranked {
  const axis = normaliseAxis('topK', x, options.axis ?? -1);
  const [values, indices] = makeNode('topK', [x], { axis, k: toDimension(k), largest: options.largest ?? true });
  return { values: values as Tensor, indices: indices as Tensor };
}

/** All elements along an axis in rising order (falling if `descending`), with where they came from. */
export function sort(x: Tensor, options: { readonly axis?: number; readonly descending?: boolean } = {}): Ranked {
  const axis = normaliseAxis('sort', x, options.axis ?? -1);
  return topK(x, x.shape[axis] as Dimension, { axis, largest: options.descending ?? false });
}
