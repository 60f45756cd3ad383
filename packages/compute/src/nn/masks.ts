import { add, lessEqual, where } from '../graph/build/elementwise.ts';
import { expandDims } from '../graph/build/shaping.ts';
import { dimensionSize, iota } from '../graph/build/sources.ts';
import { addDimensions, toDimension, type DimensionLike } from '../graph/dimension.ts';
import { excludedScore } from '../graph/excluded-score.ts';
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
 * What is added to scores so that the softmax of a place weighs itself and those before alone: 0, and −1e30 elsewhere.
 *
 * Every place sees itself, so no row is left empty, and weights that underflow to 0 need not be set to 0 again.
 *
 * @returns float32 [length, past + length].
 */
export const causalBias = (length: DimensionLike, past: DimensionLike = 0): Tensor =>
  where(causalMask(length, past), 0, excludedScore);

/**
 * Puts an axis for the heads into a mask of sequences, so that it fits the scores of attention.
 *
 * @param mask bool [batch, places that ask, places], as of `segmentMask`, or [batch, places], as of `paddingMask`.
 * @returns bool [batch, 1, places that ask or 1, places].
 */
export const maskForHeads = (mask: Tensor): Tensor =>
  expandDims(mask.shape.length === 2 ? expandDims(mask, 1) : mask, 1);
