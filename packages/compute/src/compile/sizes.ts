import { equal, less } from '../graph/build/elementwise.ts';
import { expandDims } from '../graph/build/shaping.ts';
import { iota } from '../graph/build/sources.ts';
import type { DimensionLike } from '../graph/dimension.ts';
import type { Tensor } from '../graph/tensor.ts';

/** The least power of two that a length fits in: few sizes are compiled, and at most half of the work is padding. */
export function bucketLength(length: number, smallest = 1): number {
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`cannot choose a bucket, as a length must be a whole number from 0: it is ${length}`);
  }
  let bucket = smallest;
  while (bucket < length) bucket *= 2;
  return bucket;
}

/**
 * Which places hold data: `place < length`.
 *
 * @param lengths int64 [rows].
 * @returns bool [rows, width].
 */
export const paddingMask = (lengths: Tensor, width: DimensionLike): Tensor =>
  less(expandDims(iota(width, lengths.dtype), 0), expandDims(lengths, 1));

/**
 * Which places of packed rows belong to the same sequence.
 *
 * @param segments whole numbers [rows, width]; equal ones belong together.
 * @returns bool [rows, width, width].
 */
export const segmentMask = (segments: Tensor): Tensor => equal(expandDims(segments, 2), expandDims(segments, 1));
