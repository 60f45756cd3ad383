import {
  addDimensions,
  floorDivideDimension,
  multiplyDimensions,
  subtractDimensions,
  type Dimension,
} from '../dimension.ts';
import { opError } from '../errors.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { add, maximum, mul } from './elementwise.ts';
import { pad, sliceAll } from './shaping.ts';

export interface ConvolutionOptions {
  /** Per place axis, or one for all; default 1. */
  readonly stride?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  /** Zeros at each end; `same` keeps the length at stride 1. Default 0. */
  readonly padding?: number | 'same' | readonly (readonly [number, number])[];
  readonly groups?: number;
}

const perAxis = (value: number | readonly number[] | undefined, rank: number): readonly number[] =>
  typeof value === 'object' ? value : Array.from({ length: rank }, () => value ?? 1);

function padsOf(
  options: ConvolutionOptions,
  sizes: readonly number[],
  dilations: readonly number[],
): (readonly [number, number])[] {
  const { padding = 0 } = options;
  if (typeof padding === 'number') return sizes.map(() => [padding, padding]);
  if (typeof padding !== 'string') return [...padding];
  return sizes.map((size, axis) => {
    const spread = (size - 1) * (dilations[axis] ?? 1);
    return [Math.floor(spread / 2), spread - Math.floor(spread / 2)];
  });
}

function kernelSizes(op: string, x: Tensor, weights: Tensor): number[] {
  return weights.shape.slice(2).map((length) => {
    if (typeof length === 'number') return length;
    throw opError(op, [x, weights], 'the lengths of a kernel must be numbers');
  });
}

/**
 * Convolution (cross-correlation) over one or two place axes.
 *
 * @param x [batch, channels, …places].
 * @param weights [outputs, channels / groups, …sizes].
 * @returns [batch, outputs, …places].
 */
export function conv(x: Tensor, weights: Tensor, options: ConvolutionOptions = {}): Tensor {
  const sizes = kernelSizes('conv', x, weights);
  const dilations = perAxis(options.dilation, sizes.length);
  return makeTensor('conv', [x, weights], {
    strides: perAxis(options.stride, sizes.length),
    dilations,
    pads: padsOf(options, sizes, dilations),
    groups: options.groups ?? 1,
  });
}

/**
 * The transpose of `conv` as a linear map: lengths grow by the stride.
 *
 * @param x [batch, channels, …places].
 * @param weights [channels, outputs / groups, …sizes].
 * @param options `outputPadding`: further places at the end, below the stride.
 */
export function convTranspose(
  x: Tensor,
  weights: Tensor,
  options: ConvolutionOptions & { readonly outputPadding?: number } = {},
): Tensor {
  const sizes = kernelSizes('convTranspose', x, weights);
  const dilations = perAxis(options.dilation, sizes.length);
  const strides = perAxis(options.stride, sizes.length);
  const pads = padsOf(options, sizes, dilations);
  const outputShape = x.shape.slice(2).map((length, axis) => {
    const [before, after] = pads[axis] ?? [0, 0];
    const reach = (dilations[axis] ?? 1) * ((sizes[axis] ?? 1) - 1) + 1 + (options.outputPadding ?? 0) - before - after;
    return addDimensions(multiplyDimensions(subtractDimensions(length, 1), strides[axis] ?? 1), reach);
  });
  return makeTensor('convTranspose', [x, weights], {
    strides,
    dilations,
    pads,
    groups: options.groups ?? 1,
    outputShape,
  });
}

export interface PoolOptions {
  readonly size: number | readonly number[];
  /** By default the size. */
  readonly stride?: number | readonly number[];
  readonly padding?: number;
}

// A window is the union of shifted strided slices, so that pooling needs no op, and no gradient, of its own.
function windows(x: Tensor, options: PoolOptions, fill: number): Tensor[] {
  const places = x.shape.length - 2;
  const sizes = perAxis(options.size, places);
  const strides = perAxis(options.stride ?? options.size, places);
  const width = options.padding ?? 0;
  const padded = pad(
    x,
    x.shape.map((_, axis) => (axis < 2 ? [0, 0] : [width, width])),
    fill,
  );
  const counts = sizes.map((size, axis) =>
    addDimensions(
      floorDivideDimension(subtractDimensions(padded.shape[axis + 2] as Dimension, size), strides[axis] ?? 1),
      1,
    ),
  );
  let offsets: number[][] = [[]];
  for (const size of sizes) {
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_, next) => [...offset, next]));
  }
  const lengths = [...padded.shape.slice(0, 2), ...counts];
  return offsets.map((offset) => sliceAll(padded, [0, 0, ...offset], lengths, [1, 1, ...strides]));
}

/** The largest element of each window over the place axes of [batch, channels, …places]. */
export const maxPool = (x: Tensor, options: PoolOptions): Tensor =>
  windows(x, options, -Infinity).reduce((largest, part) => maximum(largest, part));

/** The mean of each window over the place axes of [batch, channels, …places]; padding counts as zeros. */
export function averagePool(x: Tensor, options: PoolOptions): Tensor {
  const parts = windows(x, options, 0);
  return mul(
    parts.reduce((total, part) => add(total, part)),
    1 / parts.length,
  );
}
