import { add, equal, less, lessEqual } from '../graph/build/elementwise.ts';
import { expandDims } from '../graph/build/shaping.ts';
import { dimensionSize, iota } from '../graph/build/sources.ts';
import { addDimensions, toDimension, type DimensionLike } from '../graph/dimension.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * Which places a place may look at: itself and those before.
 *
 * @param length of what asks.
 * @param past how many places lie before the first one that asks, as in a key-value cache.
 * @returns bool [length, past + length].
 */
export function causalMask(length: DimensionLike, past: DimensionLike = 0): Tensor {
  const asking = add(iota(length), dimensionSize(past, 'int64'));
  const asked = iota(addDimensions(toDimension(past), toDimension(length)));
  return lessEqual(expandDims(asked, 0), expandDims(asking, 1));
}

/**
 * Which places of each sequence are not padding, in a form that broadcasts over heads and places that ask.
 *
 * @param lengths whole numbers [batch]: each sequence begins at place 0.
 * @param length of the padded sequences.
 * @returns bool [batch, 1, 1, length].
 */
export function paddingMask(lengths: Tensor, length: DimensionLike): Tensor {
  const real = less(expandDims(iota(length, lengths.dtype), 0), expandDims(lengths, 1));
  return expandDims(expandDims(real, 1), 1);
}

/**
 * Lets places look only at those of the same segment, where several sequences share a row.
 *
 * @param segments whole numbers [batch, length].
 * @returns bool [batch, 1, length, length].
 */
export const segmentMask = (segments: Tensor): Tensor =>
  expandDims(equal(expandDims(segments, 2), expandDims(segments, 1)), 1);
