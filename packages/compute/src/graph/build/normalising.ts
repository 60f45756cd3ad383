import { divideDimensions, type Dimension } from '../dimension.ts';
import { normaliseAxis, opError } from '../errors.ts';
import { excludedScore } from '../excluded-score.ts';
import { makeNode, makeTensor, type Tensor } from '../tensor.ts';
import { add, mul, where } from './elementwise.ts';
import { reshape } from './shaping.ts';
import { ones, zeros } from './sources.ts';

/** `exp(x) / Σ exp(x)` along an axis, without overflow. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  makeTensor('softmax', [x], { axis: normaliseAxis('softmax', x, axis) });

/** `x − log Σ exp(x)` along an axis, without overflow. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  makeTensor('logSoftmax', [x], { axis: normaliseAxis('logSoftmax', x, axis) });

/** Softmax over the elements whose mask holds; the others, and whole empty rows, are 0. */
export const maskedSoftmax = (x: Tensor, mask: Tensor, axis = -1): Tensor =>
  where(mask, softmax(where(mask, x, excludedScore), axis), 0);

/** Log-softmax over the elements whose mask holds; the others are −1e30, which `exp` makes 0. */
export const maskedLogSoftmax = (x: Tensor, mask: Tensor, axis = -1): Tensor =>
  where(mask, logSoftmax(where(mask, x, excludedScore), axis), excludedScore);

/**
 * `scale · (x − mean) / √(variance + epsilon) + bias` over the last axis.
 *
 * @param scale and bias have the length of the last axis.
 */
export const layerNorm = (x: Tensor, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  makeNode('layerNorm', [x, scale, bias], { epsilon })[0] as Tensor;

/** `scale · x / √(mean(x²) + epsilon)` over the last axis. */
export const rmsNorm = (x: Tensor, scale: Tensor, epsilon = 1e-6): Tensor =>
  makeNode('rmsNorm', [x, scale], { epsilon })[0] as Tensor;

/**
 * Normalises groups of neighbouring channels, each over its channels and all places.
 *
 * @param x [batch, channels, …places].
 * @param scale and bias have the length of the channels.
 */
export function groupNorm(x: Tensor, groups: number, scale: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined || divideDimensions(channels, groups) === undefined) {
    throw opError('groupNorm', [x, scale, bias], `the channels (axis 1) must divide into ${groups} groups`);
  }
  const rows = reshape(x, [batch, groups, -1]);
  const width = rows.shape[2] as Dimension;
  const normal = reshape(layerNorm(rows, ones([width], x.dtype), zeros([width], x.dtype), epsilon), x.shape);
  const places = x.shape.slice(2).map(() => 1);
  return add(mul(normal, reshape(scale, [channels, ...places])), reshape(bias, [channels, ...places]));
}
