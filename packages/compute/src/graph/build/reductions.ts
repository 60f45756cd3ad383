import { sizeOf, type Dimension } from '../dimension.ts';
import { isFloating } from '../dtype.ts';
import { normaliseAxes, normaliseAxis, opError } from '../errors.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { add, cast, div, less, maximum, mul, sqrt, square, sub, where } from './elementwise.ts';
import { squeeze, broadcastTo } from './shaping.ts';
import { dimensionSize } from './sources.ts';

/** Which axes a reduction folds, and whether they stay with length 1. */
export interface ReduceOptions {
  /** All axes by default; negative ones count from the end. */
  readonly axes?: number | readonly number[];
  readonly keepDims?: boolean;
}

type Reduction = 'sum' | 'max' | 'min' | 'logSumExp';

function reduce(op: Reduction, x: Tensor, options: ReduceOptions): Tensor {
  const axes = normaliseAxes(op, x, options.axes);
  const kept = axes.length === 0 && op !== 'logSumExp' ? x : makeTensor(op, [x], { axes });
  return options.keepDims === true ? kept : squeeze(kept, axes);
}

/** The sum over axes; 0 over nothing. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('sum', x, options);
/** The largest element over axes; equal ones share the gradient. */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('max', x, options);
/** The smallest element over axes; equal ones share the gradient. */
export const min = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('min', x, options);
/** `log Σ exp(x)` without overflow; −∞ over nothing but −∞. */
export const logsumexp = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('logSumExp', x, options);

/**
 * The product over axes; 1 over nothing. Its gradient is right where elements are 0 as well.
 *
 * @example
 * const volumes = prod(sizes, { axes: -1 }); // [boxes, 3] → [boxes]
 */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = normaliseAxes('prod', x, options.axes);
  const kept = axes.reduce((inner, axis) => makeTensor('prod', [inner], { axis }), x);
  return options.keepDims === true ? kept : squeeze(kept, axes);
}

const countOf = (x: Tensor, options: ReduceOptions): Dimension =>
  sizeOf(normaliseAxes('mean', x, options.axes).map((axis) => x.shape[axis] as Dimension));

/** The mean over axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  if (!isFloating(x.dtype)) throw opError('mean', [x], 'the elements must be floating: cast them first');
  const count = countOf(x, options);
  const total = sum(x, options);
  return typeof count === 'number' && count > 0 ? mul(total, 1 / count) : div(total, dimensionSize(count, x.dtype));
}

/** The mean squared deviation from the mean, divided by the count. */
export function variance(x: Tensor, options: ReduceOptions = {}): Tensor {
  return mean(square(sub(x, mean(x, { ...options, keepDims: true }))), options);
}

/** The square root of the variance, of which `epsilon` is added first. */
export const standardDeviation = (x: Tensor, options: ReduceOptions & { readonly epsilon?: number } = {}): Tensor =>
  sqrt(add(variance(x, options), options.epsilon ?? 0));

/** Whether any element holds; not so where there is none. */
export const any = (x: Tensor, options: ReduceOptions = {}): Tensor => less(0, max(cast(x, 'int32'), options));
/** Whether all elements hold; so where there is none. */
export const all = (x: Tensor, options: ReduceOptions = {}): Tensor => less(0, min(cast(x, 'int32'), options));

const stretch = (mask: Tensor, x: Tensor): Tensor => broadcastTo(mask, x.shape);

/** The sum of the elements whose mask holds; 0 for an empty row. */
export const maskedSum = (x: Tensor, mask: Tensor, options: ReduceOptions = {}): Tensor =>
  sum(where(mask, x, 0), options);

/** The mean of the elements whose mask holds; 0 for an empty row. */
export function maskedMean(x: Tensor, mask: Tensor, options: ReduceOptions = {}): Tensor {
  const count = sum(cast(stretch(mask, x), x.dtype), options);
  return div(maskedSum(x, mask, options), maximum(count, 1));
}

/** The largest element whose mask holds; `empty` for an empty row. */
export function maskedMax(x: Tensor, mask: Tensor, options: ReduceOptions & { readonly empty?: number } = {}): Tensor {
  const present = any(stretch(mask, x), options);
  return where(present, max(where(mask, x, -Infinity), options), options.empty ?? -Infinity);
}

/** The smallest element whose mask holds; `empty` for an empty row. */
export function maskedMin(x: Tensor, mask: Tensor, options: ReduceOptions & { readonly empty?: number } = {}): Tensor {
  const present = any(stretch(mask, x), options);
  return where(present, min(where(mask, x, Infinity), options), options.empty ?? Infinity);
}

/** `log Σ exp(x)` over the elements whose mask holds; −∞ for an empty row. */
export const maskedLogsumexp = (x: Tensor, mask: Tensor, options: ReduceOptions = {}): Tensor =>
  logsumexp(where(mask, x, -Infinity), options);

/** The Euclidean length over axes. */
export const norm = (x: Tensor, options: ReduceOptions = {}): Tensor => sqrt(sum(square(x), options));

/** The position of the largest element along an axis, as int64; the first of equals. */
export function argMax(x: Tensor, axis = -1, options: { readonly keepDims?: boolean } = {}): Tensor {
  const at = normaliseAxis('argMax', x, axis);
  const kept = makeTensor('argMax', [x], { axis: at });
  return options.keepDims === true ? kept : squeeze(kept, at);
}

/** The running sum along an axis: without the element itself if `exclusive`, from the end if `reverse`. */
export const cumulativeSum = (
  x: Tensor,
  axis = -1,
  options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Tensor =>
  makeTensor('cumulativeSum', [x], {
    axis: normaliseAxis('cumulativeSum', x, axis),
    exclusive: options.exclusive ?? false,
    reverse: options.reverse ?? false,
  });
