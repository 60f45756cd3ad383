import { equal, less } from '../graph/build/elementwise.ts';
import { expandDims } from '../graph/build/shaping.ts';
import { iota } from '../graph/build/sources.ts';
import type { DimensionLike } from '../graph/dimension.ts';
import type { Bindings } from '../graph/dimension.ts';
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

export interface SizeCache<T> {
  /** What was compiled for these lengths, compiled now if need be. */
  readonly get: (bindings: Bindings) => T;
  readonly size: () => number;
}

/**
 * Keeps what was compiled for the sizes used last.
 *
 * @param make compiles for these lengths.
 * @param options `capacity`: how many sizes are kept; `dispose` is told of what is dropped.
 */
export function createSizeCache<T>(
  make: (bindings: Bindings) => T,
  options: { readonly capacity?: number; readonly dispose?: (dropped: T) => void } = {},
): SizeCache<T> {
  const { capacity = 16, dispose } = options;
  const entries = new Map<string, T>();
  return {
    size: () => entries.size,
    get: (bindings) => {
      const key = Object.entries(bindings)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .join(';');
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known;
      }
      const made = make(bindings);
      entries.set(key, made);
      const [oldest] = entries;
      if (entries.size > capacity && oldest !== undefined) {
        entries.delete(oldest[0]);
        dispose?.(oldest[1]);
      }
      return made;
    },
  };
}
