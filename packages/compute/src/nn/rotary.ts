import { add, cast, cos, mul, sin } from '../graph/build/elementwise.ts';
import { expandDims } from '../graph/build/shaping.ts';
import { constant, dimensionSize, iota } from '../graph/build/sources.ts';
import type { DimensionLike } from '../graph/dimension.ts';
import { makeTensor, type Tensor } from '../graph/tensor.ts';

/** Cosines and sines of the angles by which each place turns: [..., places, head width / 2]. */
export interface Rotation {
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/**
 * The rotation of each place: pair `i` turns by `position · base^(−2i / width)`.
 *
 * @param positions whole or floating numbers [places] or [batch, 1, places].
 * @param headWidth even.
 * @throws RangeError for an odd width.
 * @source Su, Lu, Pan, Wen, Liu, "RoFormer" (2021), eq. 15.
 */
export function rotationAt(positions: Tensor, headWidth: number, base = 10_000): Rotation {
  if (headWidth % 2 !== 0)
    throw new RangeError(`cannot rotate, as the width of a head must be even: it is ${headWidth}`);
  const rates = Array.from({ length: headWidth / 2 }, (_, pair) => base ** ((-2 * pair) / headWidth));
  const angles = mul(expandDims(cast(positions, 'float32'), -1), constant(rates));
  return { cosines: cos(angles), sines: sin(angles) };
}

/** The positions `past, past + 1, …` of new places: int64 [length]. */
export const positionsFrom = (past: DimensionLike, length: DimensionLike): Tensor =>
  add(iota(length), dimensionSize(past, 'int64'));

/**
 * Turns pairs of features by the angles of their places, so that products of two places depend on their distance.
 *
 * Feature `i` is paired with feature `i + width / 2`, as GPT-NeoX does; the paper pairs neighbours, which is the same
 * up to the order of features.
 *
 * @param x [batch, heads, places, width].
 * @source Su et al. (2021), eq. 34.
 */
export function rotate(x: Tensor, { cosines, sines }: Rotation): Tensor {
  return makeTensor('rotary', [x, cast(cosines, x.dtype), cast(sines, x.dtype)], {});
}
