import { cast, cos, log, mul, shiftRight, sin, sqrt, sub } from '../graph/build/elementwise.ts';
import { broadcastTo, concat, reshape, slice } from '../graph/build/shaping.ts';
import { constant, iota } from '../graph/build/sources.ts';
import {
  addDimensions,
  floorDivideDimension,
  sizeOf,
  toDimension,
  type Dimension,
  type DimensionLike,
} from '../graph/dimension.ts';
import { makeTensor, type Tensor } from '../graph/tensor.ts';
import type { KeyWords } from './philox.ts';

/** The last word of the counter says what the block is for, so that streams never overlap. */
export const purposes = { bits: 0, split: 1, foldIn: 2 } as const;

/** A key in the graph: uint32 [2]. */
export const keyTensor = (words: KeyWords): Tensor => constant(words, { dtype: 'uint32' });

function blocks(key: Tensor, count: Dimension, purpose: number): Tensor {
  const column = reshape(iota(count, 'uint32'), [count, 1]);
  const rest = broadcastTo(constant([[0, 0, purpose]], { dtype: 'uint32' }), [count, 3]);
  return makeTensor('philox', [key, concat([column, rest], 1)], {});
}

/** Several independent keys from one, which must not be used again: uint32 [count, 2]. */
export const splitKeyTensor = (key: Tensor, count: number): Tensor =>
  slice(blocks(key, count, purposes.split), 1, { end: 2 });

/** The key of a step or an item: `data` is a whole number without axes. */
export function foldInTensor(key: Tensor, data: Tensor): Tensor {
  const word = reshape(cast(data, 'uint32'), [1]);
  const counter = concat([word, constant([0, 0, purposes.foldIn], { dtype: 'uint32' })], 0);
  return slice(makeTensor('philox', [key, counter], {}), 0, { end: 2 });
}

/** Random words of 32 bits: uint32 of this shape. */
export function randomBits(key: Tensor, shape: readonly DimensionLike[]): Tensor {
  const target = shape.map(toDimension);
  const size = sizeOf(target);
  const count = floorDivideDimension(addDimensions(size, 3), 4);
  return reshape(slice(reshape(blocks(key, count, purposes.bits), [-1]), 0, { end: size }), target);
}

/** Uniform in [0, 1), multiples of 2⁻²⁴. */
export const uniform = (key: Tensor, shape: readonly DimensionLike[]): Tensor =>
  mul(cast(shiftRight(randomBits(key, shape), 8), 'float32'), 2 ** -24);

/** Standard normal, by the Box–Muller transform. */
export function normal(key: Tensor, shape: readonly DimensionLike[]): Tensor {
  const target = shape.map(toDimension);
  const size = sizeOf(target);
  const half = floorDivideDimension(addDimensions(size, 1), 2);
  const draws = uniform(key, [2, half]);
  const radius = sqrt(mul(log(sub(1, slice(draws, 0, { end: 1 }))), -2));
  const angle = mul(slice(draws, 0, { start: 1 }), 2 * Math.PI);
  const pairs = concat([mul(radius, cos(angle)), mul(radius, sin(angle))], 0);
  return reshape(slice(reshape(pairs, [-1]), 0, { end: size }), target);
}
